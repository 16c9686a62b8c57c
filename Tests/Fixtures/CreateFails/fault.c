/* Refuses its configuration, and says why. */
#define FIXTURE_CREATE create_nothing
#include "../fixture.h"
static int32_t create_nothing(void *module, const gantry_call_v1 *call, const gantry_host_v1 *host,
                              gantry_str_v1 configuration, void **out_instance, gantry_error_v1 *error) {
    (void)module, (void)call, (void)host, (void)configuration, (void)out_instance;
    return complain(error, "the greeting is missing");
}
FIXTURE_MODULE(handle_well)
