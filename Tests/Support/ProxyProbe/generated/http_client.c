/* gantry.http_client.
 * Written by PluginAPI/Generator/generate.py --write; never edit it by hand. */
#include "../probe.h"
#include "values.h"

static int32_t fake_http_client_perform(const gantry_call_v1 *call, const gantry_outbound_request_v1 *request,
                                        gantry_outbound_fn_v1 on_response, void *context, gantry_error_v1 *error) {
    probe_begin("gantry.http_client.perform");
    if (call == NULL) probe_note("no call", 0);
    else probe_note_call_v1(call);
    if (request == NULL) probe_note("no request", 0);
    else probe_note_outbound_request_v1(request);
    probe_note("on_response", on_response != NULL);
    if (on_response != NULL) {
        int32_t status_given;
        status_given = (int32_t)probe_number();
        gantry_outbound_response_v1 response_given;
        probe_make_outbound_response_v1(&response_given);
        gantry_error_v1 error_given;
        probe_make_error_v1(&error_given);
        probe_note("on_response answers", (uint64_t)(int64_t)on_response(context, status_given,
                   probe_is_sparse() ? NULL : &response_given, probe_is_sparse() ? NULL : &error_given));
    }
    probe_note("error", error != NULL);
    probe_fail(error, "perform fails");
    return probe_answer(GANTRY_OK);
}

static void drive_http_client_perform(const gantry_http_client_v1 *table, void *object, const gantry_call_v1 *call) {
    (void)object;
    gantry_outbound_request_v1 request;
    probe_make_outbound_request_v1(&request);
    static const uint32_t context_number = 28;
    uint8_t error_room[64] = {0};
    gantry_error_v1 error = {0, sizeof error_room, 0, 0, error_room};
    int32_t answered = table->perform(call, probe_is_sparse() ? NULL : &request,
                                      probe_is_sparse() ? NULL : driver_outbound_fn_v1,
                                      (void *)(uintptr_t)&context_number, probe_is_sparse() ? NULL : &error);
    probe_note("answers", (uint64_t)(int64_t)answered);
    probe_note("code", (uint64_t)(int64_t)error.code);
    probe_note_text("error", (gantry_str_v1){error_room, error.message_size});
}

static int32_t fake_http_client_submit(const gantry_call_v1 *call, const gantry_outbound_request_v1 *request,
                                       gantry_outbound_fn_v1 on_response, void *context, uint64_t *out_exchange,
                                       gantry_error_v1 *error) {
    probe_begin("gantry.http_client.submit");
    if (call == NULL) probe_note("no call", 0);
    else probe_note_call_v1(call);
    if (request == NULL) probe_note("no request", 0);
    else probe_note_outbound_request_v1(request);
    probe_note("on_response", on_response != NULL);
    if (on_response != NULL) {
        int32_t status_given;
        status_given = (int32_t)probe_number();
        gantry_outbound_response_v1 response_given;
        probe_make_outbound_response_v1(&response_given);
        gantry_error_v1 error_given;
        probe_make_error_v1(&error_given);
        probe_note("on_response answers", (uint64_t)(int64_t)on_response(context, status_given,
                   probe_is_sparse() ? NULL : &response_given, probe_is_sparse() ? NULL : &error_given));
    }
    probe_note("out_exchange", out_exchange != NULL);
    probe_note("error", error != NULL);
    if (out_exchange != NULL && probe_succeeds()) *out_exchange = (uint64_t)probe_number();
    probe_fail(error, "submit fails");
    return probe_answer(GANTRY_PENDING);
}

static void drive_http_client_submit(const gantry_http_client_v1 *table, void *object, const gantry_call_v1 *call) {
    (void)object;
    gantry_outbound_request_v1 request;
    probe_make_outbound_request_v1(&request);
    static const uint32_t context_number = 27;
    uint64_t out_exchange = {0};
    uint8_t error_room[64] = {0};
    gantry_error_v1 error = {0, sizeof error_room, 0, 0, error_room};
    int32_t answered = table->submit(call, probe_is_sparse() ? NULL : &request,
                                     probe_is_sparse() ? NULL : driver_outbound_fn_v1,
                                     (void *)(uintptr_t)&context_number, probe_is_sparse() ? NULL : &out_exchange,
                                     probe_is_sparse() ? NULL : &error);
    probe_note("answers", (uint64_t)(int64_t)answered);
    probe_note("out_exchange", (uint64_t)(int64_t)out_exchange);
    probe_note("code", (uint64_t)(int64_t)error.code);
    probe_note_text("error", (gantry_str_v1){error_room, error.message_size});
}

static int32_t fake_http_client_stream(const gantry_call_v1 *call, const gantry_outbound_request_v1 *request,
                                       gantry_bytes_fn_v1 on_chunk, void *chunk_context,
                                       gantry_outbound_fn_v1 on_response, void *context, uint64_t *out_exchange,
                                       gantry_error_v1 *error) {
    probe_begin("gantry.http_client.stream");
    if (call == NULL) probe_note("no call", 0);
    else probe_note_call_v1(call);
    if (request == NULL) probe_note("no request", 0);
    else probe_note_outbound_request_v1(request);
    probe_note("on_chunk", on_chunk != NULL);
    if (on_chunk != NULL) {
        gantry_str_v1 bytes_given;
        bytes_given = probe_text();
        probe_note("on_chunk answers", (uint64_t)(int64_t)on_chunk(chunk_context, bytes_given));
    }
    probe_note("on_response", on_response != NULL);
    if (on_response != NULL) {
        int32_t status_given;
        status_given = (int32_t)probe_number();
        gantry_outbound_response_v1 response_given;
        probe_make_outbound_response_v1(&response_given);
        gantry_error_v1 error_given;
        probe_make_error_v1(&error_given);
        probe_note("on_response answers", (uint64_t)(int64_t)on_response(context, status_given,
                   probe_is_sparse() ? NULL : &response_given, probe_is_sparse() ? NULL : &error_given));
    }
    probe_note("out_exchange", out_exchange != NULL);
    probe_note("error", error != NULL);
    if (out_exchange != NULL && probe_succeeds()) *out_exchange = (uint64_t)probe_number();
    probe_fail(error, "stream fails");
    return probe_answer(GANTRY_PENDING);
}

static void drive_http_client_stream(const gantry_http_client_v1 *table, void *object, const gantry_call_v1 *call) {
    (void)object;
    gantry_outbound_request_v1 request;
    probe_make_outbound_request_v1(&request);
    static const uint32_t chunk_context_number = 27;
    static const uint32_t context_number = 29;
    uint64_t out_exchange = {0};
    uint8_t error_room[64] = {0};
    gantry_error_v1 error = {0, sizeof error_room, 0, 0, error_room};
    int32_t answered = table->stream(call, probe_is_sparse() ? NULL : &request,
                                     probe_is_sparse() ? NULL : driver_bytes_fn_v1,
                                     (void *)(uintptr_t)&chunk_context_number,
                                     probe_is_sparse() ? NULL : driver_outbound_fn_v1,
                                     (void *)(uintptr_t)&context_number, probe_is_sparse() ? NULL : &out_exchange,
                                     probe_is_sparse() ? NULL : &error);
    probe_note("answers", (uint64_t)(int64_t)answered);
    probe_note("out_exchange", (uint64_t)(int64_t)out_exchange);
    probe_note("code", (uint64_t)(int64_t)error.code);
    probe_note_text("error", (gantry_str_v1){error_room, error.message_size});
}

static int32_t fake_http_client_resume(const gantry_call_v1 *call, uint64_t exchange) {
    probe_begin("gantry.http_client.resume");
    if (call == NULL) probe_note("no call", 0);
    else probe_note_call_v1(call);
    probe_note("exchange", (uint64_t)(int64_t)exchange);
    return probe_answer(GANTRY_OK);
}

static void drive_http_client_resume(const gantry_http_client_v1 *table, void *object, const gantry_call_v1 *call) {
    (void)object;
    uint64_t exchange;
    exchange = (uint64_t)probe_number();
    int32_t answered = table->resume(call, exchange);
    probe_note("answers", (uint64_t)(int64_t)answered);
}

static int32_t fake_http_client_cancel(const gantry_call_v1 *call, uint64_t exchange) {
    probe_begin("gantry.http_client.cancel");
    if (call == NULL) probe_note("no call", 0);
    else probe_note_call_v1(call);
    probe_note("exchange", (uint64_t)(int64_t)exchange);
    return probe_answer(GANTRY_OK);
}

static void drive_http_client_cancel(const gantry_http_client_v1 *table, void *object, const gantry_call_v1 *call) {
    (void)object;
    uint64_t exchange;
    exchange = (uint64_t)probe_number();
    int32_t answered = table->cancel(call, exchange);
    probe_note("answers", (uint64_t)(int64_t)answered);
}

const gantry_http_client_v1 probe_http_client_fake = {.perform = fake_http_client_perform,
    .submit = fake_http_client_submit, .stream = fake_http_client_stream, .resume = fake_http_client_resume,
    .cancel = fake_http_client_cancel};

void probe_drive_http_client(const void *table, void *object, const gantry_call_v1 *call) {
    const gantry_http_client_v1 *functions = table;
    drive_http_client_perform(functions, object, call);
    drive_http_client_submit(functions, object, call);
    drive_http_client_stream(functions, object, call);
    drive_http_client_resume(functions, object, call);
    drive_http_client_cancel(functions, object, call);
}
