/* Keeps the last request's path parameter outside of its instances, and answers with the one before: of any tenant. */
#include "../fixture.h"

static char last[128] = "nothing";

static int32_t handle(void *instance, const gantry_call_v1 *call, const gantry_request_v1 *request) {
    char answered[sizeof last];
    memcpy(answered, last, sizeof last);
    if (request->path_parameter_count > 0 && request->path_parameters[0].size < sizeof last) {
        memset(last, 0, sizeof last);
        memcpy(last, request->path_parameters[0].data, request->path_parameters[0].size);
    }
    return answer(instance, call, answered);
}

FIXTURE_MODULE(handle)
