/* Has none of the tables. */
#include "../fixture.h"
FIXTURE_NOTE
static int32_t tables(void *module, gantry_str_v1 id, uint32_t revision, const void **out_table) {
    (void)module, (void)id, (void)revision, (void)out_table;
    return GANTRY_E_UNSUPPORTED;
}
FIXTURE_ENTRY
