/* Its entry function says yes and gives nothing. */
#include "../fixture.h"
FIXTURE_NOTE
int32_t gantry_entry_v1(const gantry_host_v1 *host, gantry_module_v1 *out_module) {
    (void)host, (void)out_module;
    return GANTRY_OK;
}
