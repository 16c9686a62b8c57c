/* Begins a request that never ends by itself, one that is streamed and paused, and cancels one; leaves the rest. */
#define FIXTURE_CREATE ask
#include "../fixture.h"

static const gantry_http_client_v1 *http;
static const fixture *instance;
static gantry_call_v1 kept;
static uint64_t paused;

static int32_t ask(void *module, const gantry_call_v1 *call, const gantry_host_v1 *host, gantry_str_v1 configuration,
                   void **out_instance, gantry_error_v1 *error) {
    int32_t status = create(module, call, host, configuration, out_instance, error);
    if (status == GANTRY_OK) http = query(host, GANTRY_HTTP_CLIENT_ID, &status);
    instance = *out_instance;
    return status;
}

static int32_t tell(void *context, int32_t status, const gantry_outbound_response_v1 *response,
                    const gantry_error_v1 *error) {
    (void)response, (void)error;
    report(instance, &kept, context, status);
    return GANTRY_OK;
}

static int32_t refuse(void *context, gantry_str_v1 bytes) {
    report(instance, &kept, context, (int32_t)bytes.size);
    return GANTRY_E_BUSY;
}

static int32_t begin(void *self, const gantry_call_v1 *call, const gantry_request_v1 *request) {
    gantry_outbound_request_v1 wanted = {0};
    uint64_t cancelled = 0;
    (void)request;
    kept = *call;
    wanted.method = text("GET");
    wanted.url = text("https://api.example.com/never");
    report(self, call, "submitted", http->submit(call, &wanted, tell, "left", NULL, NULL));
    report(self, call, "begun", http->submit(call, &wanted, tell, "cancelled", &cancelled, NULL));
    report(self, call, "cancel", http->cancel(call, cancelled));
    wanted.url = text("https://api.example.com/pieces");
    report(self, call, "streamed", http->stream(call, &wanted, refuse, "piece", tell, "stream", &paused, NULL));
    return GANTRY_PENDING;
}
FIXTURE_MODULE(begin)
