/* gantry.websocket.
 * Written by PluginAPI/Generator/generate.py --write; never edit it by hand. */
#include "../probe.h"
#include "values.h"

static int32_t fake_websocket_accept(const gantry_call_v1 *call, gantry_str_v1 protocol, gantry_socket_fn_v1 on_event,
                                     void *context, uint64_t *out_socket) {
    probe_begin("gantry.websocket.accept");
    if (call == NULL) probe_note("no call", 0);
    else probe_note_call_v1(call);
    probe_note_text("protocol", *(&protocol));
    probe_note("on_event", on_event != NULL);
    if (on_event != NULL) {
        uint32_t code_given;
        code_given = (uint32_t)probe_number();
        gantry_str_v1 data_given;
        data_given = probe_text();
        probe_note("on_event answers", (uint64_t)(int64_t)on_event(context, GANTRY_SOCKET_BINARY, code_given,
                   data_given));
    }
    if (on_event != NULL) on_event(context, GANTRY_SOCKET_CLOSED, 1000, probe_text());
    probe_note("out_socket", out_socket != NULL);
    if (out_socket != NULL && probe_succeeds()) *out_socket = (uint64_t)probe_number();
    return probe_answer(GANTRY_OK);
}

static void drive_websocket_accept(const gantry_websocket_v1 *table, void *object, const gantry_call_v1 *call) {
    (void)object;
    gantry_str_v1 protocol;
    protocol = probe_text();
    static const uint32_t context_number = 25;
    uint64_t out_socket = {0};
    int32_t answered = table->accept(call, protocol, probe_is_sparse() ? NULL : driver_socket_fn_v1,
                                     (void *)(uintptr_t)&context_number, probe_is_sparse() ? NULL : &out_socket);
    probe_note("answers", (uint64_t)(int64_t)answered);
    probe_note("out_socket", (uint64_t)(int64_t)out_socket);
}

static int32_t fake_websocket_resume(const gantry_call_v1 *call, uint64_t socket) {
    probe_begin("gantry.websocket.resume");
    if (call == NULL) probe_note("no call", 0);
    else probe_note_call_v1(call);
    probe_note("socket", (uint64_t)(int64_t)socket);
    return probe_answer(GANTRY_OK);
}

static void drive_websocket_resume(const gantry_websocket_v1 *table, void *object, const gantry_call_v1 *call) {
    (void)object;
    uint64_t socket;
    socket = (uint64_t)probe_number();
    int32_t answered = table->resume(call, socket);
    probe_note("answers", (uint64_t)(int64_t)answered);
}

static int32_t fake_websocket_send(const gantry_call_v1 *call, uint64_t socket, uint32_t kind, gantry_str_v1 data) {
    probe_begin("gantry.websocket.send");
    if (call == NULL) probe_note("no call", 0);
    else probe_note_call_v1(call);
    probe_note("socket", (uint64_t)(int64_t)socket);
    probe_note("kind", (uint64_t)(int64_t)kind);
    probe_note_text("data", *(&data));
    return probe_answer(GANTRY_OK);
}

static void drive_websocket_send(const gantry_websocket_v1 *table, void *object, const gantry_call_v1 *call) {
    (void)object;
    uint64_t socket;
    socket = (uint64_t)probe_number();
    uint32_t kind;
    kind = (uint32_t)probe_number();
    gantry_str_v1 data;
    data = probe_text();
    int32_t answered = table->send(call, socket, kind, data);
    probe_note("answers", (uint64_t)(int64_t)answered);
}

static int32_t fake_websocket_close(const gantry_call_v1 *call, uint64_t socket, uint32_t code, gantry_str_v1 reason) {
    probe_begin("gantry.websocket.close");
    if (call == NULL) probe_note("no call", 0);
    else probe_note_call_v1(call);
    probe_note("socket", (uint64_t)(int64_t)socket);
    probe_note("code", (uint64_t)(int64_t)code);
    probe_note_text("reason", *(&reason));
    return probe_answer(GANTRY_OK);
}

static void drive_websocket_close(const gantry_websocket_v1 *table, void *object, const gantry_call_v1 *call) {
    (void)object;
    uint64_t socket;
    socket = (uint64_t)probe_number();
    uint32_t code;
    code = (uint32_t)probe_number();
    gantry_str_v1 reason;
    reason = probe_text();
    int32_t answered = table->close(call, socket, code, reason);
    probe_note("answers", (uint64_t)(int64_t)answered);
}

const gantry_websocket_v1 probe_websocket_fake = {.accept = fake_websocket_accept, .resume = fake_websocket_resume,
    .send = fake_websocket_send, .close = fake_websocket_close};

void probe_drive_websocket(const void *table, void *object, const gantry_call_v1 *call) {
    const gantry_websocket_v1 *functions = table;
    drive_websocket_accept(functions, object, call);
    drive_websocket_resume(functions, object, call);
    drive_websocket_send(functions, object, call);
    drive_websocket_close(functions, object, call);
}
