/* gantry.response.
 * Written by PluginAPI/Generator/generate.py --write; never edit it by hand. */
#include "../probe.h"
#include "values.h"

static int32_t fake_response_send(const gantry_call_v1 *call, uint32_t http_status, gantry_str_v1 content_type,
                                  const gantry_field_v1 *headers, uint64_t header_count, gantry_str_v1 body) {
    probe_begin("gantry.response.send");
    if (call == NULL) probe_note("no call", 0);
    else probe_note_call_v1(call);
    probe_note("http_status", (uint64_t)(int64_t)http_status);
    probe_note_text("content_type", *(&content_type));
    probe_note("header_count", header_count);
    for (uint64_t index = 0; headers != NULL && index < header_count; index++)
        probe_note_field_v1(headers + index);
    probe_note_text("body", *(&body));
    return probe_answer(GANTRY_OK);
}

static void drive_response_send(const gantry_response_v1 *table, void *object, const gantry_call_v1 *call) {
    (void)object;
    uint32_t http_status;
    http_status = (uint32_t)probe_number();
    gantry_str_v1 content_type;
    content_type = probe_text();
    gantry_field_v1 headers[2];
    probe_make_field_v1(&headers[0]);
    probe_make_field_v1(&headers[1]);
    gantry_str_v1 body;
    body = probe_text();
    int32_t answered = table->send(call, http_status, content_type, probe_is_sparse() ? NULL : headers,
                                   probe_is_sparse() ? 0 : 2, body);
    probe_note("answers", (uint64_t)(int64_t)answered);
}

static int32_t fake_response_fail(const gantry_call_v1 *call, uint32_t http_status, gantry_str_v1 reason,
                                  gantry_str_v1 message, gantry_str_v1 details) {
    probe_begin("gantry.response.fail");
    if (call == NULL) probe_note("no call", 0);
    else probe_note_call_v1(call);
    probe_note("http_status", (uint64_t)(int64_t)http_status);
    probe_note_text("reason", *(&reason));
    probe_note_text("message", *(&message));
    probe_note_text("details", *(&details));
    return probe_answer(GANTRY_OK);
}

static void drive_response_fail(const gantry_response_v1 *table, void *object, const gantry_call_v1 *call) {
    (void)object;
    uint32_t http_status;
    http_status = (uint32_t)probe_number();
    gantry_str_v1 reason;
    reason = probe_text();
    gantry_str_v1 message;
    message = probe_text();
    gantry_str_v1 details;
    details = probe_text();
    int32_t answered = table->fail(call, http_status, reason, message, details);
    probe_note("answers", (uint64_t)(int64_t)answered);
}

static int32_t fake_response_refuse(const gantry_call_v1 *call, const gantry_finding_v1 *findings,
                                    uint64_t finding_count) {
    probe_begin("gantry.response.refuse");
    if (call == NULL) probe_note("no call", 0);
    else probe_note_call_v1(call);
    probe_note("finding_count", finding_count);
    for (uint64_t index = 0; findings != NULL && index < finding_count; index++)
        probe_note_finding_v1(findings + index);
    return probe_answer(GANTRY_OK);
}

static void drive_response_refuse(const gantry_response_v1 *table, void *object, const gantry_call_v1 *call) {
    (void)object;
    gantry_finding_v1 findings[2];
    probe_make_finding_v1(&findings[0]);
    probe_make_finding_v1(&findings[1]);
    int32_t answered = table->refuse(call, probe_is_sparse() ? NULL : findings, probe_is_sparse() ? 0 : 2);
    probe_note("answers", (uint64_t)(int64_t)answered);
}

const gantry_response_v1 probe_response_fake = {.send = fake_response_send, .fail = fake_response_fail,
    .refuse = fake_response_refuse};

void probe_drive_response(const void *table, void *object, const gantry_call_v1 *call) {
    const gantry_response_v1 *functions = table;
    drive_response_send(functions, object, call);
    drive_response_fail(functions, object, call);
    drive_response_refuse(functions, object, call);
}
