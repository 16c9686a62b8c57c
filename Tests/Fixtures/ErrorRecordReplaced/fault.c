/* Puts an address of its own into the host's error record and claims a size without end. */
#define FIXTURE_CREATE create_nothing
#include "../fixture.h"
static int32_t create_nothing(void *module, const gantry_call_v1 *call, const gantry_host_v1 *host,
                              gantry_str_v1 configuration, void **out_instance, gantry_error_v1 *error) {
    static uint8_t own[] = "mine";
    (void)module, (void)call, (void)host, (void)configuration, (void)out_instance;
    error->message = own;
    error->message_size = UINT32_MAX;
    return GANTRY_E_FAILED;
}
FIXTURE_MODULE(handle_well)
