/* Runs a statement on a thread that does not run the transaction. */
#include "../fixture.h"
#include <pthread.h>
struct work {
    const fixture *self;
    const gantry_call_v1 *call;
    uint64_t transaction;
    int32_t status;
};
static void *elsewhere(void *argument) {
    struct work *work = argument;
    work->status = work->self->database->execute(work->call, work->transaction, text("SELECT 1"), NULL, 0, NULL, NULL,
                                                 NULL, NULL);
    return NULL;
}
static int32_t body(void *context, uint64_t transaction) {
    struct work *work = context;
    pthread_t thread;
    work->transaction = transaction;
    elsewhere(work);
    report(work->self, work->call, "own", work->status);
    if (pthread_create(&thread, NULL, elsewhere, work) != 0) return GANTRY_E_BUSY;
    pthread_join(thread, NULL);
    report(work->self, work->call, "other", work->status);
    return GANTRY_OK;
}
static int32_t handle(void *instance, const gantry_call_v1 *call, const gantry_request_v1 *request) {
    struct work work = {instance, call, 0, 0};
    (void)request;
    report(instance, call, "transact", work.self->database->transact(call, GANTRY_TRANSACTION_READ, body, &work, NULL));
    return answer(instance, call, "done");
}
FIXTURE_MODULE(handle)
