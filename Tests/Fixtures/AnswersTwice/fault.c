/* Answers, and answers again in three ways. */
#include "../fixture.h"
static int32_t handle(void *instance, const gantry_call_v1 *call, const gantry_request_v1 *request) {
    const fixture *self = instance;
    static const gantry_finding_v1 finding = {0, 0, TEXT("a"), TEXT("b"), TEXT("c")};
    (void)request;
    report(self, call, "first", answer(self, call, "one"));
    report(self, call, "second", answer(self, call, "two"));
    report(self, call, "fail", self->response->fail(call, 500, text("a"), text("b"), text("")));
    report(self, call, "refuse", self->response->refuse(call, &finding, 1));
    return GANTRY_E_FAILED;
}
FIXTURE_MODULE(handle)
