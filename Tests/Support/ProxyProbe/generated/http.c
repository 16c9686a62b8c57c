/* gantry.module.http.
 * Written by PluginAPI/Generator/generate.py --write; never edit it by hand. */
#include "../probe.h"
#include "values.h"

static int32_t fake_http_handle(void *instance, const gantry_call_v1 *call, const gantry_request_v1 *request) {
    probe_begin("gantry.module.http.handle");
    probe_note("instance", instance != NULL);
    if (call == NULL) probe_note("no call", 0);
    else probe_note_call_v1(call);
    if (request == NULL) probe_note("no request", 0);
    else probe_note_request_v1(request);
    return probe_answer(GANTRY_OK);
}

static void drive_http_handle(const gantry_http_v1 *table, void *object, const gantry_call_v1 *call) {
    (void)call;
    gantry_request_v1 request;
    probe_make_request_v1(&request);
    int32_t answered = table->handle(object, call, probe_is_sparse() ? NULL : &request);
    probe_note("answers", (uint64_t)(int64_t)answered);
}

static int32_t fake_http_check(void *instance, const gantry_call_v1 *call, const gantry_request_v1 *request,
                               const gantry_finding_v1 *known, uint64_t known_count, gantry_finding_fn_v1 report,
                               void *context, gantry_error_v1 *error) {
    probe_begin("gantry.module.http.check");
    probe_note("instance", instance != NULL);
    if (call == NULL) probe_note("no call", 0);
    else probe_note_call_v1(call);
    if (request == NULL) probe_note("no request", 0);
    else probe_note_request_v1(request);
    probe_note("known_count", known_count);
    for (uint64_t index = 0; known != NULL && index < known_count; index++)
        probe_note_finding_v1(known + index);
    probe_note("report", report != NULL);
    if (report != NULL) {
        gantry_finding_v1 finding_given;
        probe_make_finding_v1(&finding_given);
        probe_note("report answers", (uint64_t)(int64_t)report(context, probe_is_sparse() ? NULL : &finding_given));
    }
    probe_note("error", error != NULL);
    probe_fail(error, "check fails");
    return probe_answer(GANTRY_OK);
}

static void drive_http_check(const gantry_http_v1 *table, void *object, const gantry_call_v1 *call) {
    (void)call;
    gantry_request_v1 request;
    probe_make_request_v1(&request);
    gantry_finding_v1 known[2];
    probe_make_finding_v1(&known[0]);
    probe_make_finding_v1(&known[1]);
    static const uint32_t context_number = 29;
    uint8_t error_room[64] = {0};
    gantry_error_v1 error = {0, sizeof error_room, 0, 0, error_room};
    int32_t answered = table->check(object, call, probe_is_sparse() ? NULL : &request,
                                    probe_is_sparse() ? NULL : known, probe_is_sparse() ? 0 : 2,
                                    probe_is_sparse() ? NULL : driver_finding_fn_v1,
                                    (void *)(uintptr_t)&context_number, probe_is_sparse() ? NULL : &error);
    probe_note("answers", (uint64_t)(int64_t)answered);
    probe_note("code", (uint64_t)(int64_t)error.code);
    probe_note_text("error", (gantry_str_v1){error_room, error.message_size});
}

const gantry_http_v1 probe_http_fake = {.handle = fake_http_handle, .check = fake_http_check};

void probe_drive_http(const void *table, void *object, const gantry_call_v1 *call) {
    const gantry_http_v1 *functions = table;
    drive_http_handle(functions, object, call);
    drive_http_check(functions, object, call);
}
