/* gantry.stream.
 * Written by PluginAPI/Generator/generate.py --write; never edit it by hand. */
#include "../probe.h"
#include "values.h"

static int32_t fake_stream_watch(const gantry_call_v1 *call, gantry_wake_fn_v1 wake, void *context) {
    probe_begin("gantry.stream.watch");
    if (call == NULL) probe_note("no call", 0);
    else probe_note_call_v1(call);
    probe_note("wake", wake != NULL);
    if (wake != NULL) {
        probe_note("wake answers", (uint64_t)(int64_t)wake(context, GANTRY_STREAM_WRITABLE));
    }
    if (wake != NULL) wake(context, GANTRY_STREAM_CLOSED);
    return probe_answer(GANTRY_OK);
}

static void drive_stream_watch(const gantry_stream_v1 *table, void *object, const gantry_call_v1 *call) {
    (void)object;
    static const uint32_t context_number = 20;
    int32_t answered = table->watch(call, probe_is_sparse() ? NULL : driver_wake_fn_v1,
                                    (void *)(uintptr_t)&context_number);
    probe_note("answers", (uint64_t)(int64_t)answered);
}

static int32_t fake_stream_read(const gantry_call_v1 *call, uint8_t *out_bytes, uint64_t capacity, uint64_t *out_size) {
    probe_begin("gantry.stream.read");
    if (call == NULL) probe_note("no call", 0);
    else probe_note_call_v1(call);
    probe_note("out_bytes", out_bytes != NULL);
    probe_note("capacity", capacity);
    probe_note("out_size", out_size != NULL);
    if (out_bytes != NULL && probe_succeeds()) memset(out_bytes, (int)probe_number(), 7);
    if (out_size != NULL && probe_succeeds()) *out_size = 7;
    return probe_answer(GANTRY_OK);
}

static void drive_stream_read(const gantry_stream_v1 *table, void *object, const gantry_call_v1 *call) {
    (void)object;
    uint8_t out_bytes[64] = {0};
    uint64_t out_size = {0};
    int32_t answered = table->read(call, probe_is_sparse() ? NULL : out_bytes, 9, probe_is_sparse() ? NULL : &out_size);
    probe_note("answers", (uint64_t)(int64_t)answered);
    probe_note_text("out_bytes", (gantry_str_v1){out_bytes, sizeof out_bytes});
    probe_note("out_size", (uint64_t)(int64_t)out_size);
}

static int32_t fake_stream_start(const gantry_call_v1 *call, uint32_t http_status, gantry_str_v1 content_type,
                                 const gantry_field_v1 *headers, uint64_t header_count) {
    probe_begin("gantry.stream.start");
    if (call == NULL) probe_note("no call", 0);
    else probe_note_call_v1(call);
    probe_note("http_status", (uint64_t)(int64_t)http_status);
    probe_note_text("content_type", *(&content_type));
    probe_note("header_count", header_count);
    for (uint64_t index = 0; headers != NULL && index < header_count; index++)
        probe_note_field_v1(headers + index);
    return probe_answer(GANTRY_OK);
}

static void drive_stream_start(const gantry_stream_v1 *table, void *object, const gantry_call_v1 *call) {
    (void)object;
    uint32_t http_status;
    http_status = (uint32_t)probe_number();
    gantry_str_v1 content_type;
    content_type = probe_text();
    gantry_field_v1 headers[2];
    probe_make_field_v1(&headers[0]);
    probe_make_field_v1(&headers[1]);
    int32_t answered = table->start(call, http_status, content_type, probe_is_sparse() ? NULL : headers,
                                    probe_is_sparse() ? 0 : 2);
    probe_note("answers", (uint64_t)(int64_t)answered);
}

static int32_t fake_stream_write(const gantry_call_v1 *call, gantry_str_v1 bytes, uint64_t *out_accepted) {
    probe_begin("gantry.stream.write");
    if (call == NULL) probe_note("no call", 0);
    else probe_note_call_v1(call);
    probe_note_text("bytes", *(&bytes));
    probe_note("out_accepted", out_accepted != NULL);
    if (out_accepted != NULL && probe_succeeds()) *out_accepted = (uint64_t)probe_number();
    return probe_answer(GANTRY_OK);
}

static void drive_stream_write(const gantry_stream_v1 *table, void *object, const gantry_call_v1 *call) {
    (void)object;
    gantry_str_v1 bytes;
    bytes = probe_text();
    uint64_t out_accepted = {0};
    int32_t answered = table->write(call, bytes, probe_is_sparse() ? NULL : &out_accepted);
    probe_note("answers", (uint64_t)(int64_t)answered);
    probe_note("out_accepted", (uint64_t)(int64_t)out_accepted);
}

static int32_t fake_stream_finish(const gantry_call_v1 *call) {
    probe_begin("gantry.stream.finish");
    if (call == NULL) probe_note("no call", 0);
    else probe_note_call_v1(call);
    return probe_answer(GANTRY_OK);
}

static void drive_stream_finish(const gantry_stream_v1 *table, void *object, const gantry_call_v1 *call) {
    (void)object;
    int32_t answered = table->finish(call);
    probe_note("answers", (uint64_t)(int64_t)answered);
}

static int32_t fake_stream_reset(const gantry_call_v1 *call) {
    probe_begin("gantry.stream.reset");
    if (call == NULL) probe_note("no call", 0);
    else probe_note_call_v1(call);
    return probe_answer(GANTRY_OK);
}

static void drive_stream_reset(const gantry_stream_v1 *table, void *object, const gantry_call_v1 *call) {
    (void)object;
    int32_t answered = table->reset(call);
    probe_note("answers", (uint64_t)(int64_t)answered);
}

static int32_t fake_stream_wait(const gantry_call_v1 *call, uint32_t events, uint32_t *out_events) {
    probe_begin("gantry.stream.wait");
    if (call == NULL) probe_note("no call", 0);
    else probe_note_call_v1(call);
    probe_note("events", (uint64_t)(int64_t)events);
    probe_note("out_events", out_events != NULL);
    if (out_events != NULL && probe_succeeds()) *out_events = (uint32_t)probe_number();
    return probe_answer(GANTRY_OK);
}

static void drive_stream_wait(const gantry_stream_v1 *table, void *object, const gantry_call_v1 *call) {
    (void)object;
    uint32_t events;
    events = (uint32_t)probe_number();
    uint32_t out_events = {0};
    int32_t answered = table->wait(call, events, probe_is_sparse() ? NULL : &out_events);
    probe_note("answers", (uint64_t)(int64_t)answered);
    probe_note("out_events", (uint64_t)(int64_t)out_events);
}

const gantry_stream_v1 probe_stream_fake = {.watch = fake_stream_watch, .read = fake_stream_read,
    .start = fake_stream_start, .write = fake_stream_write, .finish = fake_stream_finish, .reset = fake_stream_reset,
    .wait = fake_stream_wait};

void probe_drive_stream(const void *table, void *object, const gantry_call_v1 *call) {
    const gantry_stream_v1 *functions = table;
    drive_stream_watch(functions, object, call);
    drive_stream_read(functions, object, call);
    drive_stream_start(functions, object, call);
    drive_stream_write(functions, object, call);
    drive_stream_finish(functions, object, call);
    drive_stream_reset(functions, object, call);
    drive_stream_wait(functions, object, call);
}
