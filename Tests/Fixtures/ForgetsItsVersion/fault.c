/* Takes over what another generation held without a look at how it is written. */
#include "../fixture.h"
#include <gantry/state.h>

static int32_t export_state(void *instance, const gantry_call_v1 *call, gantry_state_fn_v1 take, void *context,
                            gantry_error_v1 *error) {
    (void)instance, (void)call, (void)error;
    return take(context, 1, text("held"));
}

static int32_t import_state(void *instance, const gantry_call_v1 *call, uint32_t version, gantry_str_v1 state,
                            gantry_error_v1 *error) {
    (void)instance, (void)call, (void)version, (void)state, (void)error;
    return GANTRY_OK;
}

FIXTURE_NOTE
FIXTURE_TABLES(handle_well)

static int32_t all_tables(void *module, gantry_str_v1 id, uint32_t revision, const void **out_table) {
    static const gantry_state_v1 state = {export_state, import_state};
    if (revision == 1 && is(id, GANTRY_STATE_ID)) return *out_table = &state, GANTRY_OK;
    return tables(module, id, revision, out_table);
}

int32_t gantry_entry_v1(const gantry_host_v1 *host, gantry_module_v1 *out_module) {
    (void)host;
    *out_module = (gantry_module_v1){NULL, all_tables};
    return GANTRY_OK;
}
