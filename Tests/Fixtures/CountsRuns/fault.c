/* Takes for granted that the body of a transaction runs once: another run finds what the one before has counted. */
#include "../fixture.h"

static int32_t body(void *context, uint64_t transaction) {
    int *runs = context;
    (void)transaction;
    return (*runs)++ == 0 ? GANTRY_OK : GANTRY_E_FAILED;
}

static int32_t handle(void *instance, const gantry_call_v1 *call, const gantry_request_v1 *request) {
    const fixture *self = instance;
    int runs = 0;
    (void)request;
    if (self->database == NULL) return GANTRY_E_DENIED;
    int32_t status = self->database->transact(call, GANTRY_TRANSACTION_WRITE, body, &runs, NULL);
    return status == GANTRY_OK ? answer(self, call, "done") : status;
}

FIXTURE_MODULE(handle)
