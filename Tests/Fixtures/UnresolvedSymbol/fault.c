/* Needs a function that nobody has; the dynamic linker would say so only when the library is loaded. */
#include "../fixture.h"
int nobody_has_this_function(void);
static int32_t handle(void *instance, const gantry_call_v1 *call, const gantry_request_v1 *request) {
    (void)instance, (void)call, (void)request;
    return nobody_has_this_function();
}
FIXTURE_MODULE(handle)
