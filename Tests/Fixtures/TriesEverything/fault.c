/* Uses one function of every table that needs a right, through tables that it keeps from the moment of its creation,
   and tells what it got; then asks for the tables again. */
#define FIXTURE_CREATE ask
#include "../fixture.h"

static const char *const ids[] = {
    GANTRY_DATABASE_ID, GANTRY_EVENTS_ID, GANTRY_JOBS_ID,     GANTRY_BLOBS_ID,    GANTRY_CACHE_ID,
    GANTRY_SETTINGS_ID, GANTRY_IDENTITY_ID, GANTRY_DIRECTORY_ID, GANTRY_HTTP_CLIENT_ID, GANTRY_WEBHOOKS_ID,
};
enum { DATABASE, EVENTS, JOBS, BLOBS, CACHE, SETTINGS, IDENTITY, DIRECTORY, HTTP, WEBHOOKS, COUNT };
static const void *kept[COUNT];

static int32_t ask(void *module, const gantry_call_v1 *call, const gantry_host_v1 *host, gantry_str_v1 configuration,
                   void **out_instance, gantry_error_v1 *error) {
    int32_t status = create(module, call, host, configuration, out_instance, error);
    for (size_t index = 0; status == GANTRY_OK && index < COUNT; index++) {
        const void *found = query(host, ids[index], &status);
        if (found != NULL) kept[index] = found;
        status = GANTRY_OK;
    }
    return status;
}

typedef struct attempt {
    const fixture *self;
    const gantry_call_v1 *call;
} attempt;

static int32_t body(void *context, uint64_t transaction) {
    const attempt *try = context;
    const gantry_database_v1 *database = kept[DATABASE];
    const gantry_events_v1 *events = kept[EVENTS];
    const gantry_jobs_v1 *jobs = kept[JOBS];
    report(try->self, try->call, "execute",
           database->execute(try->call, transaction, text("ONE"), NULL, 0, NULL, NULL, NULL, NULL));
    report(try->self, try->call, "execute again",
           database->execute(try->call, transaction, text("TWO"), NULL, 0, NULL, NULL, NULL, NULL));
    report(try->self, try->call, "events",
           events->publish(try->call, transaction, text("entry.added"), text(""), text("{}"), NULL, NULL));
    report(try->self, try->call, "jobs",
           jobs->enqueue(try->call, transaction, text("digest"), text(""), text("{}"), 0, NULL));
    /* Whatever it was answered. */
    return GANTRY_OK;
}

static int32_t take_bytes(void *context, gantry_str_v1 bytes) {
    (void)context, (void)bytes;
    return GANTRY_OK;
}

static int32_t take_token(void *context, const gantry_token_v1 *token) {
    (void)context, (void)token;
    return GANTRY_OK;
}

static int32_t take_key(void *context, const gantry_key_v1 *key) {
    (void)context, (void)key;
    return GANTRY_OK;
}

static int32_t take_member(void *context, const gantry_member_v1 *member) {
    (void)context, (void)member;
    return GANTRY_OK;
}

static int32_t take_response(void *context, int32_t status, const gantry_outbound_response_v1 *response,
                             const gantry_error_v1 *error) {
    (void)context, (void)status, (void)response, (void)error;
    return GANTRY_OK;
}

static int32_t take_webhook(void *context, const gantry_webhook_v1 *webhook) {
    (void)context, (void)webhook;
    return GANTRY_OK;
}

static void use_services(const fixture *self, const gantry_call_v1 *call) {
    const gantry_blobs_v1 *blobs = kept[BLOBS];
    const gantry_cache_v1 *cache = kept[CACHE];
    const gantry_settings_v1 *settings = kept[SETTINGS];
    const gantry_identity_v1 *identity = kept[IDENTITY];
    const gantry_directory_v1 *directory = kept[DIRECTORY];
    const gantry_http_client_v1 *http = kept[HTTP];
    const gantry_webhooks_v1 *webhooks = kept[WEBHOOKS];
    gantry_token_order_v1 order = {TEXT("share"), TEXT("guest"), TEXT("viewer"), TEXT("{}"), 60};
    gantry_outbound_request_v1 request = {0};
    uint64_t writer = 0;
    request.method = text("GET");
    request.url = text("http://127.0.0.1:9/");
    /* What the manifest does not ask for was never there. */
    if (blobs != NULL) {
        report(self, call, "blobs", blobs->put(call, text("k"), text(""), text("hello"), NULL));
        report(self, call, "blobs create", blobs->create(call, text("k"), text(""), &writer, NULL));
        if (writer != 0) report(self, call, "blobs discard", blobs->discard(call, writer));
    }
    if (cache != NULL) report(self, call, "cache", cache->set(call, text("a"), text("b"), 0));
    report(self, call, "secrets", settings->secret(call, text("known"), take_bytes, NULL));
    report(self, call, "identity", identity->mint(call, &order, take_token, NULL, NULL));
    report(self, call, "directory", directory->keys(call, take_key, NULL, NULL));
    report(self, call, "directory members", directory->members(call, take_member, NULL, NULL));
    report(self, call, "http_client", http->perform(call, &request, take_response, NULL, NULL));
    report(self, call, "webhooks", webhooks->list(call, take_webhook, NULL, NULL));
}

static int32_t handle(void *instance, const gantry_call_v1 *call, const gantry_request_v1 *request) {
    const fixture *self = instance;
    const gantry_database_v1 *database = kept[DATABASE];
    attempt try = {instance, call};
    char name[64];
    int32_t status;
    (void)request;
    report(self, call, "database", database->transact(call, GANTRY_TRANSACTION_WRITE, body, &try, NULL));
    use_services(self, call);
    for (size_t index = 0; index < COUNT; index++) {
        const void *found = query(self->host, ids[index], &status);
        snprintf(name, sizeof name, "query %s", ids[index]);
        report(self, call, name, (found != NULL) == (status == GANTRY_OK) ? status : GANTRY_E_FAILED);
    }
    return answer(self, call, "done");
}

static int32_t describe_job(void *module, const gantry_description_v1 **out) {
    static const gantry_str_v1 operations[] = {TEXT("run")}, names[] = {TEXT("digest")};
    static const gantry_description_v1 description = {TEXT("fixture"), TEXT("1.0.0"), operations, 1, NULL, 0, names, 1};
    (void)module;
    *out = &description;
    return GANTRY_OK;
}

static int32_t run(void *instance, const gantry_call_v1 *call, const gantry_job_v1 *job, gantry_error_v1 *error) {
    (void)instance, (void)call, (void)job;
    return complain(error, "not tried");
}

static int32_t tables(void *module, gantry_str_v1 id, uint32_t revision, const void **out_table) {
    static const gantry_lifecycle_v1 lifecycle = {describe_job, ask, succeed, succeed, succeed, destroy};
    static const gantry_http_v1 http = {handle, check_nothing};
    static const gantry_runner_v1 runner = {run};
    (void)module, (void)revision;
    if (is(id, GANTRY_LIFECYCLE_ID)) return *out_table = &lifecycle, GANTRY_OK;
    if (is(id, GANTRY_HTTP_ID)) return *out_table = &http, GANTRY_OK;
    if (is(id, GANTRY_RUNNER_ID)) return *out_table = &runner, GANTRY_OK;
    return GANTRY_E_UNSUPPORTED;
}
FIXTURE_NOTE
FIXTURE_ENTRY
