/* Answers every query with a table, also where it has none of that name and revision. */
#include "../fixture.h"

static int32_t tables(void *module, gantry_str_v1 id, uint32_t revision, const void **out_table) {
    static const gantry_lifecycle_v1 lifecycle = {describe, create, succeed, succeed, succeed, destroy};
    static const gantry_http_v1 http = {handle_well, check_nothing};
    (void)module, (void)revision;
    *out_table = is(id, GANTRY_HTTP_ID) ? (const void *)&http : (const void *)&lifecycle;
    return GANTRY_OK;
}

FIXTURE_NOTE
FIXTURE_ENTRY
