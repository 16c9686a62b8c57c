/* gantry.events.
 * Written by PluginAPI/Generator/generate.py --write; never edit it by hand. */
#include "../probe.h"
#include "values.h"

static int32_t fake_events_publish(const gantry_call_v1 *call, uint64_t transaction, gantry_str_v1 type,
                                   gantry_str_v1 key, gantry_str_v1 data, uint8_t *out_id, gantry_error_v1 *error) {
    probe_begin("gantry.events.publish");
    if (call == NULL) probe_note("no call", 0);
    else probe_note_call_v1(call);
    probe_note("transaction", (uint64_t)(int64_t)transaction);
    probe_note_text("type", *(&type));
    probe_note_text("key", *(&key));
    probe_note_text("data", *(&data));
    probe_note("out_id", out_id != NULL);
    probe_note("error", error != NULL);
    if (out_id != NULL && probe_succeeds()) memset(out_id, (int)probe_number(), 36);
    probe_fail(error, "publish fails");
    return probe_answer(GANTRY_OK);
}

static void drive_events_publish(const gantry_events_v1 *table, void *object, const gantry_call_v1 *call) {
    (void)object;
    uint64_t transaction;
    transaction = (uint64_t)probe_number();
    gantry_str_v1 type;
    type = probe_text();
    gantry_str_v1 key;
    key = probe_text();
    gantry_str_v1 data;
    data = probe_text();
    uint8_t out_id[64] = {0};
    uint8_t error_room[64] = {0};
    gantry_error_v1 error = {0, sizeof error_room, 0, 0, error_room};
    int32_t answered = table->publish(call, transaction, type, key, data, probe_is_sparse() ? NULL : out_id,
                                      probe_is_sparse() ? NULL : &error);
    probe_note("answers", (uint64_t)(int64_t)answered);
    probe_note_text("out_id", (gantry_str_v1){out_id, sizeof out_id});
    probe_note("code", (uint64_t)(int64_t)error.code);
    probe_note_text("error", (gantry_str_v1){error_room, error.message_size});
}

const gantry_events_v1 probe_events_fake = {.publish = fake_events_publish};

void probe_drive_events(const void *table, void *object, const gantry_call_v1 *call) {
    const gantry_events_v1 *functions = table;
    drive_events_publish(functions, object, call);
}
