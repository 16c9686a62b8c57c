/* gantry.blobs.
 * Written by PluginAPI/Generator/generate.py --write; never edit it by hand. */
#include "../probe.h"
#include "values.h"

static int32_t fake_blobs_put(const gantry_call_v1 *call, gantry_str_v1 key, gantry_str_v1 content_type,
                              gantry_str_v1 bytes, gantry_error_v1 *error) {
    probe_begin("gantry.blobs.put");
    if (call == NULL) probe_note("no call", 0);
    else probe_note_call_v1(call);
    probe_note_text("key", *(&key));
    probe_note_text("content_type", *(&content_type));
    probe_note_text("bytes", *(&bytes));
    probe_note("error", error != NULL);
    probe_fail(error, "put fails");
    return probe_answer(GANTRY_OK);
}

static void drive_blobs_put(const gantry_blobs_v1 *table, void *object, const gantry_call_v1 *call) {
    (void)object;
    gantry_str_v1 key;
    key = probe_text();
    gantry_str_v1 content_type;
    content_type = probe_text();
    gantry_str_v1 bytes;
    bytes = probe_text();
    uint8_t error_room[64] = {0};
    gantry_error_v1 error = {0, sizeof error_room, 0, 0, error_room};
    int32_t answered = table->put(call, key, content_type, bytes, probe_is_sparse() ? NULL : &error);
    probe_note("answers", (uint64_t)(int64_t)answered);
    probe_note("code", (uint64_t)(int64_t)error.code);
    probe_note_text("error", (gantry_str_v1){error_room, error.message_size});
}

static int32_t fake_blobs_create(const gantry_call_v1 *call, gantry_str_v1 key, gantry_str_v1 content_type,
                                 uint64_t *out_writer, gantry_error_v1 *error) {
    probe_begin("gantry.blobs.create");
    if (call == NULL) probe_note("no call", 0);
    else probe_note_call_v1(call);
    probe_note_text("key", *(&key));
    probe_note_text("content_type", *(&content_type));
    probe_note("out_writer", out_writer != NULL);
    probe_note("error", error != NULL);
    if (out_writer != NULL && probe_succeeds()) *out_writer = (uint64_t)probe_number();
    probe_fail(error, "create fails");
    return probe_answer(GANTRY_OK);
}

static void drive_blobs_create(const gantry_blobs_v1 *table, void *object, const gantry_call_v1 *call) {
    (void)object;
    gantry_str_v1 key;
    key = probe_text();
    gantry_str_v1 content_type;
    content_type = probe_text();
    uint64_t out_writer = {0};
    uint8_t error_room[64] = {0};
    gantry_error_v1 error = {0, sizeof error_room, 0, 0, error_room};
    int32_t answered = table->create(call, key, content_type, probe_is_sparse() ? NULL : &out_writer,
                                     probe_is_sparse() ? NULL : &error);
    probe_note("answers", (uint64_t)(int64_t)answered);
    probe_note("out_writer", (uint64_t)(int64_t)out_writer);
    probe_note("code", (uint64_t)(int64_t)error.code);
    probe_note_text("error", (gantry_str_v1){error_room, error.message_size});
}

static int32_t fake_blobs_append(const gantry_call_v1 *call, uint64_t writer, gantry_str_v1 bytes,
                                 gantry_error_v1 *error) {
    probe_begin("gantry.blobs.append");
    if (call == NULL) probe_note("no call", 0);
    else probe_note_call_v1(call);
    probe_note("writer", (uint64_t)(int64_t)writer);
    probe_note_text("bytes", *(&bytes));
    probe_note("error", error != NULL);
    probe_fail(error, "append fails");
    return probe_answer(GANTRY_OK);
}

static void drive_blobs_append(const gantry_blobs_v1 *table, void *object, const gantry_call_v1 *call) {
    (void)object;
    uint64_t writer;
    writer = (uint64_t)probe_number();
    gantry_str_v1 bytes;
    bytes = probe_text();
    uint8_t error_room[64] = {0};
    gantry_error_v1 error = {0, sizeof error_room, 0, 0, error_room};
    int32_t answered = table->append(call, writer, bytes, probe_is_sparse() ? NULL : &error);
    probe_note("answers", (uint64_t)(int64_t)answered);
    probe_note("code", (uint64_t)(int64_t)error.code);
    probe_note_text("error", (gantry_str_v1){error_room, error.message_size});
}

static int32_t fake_blobs_commit(const gantry_call_v1 *call, uint64_t writer, gantry_blob_fn_v1 on_blob, void *context,
                                 gantry_error_v1 *error) {
    probe_begin("gantry.blobs.commit");
    if (call == NULL) probe_note("no call", 0);
    else probe_note_call_v1(call);
    probe_note("writer", (uint64_t)(int64_t)writer);
    probe_note("on_blob", on_blob != NULL);
    if (on_blob != NULL) {
        gantry_blob_v1 blob_given;
        probe_make_blob_v1(&blob_given);
        probe_note("on_blob answers", (uint64_t)(int64_t)on_blob(context, probe_is_sparse() ? NULL : &blob_given));
    }
    probe_note("error", error != NULL);
    probe_fail(error, "commit fails");
    return probe_answer(GANTRY_OK);
}

static void drive_blobs_commit(const gantry_blobs_v1 *table, void *object, const gantry_call_v1 *call) {
    (void)object;
    uint64_t writer;
    writer = (uint64_t)probe_number();
    static const uint32_t context_number = 21;
    uint8_t error_room[64] = {0};
    gantry_error_v1 error = {0, sizeof error_room, 0, 0, error_room};
    int32_t answered = table->commit(call, writer, probe_is_sparse() ? NULL : driver_blob_fn_v1,
                                     (void *)(uintptr_t)&context_number, probe_is_sparse() ? NULL : &error);
    probe_note("answers", (uint64_t)(int64_t)answered);
    probe_note("code", (uint64_t)(int64_t)error.code);
    probe_note_text("error", (gantry_str_v1){error_room, error.message_size});
}

static int32_t fake_blobs_discard(const gantry_call_v1 *call, uint64_t writer) {
    probe_begin("gantry.blobs.discard");
    if (call == NULL) probe_note("no call", 0);
    else probe_note_call_v1(call);
    probe_note("writer", (uint64_t)(int64_t)writer);
    return probe_answer(GANTRY_OK);
}

static void drive_blobs_discard(const gantry_blobs_v1 *table, void *object, const gantry_call_v1 *call) {
    (void)object;
    uint64_t writer;
    writer = (uint64_t)probe_number();
    int32_t answered = table->discard(call, writer);
    probe_note("answers", (uint64_t)(int64_t)answered);
}

static int32_t fake_blobs_open(const gantry_call_v1 *call, gantry_str_v1 key, uint64_t *out_reader,
                               gantry_blob_fn_v1 on_blob, void *context, gantry_error_v1 *error) {
    probe_begin("gantry.blobs.open");
    if (call == NULL) probe_note("no call", 0);
    else probe_note_call_v1(call);
    probe_note_text("key", *(&key));
    probe_note("out_reader", out_reader != NULL);
    probe_note("on_blob", on_blob != NULL);
    if (on_blob != NULL) {
        gantry_blob_v1 blob_given;
        probe_make_blob_v1(&blob_given);
        probe_note("on_blob answers", (uint64_t)(int64_t)on_blob(context, probe_is_sparse() ? NULL : &blob_given));
    }
    probe_note("error", error != NULL);
    if (out_reader != NULL && probe_succeeds()) *out_reader = (uint64_t)probe_number();
    probe_fail(error, "open fails");
    return probe_answer(GANTRY_OK);
}

static void drive_blobs_open(const gantry_blobs_v1 *table, void *object, const gantry_call_v1 *call) {
    (void)object;
    gantry_str_v1 key;
    key = probe_text();
    uint64_t out_reader = {0};
    static const uint32_t context_number = 20;
    uint8_t error_room[64] = {0};
    gantry_error_v1 error = {0, sizeof error_room, 0, 0, error_room};
    int32_t answered = table->open(call, key, probe_is_sparse() ? NULL : &out_reader,
                                   probe_is_sparse() ? NULL : driver_blob_fn_v1, (void *)(uintptr_t)&context_number,
                                   probe_is_sparse() ? NULL : &error);
    probe_note("answers", (uint64_t)(int64_t)answered);
    probe_note("out_reader", (uint64_t)(int64_t)out_reader);
    probe_note("code", (uint64_t)(int64_t)error.code);
    probe_note_text("error", (gantry_str_v1){error_room, error.message_size});
}

static int32_t fake_blobs_read(const gantry_call_v1 *call, uint64_t reader, uint64_t offset, uint8_t *out_bytes,
                               uint64_t capacity, uint64_t *out_size, gantry_error_v1 *error) {
    probe_begin("gantry.blobs.read");
    if (call == NULL) probe_note("no call", 0);
    else probe_note_call_v1(call);
    probe_note("reader", (uint64_t)(int64_t)reader);
    probe_note("offset", (uint64_t)(int64_t)offset);
    probe_note("out_bytes", out_bytes != NULL);
    probe_note("capacity", capacity);
    probe_note("out_size", out_size != NULL);
    probe_note("error", error != NULL);
    if (out_bytes != NULL && probe_succeeds()) memset(out_bytes, (int)probe_number(), 7);
    if (out_size != NULL && probe_succeeds()) *out_size = 7;
    probe_fail(error, "read fails");
    return probe_answer(GANTRY_OK);
}

static void drive_blobs_read(const gantry_blobs_v1 *table, void *object, const gantry_call_v1 *call) {
    (void)object;
    uint64_t reader;
    reader = (uint64_t)probe_number();
    uint64_t offset;
    offset = (uint64_t)probe_number();
    uint8_t out_bytes[64] = {0};
    uint64_t out_size = {0};
    uint8_t error_room[64] = {0};
    gantry_error_v1 error = {0, sizeof error_room, 0, 0, error_room};
    int32_t answered = table->read(call, reader, offset, probe_is_sparse() ? NULL : out_bytes, 9,
                                   probe_is_sparse() ? NULL : &out_size, probe_is_sparse() ? NULL : &error);
    probe_note("answers", (uint64_t)(int64_t)answered);
    probe_note_text("out_bytes", (gantry_str_v1){out_bytes, sizeof out_bytes});
    probe_note("out_size", (uint64_t)(int64_t)out_size);
    probe_note("code", (uint64_t)(int64_t)error.code);
    probe_note_text("error", (gantry_str_v1){error_room, error.message_size});
}

static int32_t fake_blobs_close(const gantry_call_v1 *call, uint64_t reader) {
    probe_begin("gantry.blobs.close");
    if (call == NULL) probe_note("no call", 0);
    else probe_note_call_v1(call);
    probe_note("reader", (uint64_t)(int64_t)reader);
    return probe_answer(GANTRY_OK);
}

static void drive_blobs_close(const gantry_blobs_v1 *table, void *object, const gantry_call_v1 *call) {
    (void)object;
    uint64_t reader;
    reader = (uint64_t)probe_number();
    int32_t answered = table->close(call, reader);
    probe_note("answers", (uint64_t)(int64_t)answered);
}

static int32_t fake_blobs_remove(const gantry_call_v1 *call, gantry_str_v1 key, gantry_error_v1 *error) {
    probe_begin("gantry.blobs.remove");
    if (call == NULL) probe_note("no call", 0);
    else probe_note_call_v1(call);
    probe_note_text("key", *(&key));
    probe_note("error", error != NULL);
    probe_fail(error, "remove fails");
    return probe_answer(GANTRY_OK);
}

static void drive_blobs_remove(const gantry_blobs_v1 *table, void *object, const gantry_call_v1 *call) {
    (void)object;
    gantry_str_v1 key;
    key = probe_text();
    uint8_t error_room[64] = {0};
    gantry_error_v1 error = {0, sizeof error_room, 0, 0, error_room};
    int32_t answered = table->remove(call, key, probe_is_sparse() ? NULL : &error);
    probe_note("answers", (uint64_t)(int64_t)answered);
    probe_note("code", (uint64_t)(int64_t)error.code);
    probe_note_text("error", (gantry_str_v1){error_room, error.message_size});
}

static int32_t fake_blobs_list(const gantry_call_v1 *call, gantry_str_v1 prefix, gantry_str_v1 after, uint64_t limit,
                               gantry_blob_fn_v1 on_blob, void *context, gantry_error_v1 *error) {
    probe_begin("gantry.blobs.list");
    if (call == NULL) probe_note("no call", 0);
    else probe_note_call_v1(call);
    probe_note_text("prefix", *(&prefix));
    probe_note_text("after", *(&after));
    probe_note("limit", (uint64_t)(int64_t)limit);
    probe_note("on_blob", on_blob != NULL);
    if (on_blob != NULL) {
        gantry_blob_v1 blob_given;
        probe_make_blob_v1(&blob_given);
        probe_note("on_blob answers", (uint64_t)(int64_t)on_blob(context, probe_is_sparse() ? NULL : &blob_given));
    }
    probe_note("error", error != NULL);
    probe_fail(error, "list fails");
    return probe_answer(GANTRY_OK);
}

static void drive_blobs_list(const gantry_blobs_v1 *table, void *object, const gantry_call_v1 *call) {
    (void)object;
    gantry_str_v1 prefix;
    prefix = probe_text();
    gantry_str_v1 after;
    after = probe_text();
    uint64_t limit;
    limit = (uint64_t)probe_number();
    static const uint32_t context_number = 21;
    uint8_t error_room[64] = {0};
    gantry_error_v1 error = {0, sizeof error_room, 0, 0, error_room};
    int32_t answered = table->list(call, prefix, after, limit, probe_is_sparse() ? NULL : driver_blob_fn_v1,
                                   (void *)(uintptr_t)&context_number, probe_is_sparse() ? NULL : &error);
    probe_note("answers", (uint64_t)(int64_t)answered);
    probe_note("code", (uint64_t)(int64_t)error.code);
    probe_note_text("error", (gantry_str_v1){error_room, error.message_size});
}

const gantry_blobs_v1 probe_blobs_fake = {.put = fake_blobs_put, .create = fake_blobs_create,
    .append = fake_blobs_append, .commit = fake_blobs_commit, .discard = fake_blobs_discard, .open = fake_blobs_open,
    .read = fake_blobs_read, .close = fake_blobs_close, .remove = fake_blobs_remove, .list = fake_blobs_list};

void probe_drive_blobs(const void *table, void *object, const gantry_call_v1 *call) {
    const gantry_blobs_v1 *functions = table;
    drive_blobs_put(functions, object, call);
    drive_blobs_create(functions, object, call);
    drive_blobs_append(functions, object, call);
    drive_blobs_commit(functions, object, call);
    drive_blobs_discard(functions, object, call);
    drive_blobs_open(functions, object, call);
    drive_blobs_read(functions, object, call);
    drive_blobs_close(functions, object, call);
    drive_blobs_remove(functions, object, call);
    drive_blobs_list(functions, object, call);
}
