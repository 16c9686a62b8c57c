/* The body of a transaction gives up, and then one leaves with an error of the database. */
#include "../fixture.h"
struct work {
    const fixture *self;
    const gantry_call_v1 *call;
    const char *sql;
    uint8_t room[8];
    gantry_error_v1 error;
};
static int32_t body(void *context, uint64_t transaction) {
    struct work *work = context;
    if (work->sql == NULL) return GANTRY_E_CONFLICT;
    return work->self->database->execute(work->call, transaction, text(work->sql), NULL, 0, NULL, NULL, NULL,
                                         &work->error);
}
static int32_t handle(void *instance, const gantry_call_v1 *call, const gantry_request_v1 *request) {
    struct work work = {instance, call, NULL, {0}, {0, 0, 0, 0, NULL}};
    const fixture *self = instance;
    (void)request;
    work.error.message = work.room;
    work.error.message_capacity = sizeof work.room;
    report(self, call, "body", self->database->transact(call, GANTRY_TRANSACTION_WRITE, body, &work, NULL));
    work.sql = "FAIL";
    report(self, call, "statement", self->database->transact(call, GANTRY_TRANSACTION_WRITE, body, &work, NULL));
    report(self, call, "code", work.error.code);
    report(self, call, "size", (int32_t)work.error.message_size);
    gantry_str_v1 message = {work.room, work.error.message_size};
    (void)self->log->write(call, GANTRY_LOG_INFO, message, NULL, 0);
    return answer(self, call, "done");
}
FIXTURE_MODULE(handle)
