/* Exports nothing. */
#include "../fixture.h"
FIXTURE_NOTE
FIXTURE_TABLES(handle_well)
__attribute__((used)) static int32_t hidden_entry(gantry_module_v1 *module) {
    module->query = tables;
    return GANTRY_OK;
}
