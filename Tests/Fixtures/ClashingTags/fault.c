/* On the host's Swift runtime; the Swift part uses C types of its own. */
#define FIXTURE_NOTE GANTRY_MODULE_NOTE(FIXTURE_RUNTIME);
#include "../fixture.h"
int32_t fixture_boxes(void);
static int32_t handle(void *instance, const gantry_call_v1 *call, const gantry_request_v1 *request) {
    (void)request;
    return fixture_boxes() < 0 ? GANTRY_E_FAILED : answer(instance, call, "done");
}
FIXTURE_MODULE(handle)
