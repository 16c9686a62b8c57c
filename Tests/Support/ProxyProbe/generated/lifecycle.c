/* gantry.module.lifecycle.
 * Written by PluginAPI/Generator/generate.py --write; never edit it by hand. */
#include "../probe.h"
#include "values.h"

static int32_t fake_lifecycle_start(void *instance, const gantry_call_v1 *call, gantry_error_v1 *error) {
    probe_begin("gantry.module.lifecycle.start");
    probe_note("instance", instance != NULL);
    if (call == NULL) probe_note("no call", 0);
    else probe_note_call_v1(call);
    probe_note("error", error != NULL);
    probe_fail(error, "start fails");
    return probe_answer(GANTRY_OK);
}

static void drive_lifecycle_start(const gantry_lifecycle_v1 *table, void *object, const gantry_call_v1 *call) {
    (void)call;
    uint8_t error_room[64] = {0};
    gantry_error_v1 error = {0, sizeof error_room, 0, 0, error_room};
    int32_t answered = table->start(object, call, probe_is_sparse() ? NULL : &error);
    probe_note("answers", (uint64_t)(int64_t)answered);
    probe_note("code", (uint64_t)(int64_t)error.code);
    probe_note_text("error", (gantry_str_v1){error_room, error.message_size});
}

static int32_t fake_lifecycle_quiesce(void *instance, const gantry_call_v1 *call, gantry_error_v1 *error) {
    probe_begin("gantry.module.lifecycle.quiesce");
    probe_note("instance", instance != NULL);
    if (call == NULL) probe_note("no call", 0);
    else probe_note_call_v1(call);
    probe_note("error", error != NULL);
    probe_fail(error, "quiesce fails");
    return probe_answer(GANTRY_OK);
}

static void drive_lifecycle_quiesce(const gantry_lifecycle_v1 *table, void *object, const gantry_call_v1 *call) {
    (void)call;
    uint8_t error_room[64] = {0};
    gantry_error_v1 error = {0, sizeof error_room, 0, 0, error_room};
    int32_t answered = table->quiesce(object, call, probe_is_sparse() ? NULL : &error);
    probe_note("answers", (uint64_t)(int64_t)answered);
    probe_note("code", (uint64_t)(int64_t)error.code);
    probe_note_text("error", (gantry_str_v1){error_room, error.message_size});
}

static int32_t fake_lifecycle_stop(void *instance, const gantry_call_v1 *call, gantry_error_v1 *error) {
    probe_begin("gantry.module.lifecycle.stop");
    probe_note("instance", instance != NULL);
    if (call == NULL) probe_note("no call", 0);
    else probe_note_call_v1(call);
    probe_note("error", error != NULL);
    probe_fail(error, "stop fails");
    return probe_answer(GANTRY_OK);
}

static void drive_lifecycle_stop(const gantry_lifecycle_v1 *table, void *object, const gantry_call_v1 *call) {
    (void)call;
    uint8_t error_room[64] = {0};
    gantry_error_v1 error = {0, sizeof error_room, 0, 0, error_room};
    int32_t answered = table->stop(object, call, probe_is_sparse() ? NULL : &error);
    probe_note("answers", (uint64_t)(int64_t)answered);
    probe_note("code", (uint64_t)(int64_t)error.code);
    probe_note_text("error", (gantry_str_v1){error_room, error.message_size});
}

const gantry_lifecycle_v1 probe_lifecycle_fake = {.start = fake_lifecycle_start, .quiesce = fake_lifecycle_quiesce,
    .stop = fake_lifecycle_stop, .describe = probe_describe, .create = probe_create, .destroy = probe_destroy};

void probe_drive_lifecycle(const void *table, void *object, const gantry_call_v1 *call) {
    const gantry_lifecycle_v1 *functions = table;
    drive_lifecycle_start(functions, object, call);
    drive_lifecycle_quiesce(functions, object, call);
    drive_lifecycle_stop(functions, object, call);
}
