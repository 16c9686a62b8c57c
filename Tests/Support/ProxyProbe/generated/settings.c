/* gantry.settings.
 * Written by PluginAPI/Generator/generate.py --write; never edit it by hand. */
#include "../probe.h"
#include "values.h"

static int32_t fake_settings_configuration(const gantry_call_v1 *call, gantry_bytes_fn_v1 on_value, void *context) {
    probe_begin("gantry.settings.configuration");
    if (call == NULL) probe_note("no call", 0);
    else probe_note_call_v1(call);
    probe_note("on_value", on_value != NULL);
    if (on_value != NULL) {
        gantry_str_v1 bytes_given;
        bytes_given = probe_text();
        probe_note("on_value answers", (uint64_t)(int64_t)on_value(context, bytes_given));
    }
    return probe_answer(GANTRY_OK);
}

static void drive_settings_configuration(const gantry_settings_v1 *table, void *object, const gantry_call_v1 *call) {
    (void)object;
    static const uint32_t context_number = 30;
    int32_t answered = table->configuration(call, probe_is_sparse() ? NULL : driver_bytes_fn_v1,
                                            (void *)(uintptr_t)&context_number);
    probe_note("answers", (uint64_t)(int64_t)answered);
}

static int32_t fake_settings_secret(const gantry_call_v1 *call, gantry_str_v1 name, gantry_bytes_fn_v1 on_value,
                                    void *context) {
    probe_begin("gantry.settings.secret");
    if (call == NULL) probe_note("no call", 0);
    else probe_note_call_v1(call);
    probe_note_text("name", *(&name));
    probe_note("on_value", on_value != NULL);
    if (on_value != NULL) {
        gantry_str_v1 bytes_given;
        bytes_given = probe_text();
        probe_note("on_value answers", (uint64_t)(int64_t)on_value(context, bytes_given));
    }
    return probe_answer(GANTRY_OK);
}

static void drive_settings_secret(const gantry_settings_v1 *table, void *object, const gantry_call_v1 *call) {
    (void)object;
    gantry_str_v1 name;
    name = probe_text();
    static const uint32_t context_number = 24;
    int32_t answered = table->secret(call, name, probe_is_sparse() ? NULL : driver_bytes_fn_v1,
                                     (void *)(uintptr_t)&context_number);
    probe_note("answers", (uint64_t)(int64_t)answered);
}

const gantry_settings_v1 probe_settings_fake = {.configuration = fake_settings_configuration,
    .secret = fake_settings_secret};

void probe_drive_settings(const void *table, void *object, const gantry_call_v1 *call) {
    const gantry_settings_v1 *functions = table;
    drive_settings_configuration(functions, object, call);
    drive_settings_secret(functions, object, call);
}
