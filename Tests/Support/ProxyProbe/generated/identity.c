/* gantry.identity.
 * Written by PluginAPI/Generator/generate.py --write; never edit it by hand. */
#include "../probe.h"
#include "values.h"

static int32_t fake_identity_principal(const gantry_call_v1 *call, gantry_principal_fn_v1 on_principal, void *context) {
    probe_begin("gantry.identity.principal");
    if (call == NULL) probe_note("no call", 0);
    else probe_note_call_v1(call);
    probe_note("on_principal", on_principal != NULL);
    if (on_principal != NULL) {
        gantry_principal_v1 principal_given;
        probe_make_principal_v1(&principal_given);
        probe_note("on_principal answers", (uint64_t)(int64_t)on_principal(context,
                   probe_is_sparse() ? NULL : &principal_given));
    }
    return probe_answer(GANTRY_OK);
}

static void drive_identity_principal(const gantry_identity_v1 *table, void *object, const gantry_call_v1 *call) {
    (void)object;
    static const uint32_t context_number = 26;
    int32_t answered = table->principal(call, probe_is_sparse() ? NULL : driver_principal_fn_v1,
                                        (void *)(uintptr_t)&context_number);
    probe_note("answers", (uint64_t)(int64_t)answered);
}

static int32_t fake_identity_mint(const gantry_call_v1 *call, const gantry_token_order_v1 *order,
                                  gantry_token_fn_v1 on_token, void *context, gantry_error_v1 *error) {
    probe_begin("gantry.identity.mint");
    if (call == NULL) probe_note("no call", 0);
    else probe_note_call_v1(call);
    if (order == NULL) probe_note("no order", 0);
    else probe_note_token_order_v1(order);
    probe_note("on_token", on_token != NULL);
    if (on_token != NULL) {
        gantry_token_v1 token_given;
        probe_make_token_v1(&token_given);
        probe_note("on_token answers", (uint64_t)(int64_t)on_token(context, probe_is_sparse() ? NULL : &token_given));
    }
    probe_note("error", error != NULL);
    probe_fail(error, "mint fails");
    return probe_answer(GANTRY_OK);
}

static void drive_identity_mint(const gantry_identity_v1 *table, void *object, const gantry_call_v1 *call) {
    (void)object;
    gantry_token_order_v1 order;
    probe_make_token_order_v1(&order);
    static const uint32_t context_number = 22;
    uint8_t error_room[64] = {0};
    gantry_error_v1 error = {0, sizeof error_room, 0, 0, error_room};
    int32_t answered = table->mint(call, probe_is_sparse() ? NULL : &order,
                                   probe_is_sparse() ? NULL : driver_token_fn_v1, (void *)(uintptr_t)&context_number,
                                   probe_is_sparse() ? NULL : &error);
    probe_note("answers", (uint64_t)(int64_t)answered);
    probe_note("code", (uint64_t)(int64_t)error.code);
    probe_note_text("error", (gantry_str_v1){error_room, error.message_size});
}

static int32_t fake_identity_verify(const gantry_call_v1 *call, gantry_str_v1 text,
                                    gantry_principal_fn_v1 on_principal, void *context, gantry_error_v1 *error) {
    probe_begin("gantry.identity.verify");
    if (call == NULL) probe_note("no call", 0);
    else probe_note_call_v1(call);
    probe_note_text("text", *(&text));
    probe_note("on_principal", on_principal != NULL);
    if (on_principal != NULL) {
        gantry_principal_v1 principal_given;
        probe_make_principal_v1(&principal_given);
        probe_note("on_principal answers", (uint64_t)(int64_t)on_principal(context,
                   probe_is_sparse() ? NULL : &principal_given));
    }
    probe_note("error", error != NULL);
    probe_fail(error, "verify fails");
    return probe_answer(GANTRY_OK);
}

static void drive_identity_verify(const gantry_identity_v1 *table, void *object, const gantry_call_v1 *call) {
    (void)object;
    gantry_str_v1 text;
    text = probe_text();
    static const uint32_t context_number = 24;
    uint8_t error_room[64] = {0};
    gantry_error_v1 error = {0, sizeof error_room, 0, 0, error_room};
    int32_t answered = table->verify(call, text, probe_is_sparse() ? NULL : driver_principal_fn_v1,
                                     (void *)(uintptr_t)&context_number, probe_is_sparse() ? NULL : &error);
    probe_note("answers", (uint64_t)(int64_t)answered);
    probe_note("code", (uint64_t)(int64_t)error.code);
    probe_note_text("error", (gantry_str_v1){error_room, error.message_size});
}

static int32_t fake_identity_revoke(const gantry_call_v1 *call, gantry_str_v1 id, gantry_error_v1 *error) {
    probe_begin("gantry.identity.revoke");
    if (call == NULL) probe_note("no call", 0);
    else probe_note_call_v1(call);
    probe_note_text("id", *(&id));
    probe_note("error", error != NULL);
    probe_fail(error, "revoke fails");
    return probe_answer(GANTRY_OK);
}

static void drive_identity_revoke(const gantry_identity_v1 *table, void *object, const gantry_call_v1 *call) {
    (void)object;
    gantry_str_v1 id;
    id = probe_text();
    uint8_t error_room[64] = {0};
    gantry_error_v1 error = {0, sizeof error_room, 0, 0, error_room};
    int32_t answered = table->revoke(call, id, probe_is_sparse() ? NULL : &error);
    probe_note("answers", (uint64_t)(int64_t)answered);
    probe_note("code", (uint64_t)(int64_t)error.code);
    probe_note_text("error", (gantry_str_v1){error_room, error.message_size});
}

static int32_t fake_identity_revoke_subject(const gantry_call_v1 *call, gantry_str_v1 kind, gantry_str_v1 subject,
                                            uint64_t *out_count, gantry_error_v1 *error) {
    probe_begin("gantry.identity.revoke_subject");
    if (call == NULL) probe_note("no call", 0);
    else probe_note_call_v1(call);
    probe_note_text("kind", *(&kind));
    probe_note_text("subject", *(&subject));
    probe_note("out_count", out_count != NULL);
    probe_note("error", error != NULL);
    if (out_count != NULL && probe_succeeds()) *out_count = (uint64_t)probe_number();
    probe_fail(error, "revoke_subject fails");
    return probe_answer(GANTRY_OK);
}

static void drive_identity_revoke_subject(const gantry_identity_v1 *table, void *object, const gantry_call_v1 *call) {
    (void)object;
    gantry_str_v1 kind;
    kind = probe_text();
    gantry_str_v1 subject;
    subject = probe_text();
    uint64_t out_count = {0};
    uint8_t error_room[64] = {0};
    gantry_error_v1 error = {0, sizeof error_room, 0, 0, error_room};
    int32_t answered = table->revoke_subject(call, kind, subject, probe_is_sparse() ? NULL : &out_count,
                                             probe_is_sparse() ? NULL : &error);
    probe_note("answers", (uint64_t)(int64_t)answered);
    probe_note("out_count", (uint64_t)(int64_t)out_count);
    probe_note("code", (uint64_t)(int64_t)error.code);
    probe_note_text("error", (gantry_str_v1){error_room, error.message_size});
}

const gantry_identity_v1 probe_identity_fake = {.principal = fake_identity_principal, .mint = fake_identity_mint,
    .verify = fake_identity_verify, .revoke = fake_identity_revoke, .revoke_subject = fake_identity_revoke_subject};

void probe_drive_identity(const void *table, void *object, const gantry_call_v1 *call) {
    const gantry_identity_v1 *functions = table;
    drive_identity_principal(functions, object, call);
    drive_identity_mint(functions, object, call);
    drive_identity_verify(functions, object, call);
    drive_identity_revoke(functions, object, call);
    drive_identity_revoke_subject(functions, object, call);
}
