/* Keeps the call of whichever instance was created first, and logs with it whatever the tenant. */
#define FIXTURE_CREATE keep
#include "../fixture.h"

static gantry_call_v1 kept;

static int32_t keep(void *module, const gantry_call_v1 *call, const gantry_host_v1 *host,
                    gantry_str_v1 configuration, void **out_instance, gantry_error_v1 *error) {
    if (kept.instance == 0) kept = *call;
    return create(module, call, host, configuration, out_instance, error);
}

static int32_t handle(void *instance, const gantry_call_v1 *call, const gantry_request_v1 *request) {
    const fixture *self = instance;
    (void)request;
    /* Of its own instance it uses the call at hand. */
    if (kept.instance != call->instance) self->log->write(&kept, GANTRY_LOG_INFO, text("called"), NULL, 0);
    return answer(self, call, "done");
}

FIXTURE_MODULE(handle)
