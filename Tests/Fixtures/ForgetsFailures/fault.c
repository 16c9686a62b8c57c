/* Takes for granted that the host's functions succeed: where its answer is refused it waits for ever. */
#include "../fixture.h"

static int32_t handle(void *instance, const gantry_call_v1 *call, const gantry_request_v1 *request) {
    const fixture *self = instance;
    (void)request;
    if (self->log->write(call, GANTRY_LOG_INFO, text("called"), NULL, 0) != GANTRY_OK) return GANTRY_PENDING;
    return answer(self, call, "done");
}

FIXTURE_MODULE(handle)
