/* Hands over bytes that are not UTF-8 wherever the interface asks for text. */
#define FIXTURE_CHECK check
#include "../fixture.h"
#define BROKEN TEXT("a\xff")
static int32_t check(void *instance, const gantry_call_v1 *call, const gantry_request_v1 *request,
                     const gantry_finding_v1 *known, uint64_t known_count, gantry_finding_fn_v1 finding,
                     void *context, gantry_error_v1 *error) {
    static const gantry_finding_v1 broken = {0, 0, TEXT("a"), BROKEN, TEXT("c")};
    (void)request, (void)known, (void)known_count, (void)error;
    report(instance, call, "check", finding(context, &broken));
    report(instance, call, "null", finding(context, NULL));
    return GANTRY_E_FAILED;
}
static int32_t handle(void *instance, const gantry_call_v1 *call, const gantry_request_v1 *request) {
    const fixture *self = instance;
    static const gantry_finding_v1 finding = {0, 0, BROKEN, TEXT("b"), TEXT("c")};
    static const gantry_field_v1 name = {BROKEN, TEXT("a")}, value = {TEXT("a"), BROKEN};
    static const gantry_str_v1 broken = BROKEN, body = BROKEN;
    (void)request;
    report(self, call, "name", self->response->send(call, 200, text("text/plain"), &name, 1, text("")));
    report(self, call, "value", self->response->send(call, 200, text("text/plain"), &value, 1, text("")));
    report(self, call, "type", self->response->send(call, 200, broken, NULL, 0, text("")));
    report(self, call, "reason", self->response->fail(call, 500, broken, text("b"), text("")));
    report(self, call, "message", self->response->fail(call, 500, text("a"), broken, text("")));
    report(self, call, "finding", self->response->refuse(call, &finding, 1));
    report(self, call, "log", self->log->write(call, GANTRY_LOG_INFO, broken, &value, 1));
    report(self, call, "body", self->response->send(call, 200, text("x/y"), NULL, 0, body));
    return GANTRY_OK;
}
FIXTURE_MODULE(handle)
