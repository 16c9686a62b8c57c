/* gantry.module.state.
 * Written by PluginAPI/Generator/generate.py --write; never edit it by hand. */
#include "../probe.h"
#include "values.h"

static int32_t fake_state_export_state(void *instance, const gantry_call_v1 *call, gantry_state_fn_v1 take,
                                       void *context, gantry_error_v1 *error) {
    probe_begin("gantry.module.state.export_state");
    probe_note("instance", instance != NULL);
    if (call == NULL) probe_note("no call", 0);
    else probe_note_call_v1(call);
    probe_note("take", take != NULL);
    if (take != NULL) {
        uint32_t version_given;
        version_given = (uint32_t)probe_number();
        gantry_str_v1 state_given;
        state_given = probe_text();
        probe_note("take answers", (uint64_t)(int64_t)take(context, version_given, state_given));
    }
    probe_note("error", error != NULL);
    probe_fail(error, "export_state fails");
    return probe_answer(GANTRY_OK);
}

static void drive_state_export_state(const gantry_state_v1 *table, void *object, const gantry_call_v1 *call) {
    (void)call;
    static const uint32_t context_number = 34;
    uint8_t error_room[64] = {0};
    gantry_error_v1 error = {0, sizeof error_room, 0, 0, error_room};
    int32_t answered = table->export_state(object, call, probe_is_sparse() ? NULL : driver_state_fn_v1,
                                           (void *)(uintptr_t)&context_number, probe_is_sparse() ? NULL : &error);
    probe_note("answers", (uint64_t)(int64_t)answered);
    probe_note("code", (uint64_t)(int64_t)error.code);
    probe_note_text("error", (gantry_str_v1){error_room, error.message_size});
}

static int32_t fake_state_import_state(void *instance, const gantry_call_v1 *call, uint32_t version,
                                       gantry_str_v1 state, gantry_error_v1 *error) {
    probe_begin("gantry.module.state.import_state");
    probe_note("instance", instance != NULL);
    if (call == NULL) probe_note("no call", 0);
    else probe_note_call_v1(call);
    probe_note("version", (uint64_t)(int64_t)version);
    probe_note_text("state", *(&state));
    probe_note("error", error != NULL);
    probe_fail(error, "import_state fails");
    return probe_answer(GANTRY_OK);
}

static void drive_state_import_state(const gantry_state_v1 *table, void *object, const gantry_call_v1 *call) {
    (void)call;
    uint32_t version;
    version = (uint32_t)probe_number();
    gantry_str_v1 state;
    state = probe_text();
    uint8_t error_room[64] = {0};
    gantry_error_v1 error = {0, sizeof error_room, 0, 0, error_room};
    int32_t answered = table->import_state(object, call, version, state, probe_is_sparse() ? NULL : &error);
    probe_note("answers", (uint64_t)(int64_t)answered);
    probe_note("code", (uint64_t)(int64_t)error.code);
    probe_note_text("error", (gantry_str_v1){error_room, error.message_size});
}

const gantry_state_v1 probe_state_fake = {.export_state = fake_state_export_state,
    .import_state = fake_state_import_state};

void probe_drive_state(const void *table, void *object, const gantry_call_v1 *call) {
    const gantry_state_v1 *functions = table;
    drive_state_export_state(functions, object, call);
    drive_state_import_state(functions, object, call);
}
