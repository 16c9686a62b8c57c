/* gantry.log.
 * Written by PluginAPI/Generator/generate.py --write; never edit it by hand. */
#include "../probe.h"
#include "values.h"

static int32_t fake_log_write(const gantry_call_v1 *call, uint32_t level, gantry_str_v1 message,
                              const gantry_field_v1 *fields, uint64_t field_count) {
    probe_begin("gantry.log.write");
    if (call == NULL) probe_note("no call", 0);
    else probe_note_call_v1(call);
    probe_note("level", (uint64_t)(int64_t)level);
    probe_note_text("message", *(&message));
    probe_note("field_count", field_count);
    for (uint64_t index = 0; fields != NULL && index < field_count; index++)
        probe_note_field_v1(fields + index);
    return probe_answer(GANTRY_OK);
}

static void drive_log_write(const gantry_log_v1 *table, void *object, const gantry_call_v1 *call) {
    (void)object;
    uint32_t level;
    level = (uint32_t)probe_number();
    gantry_str_v1 message;
    message = probe_text();
    gantry_field_v1 fields[2];
    probe_make_field_v1(&fields[0]);
    probe_make_field_v1(&fields[1]);
    int32_t answered = table->write(call, level, message, probe_is_sparse() ? NULL : fields, probe_is_sparse() ? 0 : 2);
    probe_note("answers", (uint64_t)(int64_t)answered);
}

const gantry_log_v1 probe_log_fake = {.write = fake_log_write};

void probe_drive_log(const void *table, void *object, const gantry_call_v1 *call) {
    const gantry_log_v1 *functions = table;
    drive_log_write(functions, object, call);
}
