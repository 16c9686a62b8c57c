/* gantry.webhooks.
 * Written by PluginAPI/Generator/generate.py --write; never edit it by hand. */
#include "../probe.h"
#include "values.h"

static int32_t fake_webhooks_check(const gantry_call_v1 *call, gantry_str_v1 url, gantry_error_v1 *error) {
    probe_begin("gantry.webhooks.check");
    if (call == NULL) probe_note("no call", 0);
    else probe_note_call_v1(call);
    probe_note_text("url", *(&url));
    probe_note("error", error != NULL);
    probe_fail(error, "check fails");
    return probe_answer(GANTRY_OK);
}

static void drive_webhooks_check(const gantry_webhooks_v1 *table, void *object, const gantry_call_v1 *call) {
    (void)object;
    gantry_str_v1 url;
    url = probe_text();
    uint8_t error_room[64] = {0};
    gantry_error_v1 error = {0, sizeof error_room, 0, 0, error_room};
    int32_t answered = table->check(call, url, probe_is_sparse() ? NULL : &error);
    probe_note("answers", (uint64_t)(int64_t)answered);
    probe_note("code", (uint64_t)(int64_t)error.code);
    probe_note_text("error", (gantry_str_v1){error_room, error.message_size});
}

static int32_t fake_webhooks_list(const gantry_call_v1 *call, gantry_webhook_fn_v1 on_webhook, void *context,
                                  gantry_error_v1 *error) {
    probe_begin("gantry.webhooks.list");
    if (call == NULL) probe_note("no call", 0);
    else probe_note_call_v1(call);
    probe_note("on_webhook", on_webhook != NULL);
    if (on_webhook != NULL) {
        gantry_webhook_v1 webhook_given;
        probe_make_webhook_v1(&webhook_given);
        probe_note("on_webhook answers", (uint64_t)(int64_t)on_webhook(context,
                   probe_is_sparse() ? NULL : &webhook_given));
    }
    probe_note("error", error != NULL);
    probe_fail(error, "list fails");
    return probe_answer(GANTRY_OK);
}

static void drive_webhooks_list(const gantry_webhooks_v1 *table, void *object, const gantry_call_v1 *call) {
    (void)object;
    static const uint32_t context_number = 21;
    uint8_t error_room[64] = {0};
    gantry_error_v1 error = {0, sizeof error_room, 0, 0, error_room};
    int32_t answered = table->list(call, probe_is_sparse() ? NULL : driver_webhook_fn_v1,
                                   (void *)(uintptr_t)&context_number, probe_is_sparse() ? NULL : &error);
    probe_note("answers", (uint64_t)(int64_t)answered);
    probe_note("code", (uint64_t)(int64_t)error.code);
    probe_note_text("error", (gantry_str_v1){error_room, error.message_size});
}

static int32_t fake_webhooks_read(const gantry_call_v1 *call, gantry_str_v1 id, uint64_t limit,
                                  gantry_webhook_fn_v1 on_webhook, void *context,
                                  gantry_webhook_delivery_fn_v1 on_delivery, void *delivery_context,
                                  gantry_error_v1 *error) {
    probe_begin("gantry.webhooks.read");
    if (call == NULL) probe_note("no call", 0);
    else probe_note_call_v1(call);
    probe_note_text("id", *(&id));
    probe_note("limit", (uint64_t)(int64_t)limit);
    probe_note("on_webhook", on_webhook != NULL);
    if (on_webhook != NULL) {
        gantry_webhook_v1 webhook_given;
        probe_make_webhook_v1(&webhook_given);
        probe_note("on_webhook answers", (uint64_t)(int64_t)on_webhook(context,
                   probe_is_sparse() ? NULL : &webhook_given));
    }
    probe_note("on_delivery", on_delivery != NULL);
    if (on_delivery != NULL) {
        gantry_webhook_delivery_v1 delivery_given;
        probe_make_webhook_delivery_v1(&delivery_given);
        probe_note("on_delivery answers", (uint64_t)(int64_t)on_delivery(delivery_context,
                   probe_is_sparse() ? NULL : &delivery_given));
    }
    probe_note("error", error != NULL);
    probe_fail(error, "read fails");
    return probe_answer(GANTRY_OK);
}

static void drive_webhooks_read(const gantry_webhooks_v1 *table, void *object, const gantry_call_v1 *call) {
    (void)object;
    gantry_str_v1 id;
    id = probe_text();
    uint64_t limit;
    limit = (uint64_t)probe_number();
    static const uint32_t context_number = 23;
    static const uint32_t delivery_context_number = 25;
    uint8_t error_room[64] = {0};
    gantry_error_v1 error = {0, sizeof error_room, 0, 0, error_room};
    int32_t answered = table->read(call, id, limit, probe_is_sparse() ? NULL : driver_webhook_fn_v1,
                                   (void *)(uintptr_t)&context_number,
                                   probe_is_sparse() ? NULL : driver_webhook_delivery_fn_v1,
                                   (void *)(uintptr_t)&delivery_context_number, probe_is_sparse() ? NULL : &error);
    probe_note("answers", (uint64_t)(int64_t)answered);
    probe_note("code", (uint64_t)(int64_t)error.code);
    probe_note_text("error", (gantry_str_v1){error_room, error.message_size});
}

static int32_t fake_webhooks_create(const gantry_call_v1 *call, const gantry_webhook_change_v1 *change,
                                    gantry_webhook_fn_v1 on_webhook, void *context, gantry_error_v1 *error) {
    probe_begin("gantry.webhooks.create");
    if (call == NULL) probe_note("no call", 0);
    else probe_note_call_v1(call);
    if (change == NULL) probe_note("no change", 0);
    else probe_note_webhook_change_v1(change);
    probe_note("on_webhook", on_webhook != NULL);
    if (on_webhook != NULL) {
        gantry_webhook_v1 webhook_given;
        probe_make_webhook_v1(&webhook_given);
        probe_note("on_webhook answers", (uint64_t)(int64_t)on_webhook(context,
                   probe_is_sparse() ? NULL : &webhook_given));
    }
    probe_note("error", error != NULL);
    probe_fail(error, "create fails");
    return probe_answer(GANTRY_OK);
}

static void drive_webhooks_create(const gantry_webhooks_v1 *table, void *object, const gantry_call_v1 *call) {
    (void)object;
    gantry_webhook_change_v1 change;
    probe_make_webhook_change_v1(&change);
    static const uint32_t context_number = 24;
    uint8_t error_room[64] = {0};
    gantry_error_v1 error = {0, sizeof error_room, 0, 0, error_room};
    int32_t answered = table->create(call, probe_is_sparse() ? NULL : &change,
                                     probe_is_sparse() ? NULL : driver_webhook_fn_v1,
                                     (void *)(uintptr_t)&context_number, probe_is_sparse() ? NULL : &error);
    probe_note("answers", (uint64_t)(int64_t)answered);
    probe_note("code", (uint64_t)(int64_t)error.code);
    probe_note_text("error", (gantry_str_v1){error_room, error.message_size});
}

static int32_t fake_webhooks_update(const gantry_call_v1 *call, gantry_str_v1 id,
                                    const gantry_webhook_change_v1 *change, gantry_webhook_fn_v1 on_webhook,
                                    void *context, gantry_error_v1 *error) {
    probe_begin("gantry.webhooks.update");
    if (call == NULL) probe_note("no call", 0);
    else probe_note_call_v1(call);
    probe_note_text("id", *(&id));
    if (change == NULL) probe_note("no change", 0);
    else probe_note_webhook_change_v1(change);
    probe_note("on_webhook", on_webhook != NULL);
    if (on_webhook != NULL) {
        gantry_webhook_v1 webhook_given;
        probe_make_webhook_v1(&webhook_given);
        probe_note("on_webhook answers", (uint64_t)(int64_t)on_webhook(context,
                   probe_is_sparse() ? NULL : &webhook_given));
    }
    probe_note("error", error != NULL);
    probe_fail(error, "update fails");
    return probe_answer(GANTRY_OK);
}

static void drive_webhooks_update(const gantry_webhooks_v1 *table, void *object, const gantry_call_v1 *call) {
    (void)object;
    gantry_str_v1 id;
    id = probe_text();
    gantry_webhook_change_v1 change;
    probe_make_webhook_change_v1(&change);
    static const uint32_t context_number = 25;
    uint8_t error_room[64] = {0};
    gantry_error_v1 error = {0, sizeof error_room, 0, 0, error_room};
    int32_t answered = table->update(call, id, probe_is_sparse() ? NULL : &change,
                                     probe_is_sparse() ? NULL : driver_webhook_fn_v1,
                                     (void *)(uintptr_t)&context_number, probe_is_sparse() ? NULL : &error);
    probe_note("answers", (uint64_t)(int64_t)answered);
    probe_note("code", (uint64_t)(int64_t)error.code);
    probe_note_text("error", (gantry_str_v1){error_room, error.message_size});
}

static int32_t fake_webhooks_remove(const gantry_call_v1 *call, gantry_str_v1 id, gantry_error_v1 *error) {
    probe_begin("gantry.webhooks.remove");
    if (call == NULL) probe_note("no call", 0);
    else probe_note_call_v1(call);
    probe_note_text("id", *(&id));
    probe_note("error", error != NULL);
    probe_fail(error, "remove fails");
    return probe_answer(GANTRY_OK);
}

static void drive_webhooks_remove(const gantry_webhooks_v1 *table, void *object, const gantry_call_v1 *call) {
    (void)object;
    gantry_str_v1 id;
    id = probe_text();
    uint8_t error_room[64] = {0};
    gantry_error_v1 error = {0, sizeof error_room, 0, 0, error_room};
    int32_t answered = table->remove(call, id, probe_is_sparse() ? NULL : &error);
    probe_note("answers", (uint64_t)(int64_t)answered);
    probe_note("code", (uint64_t)(int64_t)error.code);
    probe_note_text("error", (gantry_str_v1){error_room, error.message_size});
}

static int32_t fake_webhooks_rotate_secret(const gantry_call_v1 *call, gantry_str_v1 id,
                                           gantry_webhook_fn_v1 on_webhook, void *context, gantry_error_v1 *error) {
    probe_begin("gantry.webhooks.rotate_secret");
    if (call == NULL) probe_note("no call", 0);
    else probe_note_call_v1(call);
    probe_note_text("id", *(&id));
    probe_note("on_webhook", on_webhook != NULL);
    if (on_webhook != NULL) {
        gantry_webhook_v1 webhook_given;
        probe_make_webhook_v1(&webhook_given);
        probe_note("on_webhook answers", (uint64_t)(int64_t)on_webhook(context,
                   probe_is_sparse() ? NULL : &webhook_given));
    }
    probe_note("error", error != NULL);
    probe_fail(error, "rotate_secret fails");
    return probe_answer(GANTRY_OK);
}

static void drive_webhooks_rotate_secret(const gantry_webhooks_v1 *table, void *object, const gantry_call_v1 *call) {
    (void)object;
    gantry_str_v1 id;
    id = probe_text();
    static const uint32_t context_number = 31;
    uint8_t error_room[64] = {0};
    gantry_error_v1 error = {0, sizeof error_room, 0, 0, error_room};
    int32_t answered = table->rotate_secret(call, id, probe_is_sparse() ? NULL : driver_webhook_fn_v1,
                                            (void *)(uintptr_t)&context_number, probe_is_sparse() ? NULL : &error);
    probe_note("answers", (uint64_t)(int64_t)answered);
    probe_note("code", (uint64_t)(int64_t)error.code);
    probe_note_text("error", (gantry_str_v1){error_room, error.message_size});
}

static int32_t fake_webhooks_test(const gantry_call_v1 *call, gantry_str_v1 id, gantry_error_v1 *error) {
    probe_begin("gantry.webhooks.test");
    if (call == NULL) probe_note("no call", 0);
    else probe_note_call_v1(call);
    probe_note_text("id", *(&id));
    probe_note("error", error != NULL);
    probe_fail(error, "test fails");
    return probe_answer(GANTRY_OK);
}

static void drive_webhooks_test(const gantry_webhooks_v1 *table, void *object, const gantry_call_v1 *call) {
    (void)object;
    gantry_str_v1 id;
    id = probe_text();
    uint8_t error_room[64] = {0};
    gantry_error_v1 error = {0, sizeof error_room, 0, 0, error_room};
    int32_t answered = table->test(call, id, probe_is_sparse() ? NULL : &error);
    probe_note("answers", (uint64_t)(int64_t)answered);
    probe_note("code", (uint64_t)(int64_t)error.code);
    probe_note_text("error", (gantry_str_v1){error_room, error.message_size});
}

const gantry_webhooks_v1 probe_webhooks_fake = {.check = fake_webhooks_check, .list = fake_webhooks_list,
    .read = fake_webhooks_read, .create = fake_webhooks_create, .update = fake_webhooks_update,
    .remove = fake_webhooks_remove, .rotate_secret = fake_webhooks_rotate_secret, .test = fake_webhooks_test};

void probe_drive_webhooks(const void *table, void *object, const gantry_call_v1 *call) {
    const gantry_webhooks_v1 *functions = table;
    drive_webhooks_check(functions, object, call);
    drive_webhooks_list(functions, object, call);
    drive_webhooks_read(functions, object, call);
    drive_webhooks_create(functions, object, call);
    drive_webhooks_update(functions, object, call);
    drive_webhooks_remove(functions, object, call);
    drive_webhooks_rotate_secret(functions, object, call);
    drive_webhooks_test(functions, object, call);
}
