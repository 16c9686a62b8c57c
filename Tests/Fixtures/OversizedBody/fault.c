/* Wants to send, publish and log more than the host allows. Nothing of it needs to exist. */
#include "../fixture.h"
static int32_t handle(void *instance, const gantry_call_v1 *call, const gantry_request_v1 *request) {
    const fixture *self = instance;
    static const uint8_t byte = 'x';
    gantry_str_v1 body = {&byte, (UINT64_C(64) << 20) + 1};
    static gantry_field_v1 fields[1];
    (void)request;
    report(self, call, "body", self->response->send(call, 200, text("text/plain"), NULL, 0, body));
    report(self, call, "details", self->response->fail(call, 500, text("a"), text("b"), body));
    report(self, call, "headers", self->response->send(call, 200, text("text/plain"), fields, 1001, text("")));
    report(self, call, "message", self->log->write(call, GANTRY_LOG_INFO, body, NULL, 0));
    report(self, call, "fields", self->log->write(call, GANTRY_LOG_INFO, text(""), fields, 65));
    report(self, call, "level", self->log->write(call, 4, text(""), NULL, 0));
    return answer(self, call, "done");
}
FIXTURE_MODULE(handle)
