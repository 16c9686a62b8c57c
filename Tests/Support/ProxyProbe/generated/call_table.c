/* gantry.call.
 * Written by PluginAPI/Generator/generate.py --write; never edit it by hand. */
#include "../probe.h"
#include "values.h"

static int32_t fake_call_table_is_cancelled(const gantry_call_v1 *call, uint8_t *out_cancelled) {
    probe_begin("gantry.call.is_cancelled");
    if (call == NULL) probe_note("no call", 0);
    else probe_note_call_v1(call);
    probe_note("out_cancelled", out_cancelled != NULL);
    if (out_cancelled != NULL && probe_succeeds()) *out_cancelled = (uint8_t)probe_number();
    return probe_answer(GANTRY_OK);
}

static void drive_call_table_is_cancelled(const gantry_call_table_v1 *table, void *object, const gantry_call_v1 *call) {
    (void)object;
    uint8_t out_cancelled = {0};
    int32_t answered = table->is_cancelled(call, probe_is_sparse() ? NULL : &out_cancelled);
    probe_note("answers", (uint64_t)(int64_t)answered);
    probe_note("out_cancelled", (uint64_t)(int64_t)out_cancelled);
}

const gantry_call_table_v1 probe_call_table_fake = {.is_cancelled = fake_call_table_is_cancelled};

void probe_drive_call_table(const void *table, void *object, const gantry_call_v1 *call) {
    const gantry_call_table_v1 *functions = table;
    drive_call_table_is_cancelled(functions, object, call);
}
