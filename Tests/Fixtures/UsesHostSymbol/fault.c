/* Uses a function of the Swift runtime without needing its library: it would bind to the host's by chance. */
#include "../fixture.h"
void swift_retain(void *object);
static int32_t handle(void *instance, const gantry_call_v1 *call, const gantry_request_v1 *request) {
    (void)instance, (void)call, (void)request;
    swift_retain(NULL);
    return GANTRY_OK;
}
FIXTURE_MODULE(handle)
