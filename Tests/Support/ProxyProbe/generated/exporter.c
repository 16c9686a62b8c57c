/* gantry.module.services.
 * Written by PluginAPI/Generator/generate.py --write; never edit it by hand. */
#include "../probe.h"
#include "values.h"

static int32_t fake_exporter_call(void *instance, const gantry_call_v1 *call, gantry_str_v1 signature,
                                  const gantry_value_v1 *arguments, uint64_t argument_count,
                                  gantry_service_result_fn_v1 on_result, void *result_context, gantry_error_v1 *error) {
    probe_begin("gantry.module.services.call");
    probe_note("instance", instance != NULL);
    if (call == NULL) probe_note("no call", 0);
    else probe_note_call_v1(call);
    probe_note_text("signature", *(&signature));
    probe_note("argument_count", argument_count);
    for (uint64_t index = 0; arguments != NULL && index < argument_count; index++)
        probe_note_value_v1(arguments + index);
    probe_note("on_result", on_result != NULL);
    if (on_result != NULL) {
        gantry_value_v1 result_given;
        probe_make_value_v1(&result_given);
        probe_note("on_result answers", (uint64_t)(int64_t)on_result(result_context,
                   probe_is_sparse() ? NULL : &result_given));
    }
    probe_note("error", error != NULL);
    probe_fail(error, "call fails");
    return probe_answer(GANTRY_OK);
}

static void drive_exporter_call(const gantry_exporter_v1 *table, void *object, const gantry_call_v1 *call) {
    (void)call;
    gantry_str_v1 signature;
    signature = probe_text();
    gantry_value_v1 arguments[2];
    probe_make_value_v1(&arguments[0]);
    probe_make_value_v1(&arguments[1]);
    static const uint32_t result_context_number = 32;
    uint8_t error_room[64] = {0};
    gantry_error_v1 error = {0, sizeof error_room, 0, 0, error_room};
    int32_t answered = table->call(object, call, signature, probe_is_sparse() ? NULL : arguments,
                                   probe_is_sparse() ? 0 : 2, probe_is_sparse() ? NULL : driver_service_result_fn_v1,
                                   (void *)(uintptr_t)&result_context_number, probe_is_sparse() ? NULL : &error);
    probe_note("answers", (uint64_t)(int64_t)answered);
    probe_note("code", (uint64_t)(int64_t)error.code);
    probe_note_text("error", (gantry_str_v1){error_room, error.message_size});
}

const gantry_exporter_v1 probe_exporter_fake = {.call = fake_exporter_call, .function = probe_function};

void probe_drive_exporter(const void *table, void *object, const gantry_call_v1 *call) {
    const gantry_exporter_v1 *functions = table;
    drive_exporter_call(functions, object, call);
}
