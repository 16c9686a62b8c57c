/* gantry.database.
 * Written by PluginAPI/Generator/generate.py --write; never edit it by hand. */
#include "../probe.h"
#include "values.h"

static int32_t fake_database_transact(const gantry_call_v1 *call, uint32_t mode, gantry_transaction_fn_v1 body,
                                      void *context, gantry_error_v1 *error) {
    probe_begin("gantry.database.transact");
    if (call == NULL) probe_note("no call", 0);
    else probe_note_call_v1(call);
    probe_note("mode", (uint64_t)(int64_t)mode);
    probe_note("body", body != NULL);
    if (body != NULL) {
        uint64_t transaction_given;
        transaction_given = (uint64_t)probe_number();
        probe_note("body answers", (uint64_t)(int64_t)body(context, transaction_given));
    }
    probe_note("error", error != NULL);
    probe_fail(error, "transact fails");
    return probe_answer(GANTRY_OK);
}

static void drive_database_transact(const gantry_database_v1 *table, void *object, const gantry_call_v1 *call) {
    (void)object;
    uint32_t mode;
    mode = (uint32_t)probe_number();
    static const uint32_t context_number = 26;
    uint8_t error_room[64] = {0};
    gantry_error_v1 error = {0, sizeof error_room, 0, 0, error_room};
    int32_t answered = table->transact(call, mode, probe_is_sparse() ? NULL : driver_transaction_fn_v1,
                                       (void *)(uintptr_t)&context_number, probe_is_sparse() ? NULL : &error);
    probe_note("answers", (uint64_t)(int64_t)answered);
    probe_note("code", (uint64_t)(int64_t)error.code);
    probe_note_text("error", (gantry_str_v1){error_room, error.message_size});
}

static int32_t fake_database_submit(const gantry_call_v1 *call, uint32_t mode, gantry_transaction_fn_v1 body,
                                    void *context, gantry_completion_fn_v1 done, void *done_context,
                                    gantry_error_v1 *error) {
    probe_begin("gantry.database.submit");
    if (call == NULL) probe_note("no call", 0);
    else probe_note_call_v1(call);
    probe_note("mode", (uint64_t)(int64_t)mode);
    probe_note("body", body != NULL);
    if (body != NULL) {
        uint64_t transaction_given;
        transaction_given = (uint64_t)probe_number();
        probe_note("body answers", (uint64_t)(int64_t)body(context, transaction_given));
    }
    probe_note("done", done != NULL);
    if (done != NULL) {
        int32_t status_given;
        status_given = (int32_t)probe_number();
        gantry_error_v1 error_given;
        probe_make_error_v1(&error_given);
        probe_note("done answers", (uint64_t)(int64_t)done(done_context, status_given,
                   probe_is_sparse() ? NULL : &error_given));
    }
    probe_note("error", error != NULL);
    probe_fail(error, "submit fails");
    return probe_answer(GANTRY_PENDING);
}

static void drive_database_submit(const gantry_database_v1 *table, void *object, const gantry_call_v1 *call) {
    (void)object;
    uint32_t mode;
    mode = (uint32_t)probe_number();
    static const uint32_t context_number = 24;
    static const uint32_t done_context_number = 26;
    uint8_t error_room[64] = {0};
    gantry_error_v1 error = {0, sizeof error_room, 0, 0, error_room};
    int32_t answered = table->submit(call, mode, probe_is_sparse() ? NULL : driver_transaction_fn_v1,
                                     (void *)(uintptr_t)&context_number,
                                     probe_is_sparse() ? NULL : driver_completion_fn_v1,
                                     (void *)(uintptr_t)&done_context_number, probe_is_sparse() ? NULL : &error);
    probe_note("answers", (uint64_t)(int64_t)answered);
    probe_note("code", (uint64_t)(int64_t)error.code);
    probe_note_text("error", (gantry_str_v1){error_room, error.message_size});
}

static int32_t fake_database_execute(const gantry_call_v1 *call, uint64_t transaction, gantry_str_v1 sql,
                                     const gantry_value_v1 *parameters, uint64_t parameter_count,
                                     gantry_row_fn_v1 on_row, void *context, uint64_t *out_changes,
                                     gantry_error_v1 *error) {
    probe_begin("gantry.database.execute");
    if (call == NULL) probe_note("no call", 0);
    else probe_note_call_v1(call);
    probe_note("transaction", (uint64_t)(int64_t)transaction);
    probe_note_text("sql", *(&sql));
    probe_note("parameter_count", parameter_count);
    for (uint64_t index = 0; parameters != NULL && index < parameter_count; index++)
        probe_note_value_v1(parameters + index);
    probe_note("on_row", on_row != NULL);
    if (on_row != NULL) {
        gantry_value_v1 columns_given[2];
        probe_make_value_v1(&columns_given[0]);
        probe_make_value_v1(&columns_given[1]);
        probe_note("on_row answers", (uint64_t)(int64_t)on_row(context, probe_is_sparse() ? NULL : columns_given,
                   probe_is_sparse() ? 0 : 2));
    }
    probe_note("out_changes", out_changes != NULL);
    probe_note("error", error != NULL);
    if (out_changes != NULL && probe_succeeds()) *out_changes = (uint64_t)probe_number();
    probe_fail(error, "execute fails");
    return probe_answer(GANTRY_OK);
}

static void drive_database_execute(const gantry_database_v1 *table, void *object, const gantry_call_v1 *call) {
    (void)object;
    uint64_t transaction;
    transaction = (uint64_t)probe_number();
    gantry_str_v1 sql;
    sql = probe_text();
    gantry_value_v1 parameters[2];
    probe_make_value_v1(&parameters[0]);
    probe_make_value_v1(&parameters[1]);
    static const uint32_t context_number = 28;
    uint64_t out_changes = {0};
    uint8_t error_room[64] = {0};
    gantry_error_v1 error = {0, sizeof error_room, 0, 0, error_room};
    int32_t answered = table->execute(call, transaction, sql, probe_is_sparse() ? NULL : parameters,
                                      probe_is_sparse() ? 0 : 2, probe_is_sparse() ? NULL : driver_row_fn_v1,
                                      (void *)(uintptr_t)&context_number, probe_is_sparse() ? NULL : &out_changes,
                                      probe_is_sparse() ? NULL : &error);
    probe_note("answers", (uint64_t)(int64_t)answered);
    probe_note("out_changes", (uint64_t)(int64_t)out_changes);
    probe_note("code", (uint64_t)(int64_t)error.code);
    probe_note_text("error", (gantry_str_v1){error_room, error.message_size});
}

const gantry_database_v1 probe_database_fake = {.transact = fake_database_transact, .submit = fake_database_submit,
    .execute = fake_database_execute};

void probe_drive_database(const void *table, void *object, const gantry_call_v1 *call) {
    const gantry_database_v1 *functions = table;
    drive_database_transact(functions, object, call);
    drive_database_submit(functions, object, call);
    drive_database_execute(functions, object, call);
}
