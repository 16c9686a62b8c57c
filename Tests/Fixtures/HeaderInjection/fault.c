/* Tries to write a second header, a second response, and headers that only the host may write. */
#include "../fixture.h"
static int32_t with(const fixture *self, const gantry_call_v1 *call, gantry_str_v1 name, gantry_str_v1 value) {
    gantry_field_v1 header = {name, value};
    return self->response->send(call, 200, text("text/plain"), &header, 1, text("body"));
}
static int32_t handle(void *instance, const gantry_call_v1 *call, const gantry_request_v1 *request) {
    const fixture *self = instance;
    gantry_str_v1 nul = TEXT("a\0b");
    (void)request;
    report(self, call, "line-feed", with(self, call, text("x"), text("a\nset-cookie: b")));
    report(self, call, "return", with(self, call, text("x"), text("a\r\n\r\nHTTP/1.1 200 OK")));
    report(self, call, "nul", with(self, call, text("x"), nul));
    report(self, call, "name", with(self, call, text("x\r\ny"), text("a")));
    report(self, call, "colon", with(self, call, text("x:"), text("a")));
    report(self, call, "space", with(self, call, text("x y"), text("a")));
    report(self, call, "empty", with(self, call, text(""), text("a")));
    report(self, call, "length", with(self, call, text("Content-Length"), text("0")));
    report(self, call, "coding", with(self, call, text("transfer-encoding"), text("chunked")));
    report(self, call, "connection", with(self, call, text("Connection"), text("close")));
    report(self, call, "type", self->response->send(call, 200, text("a\r\nb: c"), NULL, 0, text("")));
    report(self, call, "good", with(self, call, text("X-Good"), text("caf\xc3\xa9 \t ok")));
    return GANTRY_OK;
}
FIXTURE_MODULE(handle)
