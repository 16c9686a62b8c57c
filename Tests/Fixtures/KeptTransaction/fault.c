/* Uses a transaction after its body has returned. */
#include "../fixture.h"
static int32_t body(void *context, uint64_t transaction) {
    *(uint64_t *)context = transaction;
    return GANTRY_OK;
}
static int32_t handle(void *instance, const gantry_call_v1 *call, const gantry_request_v1 *request) {
    const fixture *self = instance;
    uint64_t kept = 0;
    (void)request;
    report(self, call, "transact", self->database->transact(call, GANTRY_TRANSACTION_WRITE, body, &kept, NULL));
    report(self, call, "kept",
           self->database->execute(call, kept, text("SELECT 1"), NULL, 0, NULL, NULL, NULL, NULL));
    report(self, call, "zero", self->database->execute(call, 0, text("SELECT 1"), NULL, 0, NULL, NULL, NULL, NULL));
    report(self, call, "mode", self->database->transact(call, 2, body, &kept, NULL));
    report(self, call, "nobody", self->database->transact(call, GANTRY_TRANSACTION_READ, NULL, &kept, NULL));
    return answer(self, call, "done");
}
FIXTURE_MODULE(handle)
