/* Keeps the context of a call that is over, and uses it with every table during the next call. */
#include "../fixture.h"
static gantry_call_v1 kept;
static int32_t body(void *context, uint64_t transaction) {
    (void)context, (void)transaction;
    return GANTRY_OK;
}
static int32_t handle(void *instance, const gantry_call_v1 *call, const gantry_request_v1 *request) {
    const fixture *self = instance;
    static const gantry_finding_v1 finding = {0, 0, TEXT("a"), TEXT("b"), TEXT("c")};
    (void)request;
    if (kept.call != 0) {
        report(self, call, "send", answer(self, &kept, "late"));
        report(self, call, "fail", self->response->fail(&kept, 500, text("a"), text("b"), text("")));
        report(self, call, "refuse", self->response->refuse(&kept, &finding, 1));
        report(self, call, "log", self->log->write(&kept, GANTRY_LOG_INFO, text("late"), NULL, 0));
        report(self, call, "transact", self->database->transact(&kept, 0, body, NULL, NULL));
        kept.call = 0;
        report(self, call, "zero", answer(self, &kept, "forged"));
        kept.call = UINT64_MAX;
        report(self, call, "forged", answer(self, &kept, "forged"));
        kept.call = call->instance;
        report(self, call, "instance", answer(self, &kept, "of another kind"));
        report(self, call, "null", answer(self, NULL, "no call"));
    }
    kept = *call;
    return answer(self, call, "in time");
}
FIXTURE_MODULE(handle)
