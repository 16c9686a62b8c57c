/* Claims more operations than there is memory. */
#define FIXTURE_DESCRIBE describe_endlessly
#include <gantry/gantry.h>
static int32_t describe_endlessly(void *module, const gantry_description_v1 **out) {
    static const gantry_description_v1 description = {
        {(const uint8_t *)"fixture", 7}, {(const uint8_t *)"1.0.0", 5}, NULL, UINT64_MAX, NULL, 0, NULL, 0};
    (void)module;
    *out = &description;
    return GANTRY_OK;
}
#include "../fixture.h"
FIXTURE_MODULE(handle_well)
