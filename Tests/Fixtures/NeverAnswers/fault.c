/* Says that all is well and answers nothing; says so for a made-up status too. */
#include "../fixture.h"
static int32_t handle(void *instance, const gantry_call_v1 *call, const gantry_request_v1 *request) {
    static int32_t statuses[] = {GANTRY_OK, GANTRY_E_BUSY, 77};
    (void)instance, (void)call;
    return statuses[request->path_parameter_count];
}
FIXTURE_MODULE(handle)
