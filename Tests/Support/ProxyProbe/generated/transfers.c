/* gantry.transfers.
 * Written by PluginAPI/Generator/generate.py --write; never edit it by hand. */
#include "../probe.h"
#include "values.h"

static int32_t fake_transfers_announce(const gantry_call_v1 *call, const gantry_transfer_v1 *transfer,
                                       uint64_t seconds, gantry_bytes_fn_v1 on_address, void *context,
                                       gantry_error_v1 *error) {
    probe_begin("gantry.transfers.announce");
    if (call == NULL) probe_note("no call", 0);
    else probe_note_call_v1(call);
    if (transfer == NULL) probe_note("no transfer", 0);
    else probe_note_transfer_v1(transfer);
    probe_note("seconds", (uint64_t)(int64_t)seconds);
    probe_note("on_address", on_address != NULL);
    if (on_address != NULL) {
        gantry_str_v1 bytes_given;
        bytes_given = probe_text();
        probe_note("on_address answers", (uint64_t)(int64_t)on_address(context, bytes_given));
    }
    probe_note("error", error != NULL);
    probe_fail(error, "announce fails");
    return probe_answer(GANTRY_OK);
}

static void drive_transfers_announce(const gantry_transfers_v1 *table, void *object, const gantry_call_v1 *call) {
    (void)object;
    gantry_transfer_v1 transfer;
    probe_make_transfer_v1(&transfer);
    uint64_t seconds;
    seconds = (uint64_t)probe_number();
    static const uint32_t context_number = 28;
    uint8_t error_room[64] = {0};
    gantry_error_v1 error = {0, sizeof error_room, 0, 0, error_room};
    int32_t answered = table->announce(call, probe_is_sparse() ? NULL : &transfer, seconds,
                                       probe_is_sparse() ? NULL : driver_bytes_fn_v1,
                                       (void *)(uintptr_t)&context_number, probe_is_sparse() ? NULL : &error);
    probe_note("answers", (uint64_t)(int64_t)answered);
    probe_note("code", (uint64_t)(int64_t)error.code);
    probe_note_text("error", (gantry_str_v1){error_room, error.message_size});
}

static int32_t fake_transfers_complete(const gantry_call_v1 *call, gantry_str_v1 name, uint32_t *out_state,
                                       uint64_t *out_size, gantry_error_v1 *error) {
    probe_begin("gantry.transfers.complete");
    if (call == NULL) probe_note("no call", 0);
    else probe_note_call_v1(call);
    probe_note_text("name", *(&name));
    probe_note("out_state", out_state != NULL);
    probe_note("out_size", out_size != NULL);
    probe_note("error", error != NULL);
    if (out_state != NULL && probe_succeeds()) *out_state = (uint32_t)probe_number();
    if (out_size != NULL && probe_succeeds()) *out_size = 7;
    probe_fail(error, "complete fails");
    return probe_answer(GANTRY_OK);
}

static void drive_transfers_complete(const gantry_transfers_v1 *table, void *object, const gantry_call_v1 *call) {
    (void)object;
    gantry_str_v1 name;
    name = probe_text();
    uint32_t out_state = {0};
    uint64_t out_size = {0};
    uint8_t error_room[64] = {0};
    gantry_error_v1 error = {0, sizeof error_room, 0, 0, error_room};
    int32_t answered = table->complete(call, name, probe_is_sparse() ? NULL : &out_state,
                                       probe_is_sparse() ? NULL : &out_size, probe_is_sparse() ? NULL : &error);
    probe_note("answers", (uint64_t)(int64_t)answered);
    probe_note("out_state", (uint64_t)(int64_t)out_state);
    probe_note("out_size", (uint64_t)(int64_t)out_size);
    probe_note("code", (uint64_t)(int64_t)error.code);
    probe_note_text("error", (gantry_str_v1){error_room, error.message_size});
}

static int32_t fake_transfers_address(const gantry_call_v1 *call, gantry_str_v1 name, uint64_t seconds,
                                      gantry_bytes_fn_v1 on_address, void *context, gantry_error_v1 *error) {
    probe_begin("gantry.transfers.address");
    if (call == NULL) probe_note("no call", 0);
    else probe_note_call_v1(call);
    probe_note_text("name", *(&name));
    probe_note("seconds", (uint64_t)(int64_t)seconds);
    probe_note("on_address", on_address != NULL);
    if (on_address != NULL) {
        gantry_str_v1 bytes_given;
        bytes_given = probe_text();
        probe_note("on_address answers", (uint64_t)(int64_t)on_address(context, bytes_given));
    }
    probe_note("error", error != NULL);
    probe_fail(error, "address fails");
    return probe_answer(GANTRY_OK);
}

static void drive_transfers_address(const gantry_transfers_v1 *table, void *object, const gantry_call_v1 *call) {
    (void)object;
    gantry_str_v1 name;
    name = probe_text();
    uint64_t seconds;
    seconds = (uint64_t)probe_number();
    static const uint32_t context_number = 27;
    uint8_t error_room[64] = {0};
    gantry_error_v1 error = {0, sizeof error_room, 0, 0, error_room};
    int32_t answered = table->address(call, name, seconds, probe_is_sparse() ? NULL : driver_bytes_fn_v1,
                                      (void *)(uintptr_t)&context_number, probe_is_sparse() ? NULL : &error);
    probe_note("answers", (uint64_t)(int64_t)answered);
    probe_note("code", (uint64_t)(int64_t)error.code);
    probe_note_text("error", (gantry_str_v1){error_room, error.message_size});
}

static int32_t fake_transfers_withdraw(const gantry_call_v1 *call, gantry_str_v1 name, gantry_error_v1 *error) {
    probe_begin("gantry.transfers.withdraw");
    if (call == NULL) probe_note("no call", 0);
    else probe_note_call_v1(call);
    probe_note_text("name", *(&name));
    probe_note("error", error != NULL);
    probe_fail(error, "withdraw fails");
    return probe_answer(GANTRY_OK);
}

static void drive_transfers_withdraw(const gantry_transfers_v1 *table, void *object, const gantry_call_v1 *call) {
    (void)object;
    gantry_str_v1 name;
    name = probe_text();
    uint8_t error_room[64] = {0};
    gantry_error_v1 error = {0, sizeof error_room, 0, 0, error_room};
    int32_t answered = table->withdraw(call, name, probe_is_sparse() ? NULL : &error);
    probe_note("answers", (uint64_t)(int64_t)answered);
    probe_note("code", (uint64_t)(int64_t)error.code);
    probe_note_text("error", (gantry_str_v1){error_room, error.message_size});
}

static int32_t fake_transfers_erase(const gantry_call_v1 *call, gantry_str_v1 name, gantry_error_v1 *error) {
    probe_begin("gantry.transfers.erase");
    if (call == NULL) probe_note("no call", 0);
    else probe_note_call_v1(call);
    probe_note_text("name", *(&name));
    probe_note("error", error != NULL);
    probe_fail(error, "erase fails");
    return probe_answer(GANTRY_OK);
}

static void drive_transfers_erase(const gantry_transfers_v1 *table, void *object, const gantry_call_v1 *call) {
    (void)object;
    gantry_str_v1 name;
    name = probe_text();
    uint8_t error_room[64] = {0};
    gantry_error_v1 error = {0, sizeof error_room, 0, 0, error_room};
    int32_t answered = table->erase(call, name, probe_is_sparse() ? NULL : &error);
    probe_note("answers", (uint64_t)(int64_t)answered);
    probe_note("code", (uint64_t)(int64_t)error.code);
    probe_note_text("error", (gantry_str_v1){error_room, error.message_size});
}

const gantry_transfers_v1 probe_transfers_fake = {.announce = fake_transfers_announce,
    .complete = fake_transfers_complete, .address = fake_transfers_address, .withdraw = fake_transfers_withdraw,
    .erase = fake_transfers_erase};

void probe_drive_transfers(const void *table, void *object, const gantry_call_v1 *call) {
    const gantry_transfers_v1 *functions = table;
    drive_transfers_announce(functions, object, call);
    drive_transfers_complete(functions, object, call);
    drive_transfers_address(functions, object, call);
    drive_transfers_withdraw(functions, object, call);
    drive_transfers_erase(functions, object, call);
}
