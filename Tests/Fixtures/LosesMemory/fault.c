/* Forgets to free what it makes for each request. */
#include "../fixture.h"

static void *volatile lost;

static int32_t handle(void *instance, const gantry_call_v1 *call, const gantry_request_v1 *request) {
    (void)request;
    lost = malloc(100);
    return answer(instance, call, "done");
}

FIXTURE_MODULE(handle)
