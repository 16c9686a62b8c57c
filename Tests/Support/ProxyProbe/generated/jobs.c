/* gantry.jobs.
 * Written by PluginAPI/Generator/generate.py --write; never edit it by hand. */
#include "../probe.h"
#include "values.h"

static int32_t fake_jobs_enqueue(const gantry_call_v1 *call, uint64_t transaction, gantry_str_v1 name,
                                 gantry_str_v1 key, gantry_str_v1 payload, int64_t not_before_milliseconds,
                                 gantry_error_v1 *error) {
    probe_begin("gantry.jobs.enqueue");
    if (call == NULL) probe_note("no call", 0);
    else probe_note_call_v1(call);
    probe_note("transaction", (uint64_t)(int64_t)transaction);
    probe_note_text("name", *(&name));
    probe_note_text("key", *(&key));
    probe_note_text("payload", *(&payload));
    probe_note("not_before_milliseconds", (uint64_t)(int64_t)not_before_milliseconds);
    probe_note("error", error != NULL);
    probe_fail(error, "enqueue fails");
    return probe_answer(GANTRY_OK);
}

static void drive_jobs_enqueue(const gantry_jobs_v1 *table, void *object, const gantry_call_v1 *call) {
    (void)object;
    uint64_t transaction;
    transaction = (uint64_t)probe_number();
    gantry_str_v1 name;
    name = probe_text();
    gantry_str_v1 key;
    key = probe_text();
    gantry_str_v1 payload;
    payload = probe_text();
    int64_t not_before_milliseconds;
    not_before_milliseconds = (int64_t)probe_number();
    uint8_t error_room[64] = {0};
    gantry_error_v1 error = {0, sizeof error_room, 0, 0, error_room};
    int32_t answered = table->enqueue(call, transaction, name, key, payload, not_before_milliseconds,
                                      probe_is_sparse() ? NULL : &error);
    probe_note("answers", (uint64_t)(int64_t)answered);
    probe_note("code", (uint64_t)(int64_t)error.code);
    probe_note_text("error", (gantry_str_v1){error_room, error.message_size});
}

const gantry_jobs_v1 probe_jobs_fake = {.enqueue = fake_jobs_enqueue};

void probe_drive_jobs(const void *table, void *object, const gantry_call_v1 *call) {
    const gantry_jobs_v1 *functions = table;
    drive_jobs_enqueue(functions, object, call);
}
