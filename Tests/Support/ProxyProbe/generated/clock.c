/* gantry.clock.
 * Written by PluginAPI/Generator/generate.py --write; never edit it by hand. */
#include "../probe.h"
#include "values.h"

static int32_t fake_clock_now(const gantry_call_v1 *call, int64_t *out_milliseconds) {
    probe_begin("gantry.clock.now");
    if (call == NULL) probe_note("no call", 0);
    else probe_note_call_v1(call);
    probe_note("out_milliseconds", out_milliseconds != NULL);
    if (out_milliseconds != NULL && probe_succeeds()) *out_milliseconds = (int64_t)probe_number();
    return probe_answer(GANTRY_OK);
}

static void drive_clock_now(const gantry_clock_v1 *table, void *object, const gantry_call_v1 *call) {
    (void)object;
    int64_t out_milliseconds = {0};
    int32_t answered = table->now(call, probe_is_sparse() ? NULL : &out_milliseconds);
    probe_note("answers", (uint64_t)(int64_t)answered);
    probe_note("out_milliseconds", (uint64_t)(int64_t)out_milliseconds);
}

static int32_t fake_clock_monotonic(const gantry_call_v1 *call, int64_t *out_nanoseconds) {
    probe_begin("gantry.clock.monotonic");
    if (call == NULL) probe_note("no call", 0);
    else probe_note_call_v1(call);
    probe_note("out_nanoseconds", out_nanoseconds != NULL);
    if (out_nanoseconds != NULL && probe_succeeds()) *out_nanoseconds = (int64_t)probe_number();
    return probe_answer(GANTRY_OK);
}

static void drive_clock_monotonic(const gantry_clock_v1 *table, void *object, const gantry_call_v1 *call) {
    (void)object;
    int64_t out_nanoseconds = {0};
    int32_t answered = table->monotonic(call, probe_is_sparse() ? NULL : &out_nanoseconds);
    probe_note("answers", (uint64_t)(int64_t)answered);
    probe_note("out_nanoseconds", (uint64_t)(int64_t)out_nanoseconds);
}

static int32_t fake_clock_random(const gantry_call_v1 *call, uint8_t *out_bytes, uint64_t size) {
    probe_begin("gantry.clock.random");
    if (call == NULL) probe_note("no call", 0);
    else probe_note_call_v1(call);
    probe_note("out_bytes", out_bytes != NULL);
    probe_note("size", size);
    if (out_bytes != NULL && probe_succeeds()) memset(out_bytes, (int)probe_number(), size);
    return probe_answer(GANTRY_OK);
}

static void drive_clock_random(const gantry_clock_v1 *table, void *object, const gantry_call_v1 *call) {
    (void)object;
    uint8_t out_bytes[64] = {0};
    int32_t answered = table->random(call, probe_is_sparse() ? NULL : out_bytes, 9);
    probe_note("answers", (uint64_t)(int64_t)answered);
    probe_note_text("out_bytes", (gantry_str_v1){out_bytes, sizeof out_bytes});
}

const gantry_clock_v1 probe_clock_fake = {.now = fake_clock_now, .monotonic = fake_clock_monotonic,
    .random = fake_clock_random};

void probe_drive_clock(const void *table, void *object, const gantry_call_v1 *call) {
    const gantry_clock_v1 *functions = table;
    drive_clock_now(functions, object, call);
    drive_clock_monotonic(functions, object, call);
    drive_clock_random(functions, object, call);
}
