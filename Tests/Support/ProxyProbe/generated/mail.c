/* gantry.mail.
 * Written by PluginAPI/Generator/generate.py --write; never edit it by hand. */
#include "../probe.h"
#include "values.h"

static int32_t fake_mail_send(const gantry_call_v1 *call, uint64_t transaction, const gantry_mail_order_v1 *mail,
                              gantry_error_v1 *error) {
    probe_begin("gantry.mail.send");
    if (call == NULL) probe_note("no call", 0);
    else probe_note_call_v1(call);
    probe_note("transaction", (uint64_t)(int64_t)transaction);
    if (mail == NULL) probe_note("no mail", 0);
    else probe_note_mail_order_v1(mail);
    probe_note("error", error != NULL);
    probe_fail(error, "send fails");
    return probe_answer(GANTRY_OK);
}

static void drive_mail_send(const gantry_mail_v1 *table, void *object, const gantry_call_v1 *call) {
    (void)object;
    uint64_t transaction;
    transaction = (uint64_t)probe_number();
    gantry_mail_order_v1 mail;
    probe_make_mail_order_v1(&mail);
    uint8_t error_room[64] = {0};
    gantry_error_v1 error = {0, sizeof error_room, 0, 0, error_room};
    int32_t answered = table->send(call, transaction, probe_is_sparse() ? NULL : &mail,
                                   probe_is_sparse() ? NULL : &error);
    probe_note("answers", (uint64_t)(int64_t)answered);
    probe_note("code", (uint64_t)(int64_t)error.code);
    probe_note_text("error", (gantry_str_v1){error_room, error.message_size});
}

const gantry_mail_v1 probe_mail_fake = {.send = fake_mail_send};

void probe_drive_mail(const void *table, void *object, const gantry_call_v1 *call) {
    const gantry_mail_v1 *functions = table;
    drive_mail_send(functions, object, call);
}
