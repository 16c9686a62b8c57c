/* Promises an answer that never comes. */
#include "../fixture.h"
static int32_t handle(void *instance, const gantry_call_v1 *call, const gantry_request_v1 *request) {
    (void)instance, (void)call, (void)request;
    return GANTRY_PENDING;
}
FIXTURE_MODULE(handle)
