/* gantry.directory.
 * Written by PluginAPI/Generator/generate.py --write; never edit it by hand. */
#include "../probe.h"
#include "values.h"

static int32_t fake_directory_issue_key(const gantry_call_v1 *call, const gantry_key_order_v1 *order,
                                        gantry_key_fn_v1 on_key, void *context, gantry_error_v1 *error) {
    probe_begin("gantry.directory.issue_key");
    if (call == NULL) probe_note("no call", 0);
    else probe_note_call_v1(call);
    if (order == NULL) probe_note("no order", 0);
    else probe_note_key_order_v1(order);
    probe_note("on_key", on_key != NULL);
    if (on_key != NULL) {
        gantry_key_v1 key_given;
        probe_make_key_v1(&key_given);
        probe_note("on_key answers", (uint64_t)(int64_t)on_key(context, probe_is_sparse() ? NULL : &key_given));
    }
    probe_note("error", error != NULL);
    probe_fail(error, "issue_key fails");
    return probe_answer(GANTRY_OK);
}

static void drive_directory_issue_key(const gantry_directory_v1 *table, void *object, const gantry_call_v1 *call) {
    (void)object;
    gantry_key_order_v1 order;
    probe_make_key_order_v1(&order);
    static const uint32_t context_number = 28;
    uint8_t error_room[64] = {0};
    gantry_error_v1 error = {0, sizeof error_room, 0, 0, error_room};
    int32_t answered = table->issue_key(call, probe_is_sparse() ? NULL : &order,
                                        probe_is_sparse() ? NULL : driver_key_fn_v1,
                                        (void *)(uintptr_t)&context_number, probe_is_sparse() ? NULL : &error);
    probe_note("answers", (uint64_t)(int64_t)answered);
    probe_note("code", (uint64_t)(int64_t)error.code);
    probe_note_text("error", (gantry_str_v1){error_room, error.message_size});
}

static int32_t fake_directory_keys(const gantry_call_v1 *call, gantry_key_fn_v1 on_key, void *context,
                                   gantry_error_v1 *error) {
    probe_begin("gantry.directory.keys");
    if (call == NULL) probe_note("no call", 0);
    else probe_note_call_v1(call);
    probe_note("on_key", on_key != NULL);
    if (on_key != NULL) {
        gantry_key_v1 key_given;
        probe_make_key_v1(&key_given);
        probe_note("on_key answers", (uint64_t)(int64_t)on_key(context, probe_is_sparse() ? NULL : &key_given));
    }
    probe_note("error", error != NULL);
    probe_fail(error, "keys fails");
    return probe_answer(GANTRY_OK);
}

static void drive_directory_keys(const gantry_directory_v1 *table, void *object, const gantry_call_v1 *call) {
    (void)object;
    static const uint32_t context_number = 22;
    uint8_t error_room[64] = {0};
    gantry_error_v1 error = {0, sizeof error_room, 0, 0, error_room};
    int32_t answered = table->keys(call, probe_is_sparse() ? NULL : driver_key_fn_v1,
                                   (void *)(uintptr_t)&context_number, probe_is_sparse() ? NULL : &error);
    probe_note("answers", (uint64_t)(int64_t)answered);
    probe_note("code", (uint64_t)(int64_t)error.code);
    probe_note_text("error", (gantry_str_v1){error_room, error.message_size});
}

static int32_t fake_directory_revoke_key(const gantry_call_v1 *call, gantry_str_v1 id, gantry_error_v1 *error) {
    probe_begin("gantry.directory.revoke_key");
    if (call == NULL) probe_note("no call", 0);
    else probe_note_call_v1(call);
    probe_note_text("id", *(&id));
    probe_note("error", error != NULL);
    probe_fail(error, "revoke_key fails");
    return probe_answer(GANTRY_OK);
}

static void drive_directory_revoke_key(const gantry_directory_v1 *table, void *object, const gantry_call_v1 *call) {
    (void)object;
    gantry_str_v1 id;
    id = probe_text();
    uint8_t error_room[64] = {0};
    gantry_error_v1 error = {0, sizeof error_room, 0, 0, error_room};
    int32_t answered = table->revoke_key(call, id, probe_is_sparse() ? NULL : &error);
    probe_note("answers", (uint64_t)(int64_t)answered);
    probe_note("code", (uint64_t)(int64_t)error.code);
    probe_note_text("error", (gantry_str_v1){error_room, error.message_size});
}

static int32_t fake_directory_organization(const gantry_call_v1 *call, gantry_organization_fn_v1 on_organization,
                                           void *context, gantry_error_v1 *error) {
    probe_begin("gantry.directory.organization");
    if (call == NULL) probe_note("no call", 0);
    else probe_note_call_v1(call);
    probe_note("on_organization", on_organization != NULL);
    if (on_organization != NULL) {
        gantry_organization_v1 organization_given;
        probe_make_organization_v1(&organization_given);
        probe_note("on_organization answers", (uint64_t)(int64_t)on_organization(context,
                   probe_is_sparse() ? NULL : &organization_given));
    }
    probe_note("error", error != NULL);
    probe_fail(error, "organization fails");
    return probe_answer(GANTRY_OK);
}

static void drive_directory_organization(const gantry_directory_v1 *table, void *object, const gantry_call_v1 *call) {
    (void)object;
    static const uint32_t context_number = 30;
    uint8_t error_room[64] = {0};
    gantry_error_v1 error = {0, sizeof error_room, 0, 0, error_room};
    int32_t answered = table->organization(call, probe_is_sparse() ? NULL : driver_organization_fn_v1,
                                           (void *)(uintptr_t)&context_number, probe_is_sparse() ? NULL : &error);
    probe_note("answers", (uint64_t)(int64_t)answered);
    probe_note("code", (uint64_t)(int64_t)error.code);
    probe_note_text("error", (gantry_str_v1){error_room, error.message_size});
}

static int32_t fake_directory_set_organization(const gantry_call_v1 *call, const gantry_organization_order_v1 *order,
                                               gantry_organization_fn_v1 on_organization, void *context,
                                               gantry_error_v1 *error) {
    probe_begin("gantry.directory.set_organization");
    if (call == NULL) probe_note("no call", 0);
    else probe_note_call_v1(call);
    if (order == NULL) probe_note("no order", 0);
    else probe_note_organization_order_v1(order);
    probe_note("on_organization", on_organization != NULL);
    if (on_organization != NULL) {
        gantry_organization_v1 organization_given;
        probe_make_organization_v1(&organization_given);
        probe_note("on_organization answers", (uint64_t)(int64_t)on_organization(context,
                   probe_is_sparse() ? NULL : &organization_given));
    }
    probe_note("error", error != NULL);
    probe_fail(error, "set_organization fails");
    return probe_answer(GANTRY_OK);
}

static void drive_directory_set_organization(const gantry_directory_v1 *table, void *object,
                                             const gantry_call_v1 *call) {
    (void)object;
    gantry_organization_order_v1 order;
    probe_make_organization_order_v1(&order);
    static const uint32_t context_number = 35;
    uint8_t error_room[64] = {0};
    gantry_error_v1 error = {0, sizeof error_room, 0, 0, error_room};
    int32_t answered = table->set_organization(call, probe_is_sparse() ? NULL : &order,
                                               probe_is_sparse() ? NULL : driver_organization_fn_v1,
                                               (void *)(uintptr_t)&context_number, probe_is_sparse() ? NULL : &error);
    probe_note("answers", (uint64_t)(int64_t)answered);
    probe_note("code", (uint64_t)(int64_t)error.code);
    probe_note_text("error", (gantry_str_v1){error_room, error.message_size});
}

static int32_t fake_directory_members(const gantry_call_v1 *call, gantry_member_fn_v1 on_member, void *context,
                                      gantry_error_v1 *error) {
    probe_begin("gantry.directory.members");
    if (call == NULL) probe_note("no call", 0);
    else probe_note_call_v1(call);
    probe_note("on_member", on_member != NULL);
    if (on_member != NULL) {
        gantry_member_v1 member_given;
        probe_make_member_v1(&member_given);
        probe_note("on_member answers", (uint64_t)(int64_t)on_member(context,
                   probe_is_sparse() ? NULL : &member_given));
    }
    probe_note("error", error != NULL);
    probe_fail(error, "members fails");
    return probe_answer(GANTRY_OK);
}

static void drive_directory_members(const gantry_directory_v1 *table, void *object, const gantry_call_v1 *call) {
    (void)object;
    static const uint32_t context_number = 25;
    uint8_t error_room[64] = {0};
    gantry_error_v1 error = {0, sizeof error_room, 0, 0, error_room};
    int32_t answered = table->members(call, probe_is_sparse() ? NULL : driver_member_fn_v1,
                                      (void *)(uintptr_t)&context_number, probe_is_sparse() ? NULL : &error);
    probe_note("answers", (uint64_t)(int64_t)answered);
    probe_note("code", (uint64_t)(int64_t)error.code);
    probe_note_text("error", (gantry_str_v1){error_room, error.message_size});
}

static int32_t fake_directory_member(const gantry_call_v1 *call, gantry_str_v1 user, gantry_member_fn_v1 on_member,
                                     void *context, gantry_error_v1 *error) {
    probe_begin("gantry.directory.member");
    if (call == NULL) probe_note("no call", 0);
    else probe_note_call_v1(call);
    probe_note_text("user", *(&user));
    probe_note("on_member", on_member != NULL);
    if (on_member != NULL) {
        gantry_member_v1 member_given;
        probe_make_member_v1(&member_given);
        probe_note("on_member answers", (uint64_t)(int64_t)on_member(context,
                   probe_is_sparse() ? NULL : &member_given));
    }
    probe_note("error", error != NULL);
    probe_fail(error, "member fails");
    return probe_answer(GANTRY_OK);
}

static void drive_directory_member(const gantry_directory_v1 *table, void *object, const gantry_call_v1 *call) {
    (void)object;
    gantry_str_v1 user;
    user = probe_text();
    static const uint32_t context_number = 25;
    uint8_t error_room[64] = {0};
    gantry_error_v1 error = {0, sizeof error_room, 0, 0, error_room};
    int32_t answered = table->member(call, user, probe_is_sparse() ? NULL : driver_member_fn_v1,
                                     (void *)(uintptr_t)&context_number, probe_is_sparse() ? NULL : &error);
    probe_note("answers", (uint64_t)(int64_t)answered);
    probe_note("code", (uint64_t)(int64_t)error.code);
    probe_note_text("error", (gantry_str_v1){error_room, error.message_size});
}

static int32_t fake_directory_remove_member(const gantry_call_v1 *call, gantry_str_v1 user, gantry_error_v1 *error) {
    probe_begin("gantry.directory.remove_member");
    if (call == NULL) probe_note("no call", 0);
    else probe_note_call_v1(call);
    probe_note_text("user", *(&user));
    probe_note("error", error != NULL);
    probe_fail(error, "remove_member fails");
    return probe_answer(GANTRY_OK);
}

static void drive_directory_remove_member(const gantry_directory_v1 *table, void *object, const gantry_call_v1 *call) {
    (void)object;
    gantry_str_v1 user;
    user = probe_text();
    uint8_t error_room[64] = {0};
    gantry_error_v1 error = {0, sizeof error_room, 0, 0, error_room};
    int32_t answered = table->remove_member(call, user, probe_is_sparse() ? NULL : &error);
    probe_note("answers", (uint64_t)(int64_t)answered);
    probe_note("code", (uint64_t)(int64_t)error.code);
    probe_note_text("error", (gantry_str_v1){error_room, error.message_size});
}

static int32_t fake_directory_invitations(const gantry_call_v1 *call, gantry_invitation_fn_v1 on_invitation,
                                          void *context, gantry_error_v1 *error) {
    probe_begin("gantry.directory.invitations");
    if (call == NULL) probe_note("no call", 0);
    else probe_note_call_v1(call);
    probe_note("on_invitation", on_invitation != NULL);
    if (on_invitation != NULL) {
        gantry_invitation_v1 invitation_given;
        probe_make_invitation_v1(&invitation_given);
        probe_note("on_invitation answers", (uint64_t)(int64_t)on_invitation(context,
                   probe_is_sparse() ? NULL : &invitation_given));
    }
    probe_note("error", error != NULL);
    probe_fail(error, "invitations fails");
    return probe_answer(GANTRY_OK);
}

static void drive_directory_invitations(const gantry_directory_v1 *table, void *object, const gantry_call_v1 *call) {
    (void)object;
    static const uint32_t context_number = 29;
    uint8_t error_room[64] = {0};
    gantry_error_v1 error = {0, sizeof error_room, 0, 0, error_room};
    int32_t answered = table->invitations(call, probe_is_sparse() ? NULL : driver_invitation_fn_v1,
                                          (void *)(uintptr_t)&context_number, probe_is_sparse() ? NULL : &error);
    probe_note("answers", (uint64_t)(int64_t)answered);
    probe_note("code", (uint64_t)(int64_t)error.code);
    probe_note_text("error", (gantry_str_v1){error_room, error.message_size});
}

static int32_t fake_directory_invite(const gantry_call_v1 *call, const gantry_invitation_order_v1 *order,
                                     gantry_invitation_fn_v1 on_invitation, void *context, gantry_error_v1 *error) {
    probe_begin("gantry.directory.invite");
    if (call == NULL) probe_note("no call", 0);
    else probe_note_call_v1(call);
    if (order == NULL) probe_note("no order", 0);
    else probe_note_invitation_order_v1(order);
    probe_note("on_invitation", on_invitation != NULL);
    if (on_invitation != NULL) {
        gantry_invitation_v1 invitation_given;
        probe_make_invitation_v1(&invitation_given);
        probe_note("on_invitation answers", (uint64_t)(int64_t)on_invitation(context,
                   probe_is_sparse() ? NULL : &invitation_given));
    }
    probe_note("error", error != NULL);
    probe_fail(error, "invite fails");
    return probe_answer(GANTRY_OK);
}

static void drive_directory_invite(const gantry_directory_v1 *table, void *object, const gantry_call_v1 *call) {
    (void)object;
    gantry_invitation_order_v1 order;
    probe_make_invitation_order_v1(&order);
    static const uint32_t context_number = 25;
    uint8_t error_room[64] = {0};
    gantry_error_v1 error = {0, sizeof error_room, 0, 0, error_room};
    int32_t answered = table->invite(call, probe_is_sparse() ? NULL : &order,
                                     probe_is_sparse() ? NULL : driver_invitation_fn_v1,
                                     (void *)(uintptr_t)&context_number, probe_is_sparse() ? NULL : &error);
    probe_note("answers", (uint64_t)(int64_t)answered);
    probe_note("code", (uint64_t)(int64_t)error.code);
    probe_note_text("error", (gantry_str_v1){error_room, error.message_size});
}

static int32_t fake_directory_withdraw_invitation(const gantry_call_v1 *call, gantry_str_v1 id,
                                                  gantry_error_v1 *error) {
    probe_begin("gantry.directory.withdraw_invitation");
    if (call == NULL) probe_note("no call", 0);
    else probe_note_call_v1(call);
    probe_note_text("id", *(&id));
    probe_note("error", error != NULL);
    probe_fail(error, "withdraw_invitation fails");
    return probe_answer(GANTRY_OK);
}

static void drive_directory_withdraw_invitation(const gantry_directory_v1 *table, void *object,
                                                const gantry_call_v1 *call) {
    (void)object;
    gantry_str_v1 id;
    id = probe_text();
    uint8_t error_room[64] = {0};
    gantry_error_v1 error = {0, sizeof error_room, 0, 0, error_room};
    int32_t answered = table->withdraw_invitation(call, id, probe_is_sparse() ? NULL : &error);
    probe_note("answers", (uint64_t)(int64_t)answered);
    probe_note("code", (uint64_t)(int64_t)error.code);
    probe_note_text("error", (gantry_str_v1){error_room, error.message_size});
}

static int32_t fake_directory_accept_invitation(const gantry_call_v1 *call, gantry_str_v1 text,
                                                gantry_member_fn_v1 on_member, void *context, gantry_error_v1 *error) {
    probe_begin("gantry.directory.accept_invitation");
    if (call == NULL) probe_note("no call", 0);
    else probe_note_call_v1(call);
    probe_note_text("text", *(&text));
    probe_note("on_member", on_member != NULL);
    if (on_member != NULL) {
        gantry_member_v1 member_given;
        probe_make_member_v1(&member_given);
        probe_note("on_member answers", (uint64_t)(int64_t)on_member(context,
                   probe_is_sparse() ? NULL : &member_given));
    }
    probe_note("error", error != NULL);
    probe_fail(error, "accept_invitation fails");
    return probe_answer(GANTRY_OK);
}

static void drive_directory_accept_invitation(const gantry_directory_v1 *table, void *object,
                                              const gantry_call_v1 *call) {
    (void)object;
    gantry_str_v1 text;
    text = probe_text();
    static const uint32_t context_number = 36;
    uint8_t error_room[64] = {0};
    gantry_error_v1 error = {0, sizeof error_room, 0, 0, error_room};
    int32_t answered = table->accept_invitation(call, text, probe_is_sparse() ? NULL : driver_member_fn_v1,
                                                (void *)(uintptr_t)&context_number, probe_is_sparse() ? NULL : &error);
    probe_note("answers", (uint64_t)(int64_t)answered);
    probe_note("code", (uint64_t)(int64_t)error.code);
    probe_note_text("error", (gantry_str_v1){error_room, error.message_size});
}

const gantry_directory_v1 probe_directory_fake = {.issue_key = fake_directory_issue_key, .keys = fake_directory_keys,
    .revoke_key = fake_directory_revoke_key, .organization = fake_directory_organization,
    .set_organization = fake_directory_set_organization, .members = fake_directory_members,
    .member = fake_directory_member, .remove_member = fake_directory_remove_member,
    .invitations = fake_directory_invitations, .invite = fake_directory_invite,
    .withdraw_invitation = fake_directory_withdraw_invitation, .accept_invitation = fake_directory_accept_invitation};

void probe_drive_directory(const void *table, void *object, const gantry_call_v1 *call) {
    const gantry_directory_v1 *functions = table;
    drive_directory_issue_key(functions, object, call);
    drive_directory_keys(functions, object, call);
    drive_directory_revoke_key(functions, object, call);
    drive_directory_organization(functions, object, call);
    drive_directory_set_organization(functions, object, call);
    drive_directory_members(functions, object, call);
    drive_directory_member(functions, object, call);
    drive_directory_remove_member(functions, object, call);
    drive_directory_invitations(functions, object, call);
    drive_directory_invite(functions, object, call);
    drive_directory_withdraw_invitation(functions, object, call);
    drive_directory_accept_invitation(functions, object, call);
}
