/* Calls a table that it has no right to, borrowed from an instance that has it. */
#include "../fixture.h"
static const gantry_database_v1 *borrowed;
static int32_t body(void *context, uint64_t transaction) {
    (void)transaction;
    *(int *)context = 1;
    return GANTRY_OK;
}
static int32_t handle(void *instance, const gantry_call_v1 *call, const gantry_request_v1 *request) {
    const fixture *self = instance;
    int ran = 0;
    (void)request;
    if (self->database != NULL) borrowed = self->database;
    report(self, call, "transact", borrowed->transact(call, GANTRY_TRANSACTION_WRITE, body, &ran, NULL));
    report(self, call, "ran", ran);
    return answer(self, call, "done");
}
FIXTURE_MODULE(handle)
