/* Locks by one transaction, works, and unlocks by another: what ends in between is locked for ever. */
#include "../fixture.h"

typedef struct work {
    const fixture *self;
    const gantry_call_v1 *call;
    const char *statement;
    uint64_t changes;
} work;

static int32_t run(void *context, uint64_t transaction) {
    work *now = context;
    return now->self->database->execute(now->call, transaction, text(now->statement), NULL, 0, NULL, NULL,
                                        &now->changes, NULL);
}

static int32_t write(const fixture *self, const gantry_call_v1 *call, const char *statement) {
    work now = {self, call, statement, 0};
    int32_t status = self->database->transact(call, GANTRY_TRANSACTION_WRITE, run, &now, NULL);
    return status == GANTRY_OK && now.changes != 1 ? GANTRY_E_CONFLICT : status;
}

static int32_t handle(void *instance, const gantry_call_v1 *call, const gantry_request_v1 *request) {
    const fixture *self = instance;
    (void)request;
    if (self->database == NULL) return GANTRY_E_DENIED;
    int32_t status = write(self, call, "UPDATE locks SET taken = 1 WHERE taken = 0");
    if (status != GANTRY_OK) return status;
    self->log->write(call, GANTRY_LOG_INFO, text("working"), NULL, 0);
    status = write(self, call, "UPDATE locks SET taken = 0 WHERE taken = 1");
    return status == GANTRY_OK ? answer(self, call, "done") : status;
}

FIXTURE_MODULE(handle)
