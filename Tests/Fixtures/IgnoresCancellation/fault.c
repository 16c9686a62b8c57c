/* Works on for nobody: it asks whether its call is cancelled, and finishes all the same. */
#define _POSIX_C_SOURCE 200809L
#include "../fixture.h"
#include <unistd.h>

static int32_t handle(void *instance, const gantry_call_v1 *call, const gantry_request_v1 *request) {
    const fixture *self = instance;
    const gantry_call_table_v1 *calls;
    uint8_t is_cancelled = 0;
    int32_t status;
    (void)request;
    calls = query(self->host, GANTRY_CALL_ID, &status);
    if (calls != NULL && calls->is_cancelled(call, &is_cancelled) == GANTRY_OK && is_cancelled) sleep(3);
    return answer(self, call, "done");
}

FIXTURE_MODULE(handle)
