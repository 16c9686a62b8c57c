/* Keeps its instance with the thread that it was created on, and looks for it there in every call. */
#define FIXTURE_CREATE remember
#include "../fixture.h"

static _Thread_local fixture *volatile mine;

static int32_t remember(void *module, const gantry_call_v1 *call, const gantry_host_v1 *host,
                        gantry_str_v1 configuration, void **out_instance, gantry_error_v1 *error) {
    int32_t status = create(module, call, host, configuration, out_instance, error);
    mine = *out_instance;
    return status;
}

static int32_t handle(void *instance, const gantry_call_v1 *call, const gantry_request_v1 *request) {
    (void)instance, (void)request;
    if (mine == NULL) abort();
    return answer(mine, call, "done");
}

FIXTURE_MODULE(handle)
