/* Calls every function of the services, well and badly, and tells what it got. The tables are kept from the first
   instance, so that an instance without the rights calls them as well. */
#define FIXTURE_CREATE ask
#include "../fixture.h"

static const gantry_http_client_v1 *http;
static const gantry_blobs_v1 *blobs;
static const gantry_cache_v1 *cache;
static const gantry_settings_v1 *settings;
static const gantry_identity_v1 *identity;
static const gantry_metrics_v1 *metrics;
static const gantry_trace_v1 *trace;
static const gantry_webhooks_v1 *webhooks;
static uint64_t foreign_writer, foreign_reader;

static int32_t ask(void *module, const gantry_call_v1 *call, const gantry_host_v1 *host, gantry_str_v1 configuration,
                   void **out_instance, gantry_error_v1 *error) {
    int32_t status = create(module, call, host, configuration, out_instance, error);
    const struct { const char *id; const void **table; } wanted[] = {
        {GANTRY_HTTP_CLIENT_ID, (const void **)&http},   {GANTRY_BLOBS_ID, (const void **)&blobs},
        {GANTRY_CACHE_ID, (const void **)&cache},        {GANTRY_SETTINGS_ID, (const void **)&settings},
        {GANTRY_IDENTITY_ID, (const void **)&identity},  {GANTRY_METRICS_ID, (const void **)&metrics},
        {GANTRY_TRACE_ID, (const void **)&trace},        {GANTRY_WEBHOOKS_ID, (const void **)&webhooks},
    };
    if (status != GANTRY_OK) return status;
    for (size_t index = 0; index < sizeof wanted / sizeof wanted[0]; index++) {
        const void *found = query(host, wanted[index].id, &status);
        if (found != NULL) *wanted[index].table = found;
        report(*out_instance, call, wanted[index].id, status);
    }
    return GANTRY_OK;
}

static int32_t take_bytes(void *context, gantry_str_v1 bytes) {
    (void)bytes;
    ++*(int *)context;
    return GANTRY_OK;
}

static int32_t take_blob(void *context, const gantry_blob_v1 *blob) {
    (void)blob;
    ++*(int *)context;
    return GANTRY_END;
}

static int32_t take_principal(void *context, const gantry_principal_v1 *principal) {
    *(int *)context = (int)principal->kind;
    return GANTRY_OK;
}

static int32_t take_token(void *context, const gantry_token_v1 *token) {
    *(int *)context = token->text.size > 0;
    return GANTRY_OK;
}

static int32_t take_response(void *context, int32_t status, const gantry_outbound_response_v1 *response,
                             const gantry_error_v1 *error) {
    (void)error;
    *(int *)context = response != NULL ? (int)response->http_status : status;
    return GANTRY_OK;
}

static int32_t take_webhook(void *context, const gantry_webhook_v1 *webhook) {
    ((int *)context)[0] = webhook->secret.size > 0;
    ((int *)context)[1] = (int)webhook->event_count;
    ((int *)context)[2] = (int)webhook->is_on;
    return GANTRY_OK;
}

static int32_t take_delivery(void *context, const gantry_webhook_delivery_v1 *delivery) {
    *(int *)context += delivery->http_status == 204 && delivery->state == GANTRY_WEBHOOK_SUCCEEDED;
    return GANTRY_OK;
}

#define TELL(name, call_of_table) report(self, call, name, call_of_table)

static void use_cache(const fixture *self, const gantry_call_v1 *call) {
    gantry_str_v1 bad = {NULL, 5};
    int64_t value = 0;
    int count = 0;
    TELL("cache.get", cache->get(call, text("none"), take_bytes, &count));
    TELL("cache.set", cache->set(call, text("a"), text("b"), 0));
    TELL("cache.found", cache->get(call, text("a"), take_bytes, &count));
    TELL("cache.taken", count);
    TELL("cache.add", cache->add(call, text("n"), 2, 0, &value));
    TELL("cache.value", (int32_t)value);
    TELL("cache.empty", cache->set(call, text(""), text("b"), 0));
    TELL("cache.span", cache->set(call, text("a"), bad, 0));
    TELL("cache.key", cache->get(call, bad, take_bytes, &count));
    TELL("cache.function", cache->get(call, text("a"), NULL, NULL));
    TELL("cache.remove", cache->remove(call, text("a")));
    TELL("cache.removed", cache->remove(call, text("a")));
}

static void use_blobs(const fixture *self, const gantry_call_v1 *call) {
    gantry_str_v1 bad = {NULL, 5};
    uint64_t writer = 0, reader = 0, size = 0;
    uint8_t room[8];
    int count = 0;
    TELL("blobs.put", blobs->put(call, text("k"), text("text/plain"), text("hello"), NULL));
    TELL("blobs.span", blobs->put(call, text("k"), text(""), bad, NULL));
    TELL("blobs.key", blobs->put(call, bad, text(""), text("x"), NULL));
    TELL("blobs.create", blobs->create(call, text("w"), text(""), &writer, NULL));
    TELL("blobs.append", blobs->append(call, writer, text("abc"), NULL));
    TELL("blobs.commit", blobs->commit(call, writer, take_blob, &count, NULL));
    TELL("blobs.again", blobs->commit(call, writer, take_blob, &count, NULL));
    TELL("blobs.none", blobs->open(call, text("none"), &reader, NULL, NULL, NULL));
    TELL("blobs.open", blobs->open(call, text("k"), &reader, take_blob, &count, NULL));
    TELL("blobs.read", blobs->read(call, reader, 0, room, sizeof room, &size, NULL));
    TELL("blobs.size", (int32_t)size);
    TELL("blobs.behind", blobs->read(call, reader, 5, room, sizeof room, &size, NULL));
    TELL("blobs.room", blobs->read(call, reader, 0, NULL, 8, &size, NULL));
    TELL("blobs.writer", blobs->append(call, reader, text("x"), NULL));
    TELL("blobs.close", blobs->close(call, reader));
    TELL("blobs.closed", blobs->close(call, reader));
    count = 0;
    TELL("blobs.list", blobs->list(call, text(""), text(""), 10, take_blob, &count, NULL));
    TELL("blobs.listed", count);
    TELL("blobs.foreign writer", blobs->append(call, foreign_writer, text("x"), NULL));
    TELL("blobs.foreign reader", blobs->read(call, foreign_reader, 0, room, sizeof room, &size, NULL));
    /* Left open: the call's end closes them. */
    TELL("blobs.left", blobs->create(call, text("left"), text(""), &foreign_writer, NULL));
    blobs->open(call, text("k"), &foreign_reader, NULL, NULL, NULL);
}

static void use_http(const fixture *self, const gantry_call_v1 *call) {
    gantry_outbound_request_v1 request = {0};
    gantry_field_v1 broken = {TEXT("a"), {NULL, 3}};
    int got = 0;
    request.method = text("GET");
    request.url = text("https://api.example.com/");
    TELL("http.perform", http->perform(call, &request, take_response, &got, NULL));
    TELL("http.status", got);
    request.url = text("https://refused.example.com/");
    TELL("http.refused", http->perform(call, &request, take_response, &got, NULL));
    request.headers = &broken;
    request.header_count = 1;
    TELL("http.span", http->perform(call, &request, take_response, &got, NULL));
    request.header_count = 1000;
    TELL("http.many", http->perform(call, &request, take_response, &got, NULL));
    TELL("http.nothing", http->perform(call, NULL, take_response, &got, NULL));
    TELL("http.resume", http->resume(call, 12345));
    TELL("http.cancel", http->cancel(call, 12345));
}

static void use_rest(const fixture *self, const gantry_call_v1 *call) {
    gantry_token_order_v1 order = {TEXT("share"), TEXT("guest"), TEXT("viewer"), TEXT("{}"), 60};
    gantry_token_order_v1 other = order;
    gantry_field_v1 label = {TEXT("a"), {NULL, 3}};
    gantry_call_v1 span = *call, stale = *call;
    uint8_t header[55];
    uint64_t revoked = 0;
    int got = 0;
    TELL("settings.configuration", settings->configuration(call, take_bytes, &got));
    TELL("settings.secret", settings->secret(call, text("known"), take_bytes, &got));
    TELL("settings.unset", settings->secret(call, text("unset"), take_bytes, &got));
    TELL("settings.undeclared", settings->secret(call, text("other"), take_bytes, &got));
    TELL("identity.principal", identity->principal(call, take_principal, &got));
    TELL("identity.kind", got);
    TELL("identity.mint", identity->mint(call, &order, take_token, &got, NULL));
    TELL("identity.text", got);
    other.kind = text("other");
    TELL("identity.other kind", identity->mint(call, &other, take_token, &got, NULL));
    other = order;
    other.role = text("admin");
    TELL("identity.other role", identity->mint(call, &other, take_token, &got, NULL));
    other = order;
    other.lifetime_seconds = 3601;
    TELL("identity.long", identity->mint(call, &other, take_token, &got, NULL));
    other.lifetime_seconds = 60;
    other.claims = text("[1]");
    TELL("identity.claims", identity->mint(call, &other, take_token, &got, NULL));
    TELL("identity.verify", identity->verify(call, text("token"), take_principal, &got, NULL));
    TELL("identity.forged", identity->verify(call, text("forged"), take_principal, &got, NULL));
    TELL("identity.revoke", identity->revoke(call, text("none"), NULL));
    TELL("identity.subject", identity->revoke_subject(call, text("share"), text("guest"), &revoked, NULL));
    TELL("metrics.add", metrics->add(call, text("calls"), NULL, 0, 1));
    TELL("metrics.label", metrics->add(call, text("calls"), &label, 1, 1));
    TELL("trace.begin", trace->begin(call, text("work"), &span));
    TELL("trace.attribute", trace->attribute(&span, text("a"), text("b")));
    TELL("trace.header", trace->header(&span, header));
    TELL("trace.end", trace->end(&span, GANTRY_OK));
    TELL("trace.again", trace->end(&span, GANTRY_OK));
    TELL("trace.outer", trace->end(call, GANTRY_OK));
    trace->begin(call, text("left open"), &span);
    stale.call ^= 1;
    TELL("stale.cache", cache->remove(&stale, text("a")));
    TELL("stale.settings", settings->configuration(&stale, take_bytes, &got));
    TELL("stale.trace", trace->begin(&stale, text("work"), &span));
}

static void use_webhooks(const fixture *self, const gantry_call_v1 *call) {
    static const uint8_t long_url[4096];
    const gantry_str_v1 bad = {NULL, 5}, events[2] = {{(const uint8_t *)"a", 1}, {(const uint8_t *)"b", 1}};
    gantry_webhook_change_v1 change = {GANTRY_WEBHOOK_URL | GANTRY_WEBHOOK_EVENTS, 0, text("https://a.example/"),
                                       {NULL, 0}, events, 2};
    int got[3] = {0, 0, 0}, count = 0;
    TELL("webhooks.check", webhooks->check(call, change.url, NULL));
    TELL("webhooks.refused", webhooks->check(call, text("http://a.example/"), NULL));
    TELL("webhooks.create", webhooks->create(call, &change, take_webhook, got, NULL));
    TELL("webhooks.secret", got[0]);
    TELL("webhooks.events", got[1]);
    change.events = NULL;
    TELL("webhooks.half", webhooks->create(call, &change, take_webhook, got, NULL));
    change.events = events, change.url = bad;
    TELL("webhooks.span", webhooks->create(call, &change, take_webhook, got, NULL));
    change.event_count = 1 << 20, change.url = text("https://a.example/");
    TELL("webhooks.many", webhooks->create(call, &change, take_webhook, got, NULL));
    change.event_count = 2, change.url = (gantry_str_v1){long_url, sizeof long_url};
    TELL("webhooks.url", webhooks->create(call, &change, take_webhook, got, NULL));
    TELL("webhooks.list", webhooks->list(call, take_webhook, got, NULL));
    TELL("webhooks.read", webhooks->read(call, text("one"), 2, take_webhook, got, take_delivery, &count, NULL));
    TELL("webhooks.deliveries", count);
    TELL("webhooks.unread", webhooks->read(call, text("two"), 2, take_webhook, got, NULL, NULL, NULL));
    TELL("webhooks.nothing", webhooks->list(call, NULL, NULL, NULL));
    change.members = GANTRY_WEBHOOK_OFF;
    TELL("webhooks.update", webhooks->update(call, text("one"), &change, take_webhook, got, NULL));
    TELL("webhooks.off", got[2]);
    change.members |= GANTRY_WEBHOOK_ON;
    TELL("webhooks.both", webhooks->update(call, text("one"), &change, take_webhook, got, NULL));
    TELL("webhooks.rotate", webhooks->rotate_secret(call, text("one"), take_webhook, got, NULL));
    TELL("webhooks.test", webhooks->test(call, text("one"), NULL));
    TELL("webhooks.untested", webhooks->test(call, bad, NULL));
    TELL("webhooks.remove", webhooks->remove(call, text("one"), NULL));
    TELL("webhooks.removed", webhooks->remove(call, text("one"), NULL));
}

static int32_t use(void *instance, const gantry_call_v1 *call, const gantry_request_v1 *request) {
    const fixture *self = instance;
    (void)request;
    use_cache(self, call);
    use_blobs(self, call);
    use_http(self, call);
    use_rest(self, call);
    use_webhooks(self, call);
    return answer(self, call, "done");
}
FIXTURE_MODULE(use)
