/* Waits for the database where nothing may wait: on an event loop, in a check, and inside of a transaction. */
#define FIXTURE_OPERATIONS TEXT("run"), TEXT("nest")
#define FIXTURE_CHECK check_and_wait
#include <gantry/gantry.h>
static int32_t check_and_wait(void *instance, const gantry_call_v1 *call, const gantry_request_v1 *request,
                              const gantry_finding_v1 *known, uint64_t known_count, gantry_finding_fn_v1 finding,
                              void *context, gantry_error_v1 *error);
#include "../fixture.h"

static const gantry_call_v1 *nested;
static int32_t nothing(void *context, uint64_t transaction) {
    (void)context, (void)transaction;
    return GANTRY_OK;
}
static int32_t nest(void *context, uint64_t transaction) {
    const fixture *self = context;
    (void)transaction;
    report(self, nested, "nested", self->database->transact(nested, GANTRY_TRANSACTION_READ, nothing, NULL, NULL));
    return GANTRY_OK;
}
static int32_t check_and_wait(void *instance, const gantry_call_v1 *call, const gantry_request_v1 *request,
                              const gantry_finding_v1 *known, uint64_t known_count, gantry_finding_fn_v1 finding,
                              void *context, gantry_error_v1 *error) {
    const fixture *self = instance;
    (void)request, (void)known, (void)known_count, (void)finding, (void)context, (void)error;
    report(self, call, "check", self->database->transact(call, GANTRY_TRANSACTION_READ, nothing, NULL, NULL));
    return GANTRY_OK;
}
static int32_t handle(void *instance, const gantry_call_v1 *call, const gantry_request_v1 *request) {
    const fixture *self = instance;
    uint8_t text_of_error[200];
    gantry_error_v1 error = {0, sizeof text_of_error, 0, 0, text_of_error};
    if (request->operation == 1) {
        nested = call;
        report(self, call, "outer", self->database->transact(call, GANTRY_TRANSACTION_READ, nest, instance, NULL));
        return answer(self, call, "done");
    }
    report(self, call, "inline", self->database->transact(call, GANTRY_TRANSACTION_READ, nothing, NULL, &error));
    return self->response->send(call, 200, text("text/plain"), NULL, 0,
                                (gantry_str_v1){text_of_error, error.message_size});
}
FIXTURE_MODULE(handle)
