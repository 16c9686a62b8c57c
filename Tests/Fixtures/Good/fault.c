/* Nothing is wrong: answers, refuses, checks, logs, reads the clock, and uses its database with all that it carries. */
#include "../fixture.h"

static const gantry_clock_v1 *clocks;
static const gantry_events_v1 *events;
static const gantry_jobs_v1 *jobs;
static const gantry_call_table_v1 *calls;

static int32_t create_all(void *module, const gantry_call_v1 *call, const gantry_host_v1 *host,
                          gantry_str_v1 configuration, void **out_instance, gantry_error_v1 *error) {
    int32_t status = create(module, call, host, configuration, out_instance, error);
    fixture *self = *out_instance;
    if (status != GANTRY_OK) return status;
    clocks = query(host, GANTRY_CLOCK_ID, &status);
    calls = query(host, GANTRY_CALL_ID, &status);
    events = query(host, GANTRY_EVENTS_ID, &status);
    report(self, call, "events", status);
    jobs = query(host, GANTRY_JOBS_ID, &status);
    report(self, call, "jobs", status);
    return self->log->write(call, GANTRY_LOG_DEBUG, configuration, NULL, 0);
}

static int32_t echo(const fixture *self, const gantry_call_v1 *call, const gantry_request_v1 *request) {
    gantry_field_v1 headers[2] = {{TEXT("x-kind"), TEXT("")}, {TEXT("x-path"), TEXT("")}};
    headers[0].value = request->principal->role;
    headers[1].value = request->path;
    return self->response->send(call, 201, text("application/json"), headers, 2, request->body);
}

static int32_t log_clock(const fixture *self, const gantry_call_v1 *call) {
    gantry_field_v1 field = {TEXT("unit"), TEXT("ms")};
    int64_t now = 0, before = 0, after = 0;
    uint8_t bytes[64] = {0}, cancelled = 9, sum = 0;
    if (clocks->now(call, &now) != GANTRY_OK || clocks->monotonic(call, &before) != GANTRY_OK) return GANTRY_E_FAILED;
    if (clocks->monotonic(call, &after) != GANTRY_OK || after < before) return GANTRY_E_FAILED;
    if (clocks->random(call, bytes, sizeof bytes) != GANTRY_OK) return GANTRY_E_FAILED;
    for (size_t index = 0; index < sizeof bytes; index++) sum |= bytes[index];
    if (sum == 0 || calls->is_cancelled(call, &cancelled) != GANTRY_OK || cancelled != 0) return GANTRY_E_FAILED;
    if (now < INT64_C(1700000000000)) return GANTRY_E_FAILED;
    if (self->log->write(call, GANTRY_LOG_WARNING, text("clock"), &field, 1) != GANTRY_OK) return GANTRY_E_FAILED;
    return answer(self, call, "time");
}

struct work {
    const gantry_call_v1 *call;
    const fixture *self;
    int64_t rows;
    uint8_t id[36];
};

static int32_t count_row(void *context, const gantry_value_v1 *columns, uint64_t count) {
    struct work *work = context;
    if (count != 2 || columns[0].type != GANTRY_VALUE_INTEGER || columns[1].type != GANTRY_VALUE_TEXT)
        return GANTRY_E_FAILED;
    work->rows += columns[0].integer;
    return GANTRY_OK;
}

static int32_t body(void *context, uint64_t transaction) {
    struct work *work = context;
    gantry_value_v1 parameters[2] = {{GANTRY_VALUE_INTEGER, 0, 41, 0, {NULL, 0}},
                                     {GANTRY_VALUE_TEXT, 0, 0, 0, TEXT("name")}};
    uint64_t changes = 0;
    work->rows = 0;
    int32_t status = work->self->database->execute(work->call, transaction, text("INSERT $1, $2"), parameters, 2,
                                                   count_row, work, &changes, NULL);
    if (status != GANTRY_OK || changes != 3) return GANTRY_E_FAILED;
    status = events->publish(work->call, transaction, text("entry.added"), text("key"), text("{}"), work->id, NULL);
    if (status != GANTRY_OK) return status;
    return jobs->enqueue(work->call, transaction, text("digest"), text(""), text("{}"), 0, NULL);
}

static int32_t store(const fixture *self, const gantry_call_v1 *call) {
    struct work work = {call, self, 0, {0}};
    uint8_t room[64];
    gantry_error_v1 error = {0, sizeof room, 0, 0, room};
    int32_t status = self->database->transact(call, GANTRY_TRANSACTION_WRITE, body, &work, &error);
    if (status != GANTRY_OK || work.rows != 41) {
        report(self, call, "transact", status);
        return status;
    }
    gantry_str_v1 id = {work.id, sizeof work.id};
    return self->response->send(call, 200, text("text/plain"), NULL, 0, id);
}

static int32_t handle(void *instance, const gantry_call_v1 *call, const gantry_request_v1 *request) {
    static const gantry_finding_v1 finding = {GANTRY_LOCATION_BODY, 0, TEXT("a.b"), TEXT("wrong"), TEXT("It is.")};
    const fixture *self = instance;
    switch (request->operation) {
    case 0: return echo(self, call, request);
    case 1: return log_clock(self, call);
    case 2: return store(self, call);
    case 3: return self->response->fail(call, 409, text("taken"), text("It is taken."), text("{\"by\":1}"));
    case 4: return self->response->refuse(call, &finding, 1);
    default: return GANTRY_E_UNSUPPORTED;
    }
}

static int32_t check(void *instance, const gantry_call_v1 *call, const gantry_request_v1 *request,
                     const gantry_finding_v1 *known, uint64_t known_count, gantry_finding_fn_v1 finding,
                     void *context, gantry_error_v1 *error) {
    gantry_finding_v1 found = {GANTRY_LOCATION_BODY, 0, TEXT("late"), TEXT("seen"), TEXT("")};
    (void)instance, (void)call, (void)request, (void)error;
    if (known_count > 0) found.message = known[0].path;
    return finding(context, &found);
}

static int32_t describe_all(void *module, const gantry_description_v1 **out) {
    static const gantry_str_v1 operations[] = {TEXT("echo"), TEXT("time"), TEXT("store"), TEXT("fail"), TEXT("refuse")};
    static const gantry_str_v1 names[] = {TEXT("forget")}, job_names[] = {TEXT("digest")};
    static const gantry_description_v1 description = {TEXT("good"), TEXT("1.0.0"), operations, 5, names, 1,
                                                      job_names,    1};
    (void)module;
    *out = &description;
    return GANTRY_OK;
}

static int32_t deliver(void *instance, const gantry_call_v1 *call, const gantry_event_v1 *event,
                       gantry_error_v1 *error) {
    const fixture *self = instance;
    if (event->attempt > 1) return complain(error, "not again");
    return self->log->write(call, GANTRY_LOG_INFO, event->type, NULL, 0);
}

static int32_t run(void *instance, const gantry_call_v1 *call, const gantry_job_v1 *job, gantry_error_v1 *error) {
    const fixture *self = instance;
    if (job->payload.node_count == 0 || job->payload.nodes[0].kind != GANTRY_NODE_OBJECT)
        return complain(error, "no object");
    return self->log->write(call, GANTRY_LOG_INFO, job->id, NULL, 0);
}

static int32_t tables(void *module, gantry_str_v1 id, uint32_t revision, const void **out_table) {
    static const gantry_lifecycle_v1 lifecycle = {describe_all, create_all, succeed, succeed, succeed, destroy};
    static const gantry_http_v1 http = {handle, check};
    static const gantry_subscriber_v1 subscriber = {deliver};
    static const gantry_runner_v1 runner = {run};
    (void)module;
    if (revision != 1) return GANTRY_E_UNSUPPORTED;
    if (is(id, GANTRY_LIFECYCLE_ID)) return *out_table = &lifecycle, GANTRY_OK;
    if (is(id, GANTRY_HTTP_ID)) return *out_table = &http, GANTRY_OK;
    if (is(id, GANTRY_SUBSCRIBER_ID)) return *out_table = &subscriber, GANTRY_OK;
    if (is(id, GANTRY_RUNNER_ID)) return *out_table = &runner, GANTRY_OK;
    return GANTRY_E_UNSUPPORTED;
}

FIXTURE_NOTE
FIXTURE_ENTRY
