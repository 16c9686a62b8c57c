/* gantry.trace.
 * Written by PluginAPI/Generator/generate.py --write; never edit it by hand. */
#include "../probe.h"
#include "values.h"

static int32_t fake_trace_begin(const gantry_call_v1 *call, gantry_str_v1 name, gantry_call_v1 *out_call) {
    probe_begin("gantry.trace.begin");
    if (call == NULL) probe_note("no call", 0);
    else probe_note_call_v1(call);
    probe_note_text("name", *(&name));
    probe_note("out_call", out_call != NULL);
    if (out_call != NULL && probe_succeeds()) probe_make_call_v1(&*out_call);
    return probe_answer(GANTRY_OK);
}

static void drive_trace_begin(const gantry_trace_v1 *table, void *object, const gantry_call_v1 *call) {
    (void)object;
    gantry_str_v1 name;
    name = probe_text();
    gantry_call_v1 out_call = {0};
    int32_t answered = table->begin(call, name, probe_is_sparse() ? NULL : &out_call);
    probe_note("answers", (uint64_t)(int64_t)answered);
    probe_note_call_v1(&out_call);
}

static int32_t fake_trace_attribute(const gantry_call_v1 *call, gantry_str_v1 name, gantry_str_v1 value) {
    probe_begin("gantry.trace.attribute");
    if (call == NULL) probe_note("no call", 0);
    else probe_note_call_v1(call);
    probe_note_text("name", *(&name));
    probe_note_text("value", *(&value));
    return probe_answer(GANTRY_OK);
}

static void drive_trace_attribute(const gantry_trace_v1 *table, void *object, const gantry_call_v1 *call) {
    (void)object;
    gantry_str_v1 name;
    name = probe_text();
    gantry_str_v1 value;
    value = probe_text();
    int32_t answered = table->attribute(call, name, value);
    probe_note("answers", (uint64_t)(int64_t)answered);
}

static int32_t fake_trace_end(const gantry_call_v1 *call, int32_t status) {
    probe_begin("gantry.trace.end");
    if (call == NULL) probe_note("no call", 0);
    else probe_note_call_v1(call);
    probe_note("status", (uint64_t)(int64_t)status);
    return probe_answer(GANTRY_OK);
}

static void drive_trace_end(const gantry_trace_v1 *table, void *object, const gantry_call_v1 *call) {
    (void)object;
    int32_t status;
    status = (int32_t)probe_number();
    int32_t answered = table->end(call, status);
    probe_note("answers", (uint64_t)(int64_t)answered);
}

static int32_t fake_trace_header(const gantry_call_v1 *call, uint8_t *out_text) {
    probe_begin("gantry.trace.header");
    if (call == NULL) probe_note("no call", 0);
    else probe_note_call_v1(call);
    probe_note("out_text", out_text != NULL);
    if (out_text != NULL && probe_succeeds()) memset(out_text, (int)probe_number(), 55);
    return probe_answer(GANTRY_OK);
}

static void drive_trace_header(const gantry_trace_v1 *table, void *object, const gantry_call_v1 *call) {
    (void)object;
    uint8_t out_text[64] = {0};
    int32_t answered = table->header(call, probe_is_sparse() ? NULL : out_text);
    probe_note("answers", (uint64_t)(int64_t)answered);
    probe_note_text("out_text", (gantry_str_v1){out_text, sizeof out_text});
}

const gantry_trace_v1 probe_trace_fake = {.begin = fake_trace_begin, .attribute = fake_trace_attribute,
    .end = fake_trace_end, .header = fake_trace_header};

void probe_drive_trace(const void *table, void *object, const gantry_call_v1 *call) {
    const gantry_trace_v1 *functions = table;
    drive_trace_begin(functions, object, call);
    drive_trace_attribute(functions, object, call);
    drive_trace_end(functions, object, call);
    drive_trace_header(functions, object, call);
}
