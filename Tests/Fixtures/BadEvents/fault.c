/* Publishes and queues what its manifest does not name, and more than fits. */
#include "../fixture.h"
static const gantry_events_v1 *events;
static const gantry_jobs_v1 *jobs;
static int32_t body(void *context, uint64_t transaction) {
    const void **pair = context;
    const fixture *self = pair[0];
    const gantry_call_v1 *call = pair[1];
    gantry_str_v1 large = {(const uint8_t *)"x", (256 << 10) + 1}, nowhere = {NULL, 5}, broken = TEXT("\xff");
    gantry_str_v1 type = text("entry.added"), key = text(""), data = text("{}"), name = text("digest");
    report(self, call, "undeclared", events->publish(call, transaction, text("other"), key, data, NULL, NULL));
    report(self, call, "large", events->publish(call, transaction, type, key, large, NULL, NULL));
    report(self, call, "nowhere", events->publish(call, transaction, type, key, nowhere, NULL, NULL));
    report(self, call, "broken", events->publish(call, transaction, type, broken, data, NULL, NULL));
    report(self, call, "good", events->publish(call, transaction, type, key, data, NULL, NULL));
    report(self, call, "job-undeclared", jobs->enqueue(call, transaction, text("other"), key, data, 0, NULL));
    report(self, call, "job-large", jobs->enqueue(call, transaction, name, key, large, 0, NULL));
    report(self, call, "job-nowhere", jobs->enqueue(call, transaction, name, key, nowhere, 0, NULL));
    report(self, call, "job-broken", jobs->enqueue(call, transaction, broken, key, data, 0, NULL));
    report(self, call, "job-good", jobs->enqueue(call, transaction, name, key, data, 0, NULL));
    return GANTRY_OK;
}
static int32_t handle(void *instance, const gantry_call_v1 *call, const gantry_request_v1 *request) {
    const fixture *self = instance;
    const void *pair[2] = {instance, call};
    gantry_str_v1 name = text("digest"), empty = text(""), data = text("{}");
    int32_t status;
    (void)request;
    events = query(self->host, GANTRY_EVENTS_ID, &status);
    jobs = query(self->host, GANTRY_JOBS_ID, &status);
    report(self, call, "outside", events->publish(call, 0, text("entry.added"), empty, data, NULL, NULL));
    report(self, call, "job-outside", jobs->enqueue(call, 0, name, empty, data, 0, NULL));
    report(self, call, "transact", self->database->transact(call, GANTRY_TRANSACTION_WRITE, body, pair, NULL));
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
    static const gantry_lifecycle_v1 lifecycle = {describe_job, create, succeed, succeed, succeed, destroy};
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
