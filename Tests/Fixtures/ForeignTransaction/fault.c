/* One instance uses the open transaction of another: the first call waits, the second has the transaction. */
#include "../fixture.h"
static gantry_call_v1 waiting;
static int32_t body(void *context, uint64_t transaction) {
    const fixture *self = context;
    report(self, &waiting, "foreign",
           self->database->execute(&waiting, transaction, text("SELECT 1"), NULL, 0, NULL, NULL, NULL, NULL));
    return GANTRY_OK;
}
static int32_t handle(void *instance, const gantry_call_v1 *call, const gantry_request_v1 *request) {
    const fixture *self = instance;
    (void)request;
    if (waiting.call == 0) {
        waiting = *call;
        return GANTRY_PENDING;
    }
    report(self, call, "transact", self->database->transact(call, GANTRY_TRANSACTION_READ, body, instance, NULL));
    (void)answer(self, &waiting, "waited");
    report(self, call, "again", answer(self, &waiting, "again"));
    waiting.call = 0;
    return answer(self, call, "done");
}
FIXTURE_MODULE(handle)
