/* Cannot say what it is. */
#define FIXTURE_DESCRIBE describe_nothing
#include <gantry/gantry.h>
static int32_t describe_nothing(void *module, const gantry_description_v1 **out) {
    (void)module, (void)out;
    return GANTRY_E_FAILED;
}
#include "../fixture.h"
FIXTURE_MODULE(handle_well)
