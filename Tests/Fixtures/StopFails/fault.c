/* Cannot stop. */
#define FIXTURE_STOP give_up
#include "../fixture.h"
static int32_t give_up(void *instance, const gantry_call_v1 *call, gantry_error_v1 *error) {
    (void)instance, (void)call;
    return complain(error, "still busy");
}
FIXTURE_MODULE(handle_well)
