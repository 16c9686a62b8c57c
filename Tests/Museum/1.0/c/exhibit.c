/* An exhibit of the museum in C: notes in the database, an event and a job for each, and the host's clock. */
#include <gantry/gantry.h>
#include <stdlib.h>
#include <string.h>

#define TEXT(literal) {(const uint8_t *)(literal), sizeof(literal) - 1}

typedef struct exhibit {
    const gantry_response_v1 *response;
    const gantry_database_v1 *database;
    const gantry_events_v1 *events;
    const gantry_jobs_v1 *jobs;
    const gantry_clock_v1 *clock;
    const gantry_log_v1 *log;
} exhibit;

/* What a transaction's body is given. */
struct work {
    const exhibit *self;
    const gantry_call_v1 *call;
    gantry_value_v1 values[2];
    gantry_str_v1 kind;
    char *found;
    uint64_t found_size;
};

static gantry_str_v1 text(const char *chars) {
    gantry_str_v1 result = {(const uint8_t *)chars, strlen(chars)};
    return result;
}

static gantry_value_v1 value(gantry_str_v1 bytes) {
    gantry_value_v1 result = {GANTRY_VALUE_TEXT, 0, 0, 0, {NULL, 0}};
    result.bytes = bytes;
    return result;
}

static int32_t put_body(void *context, uint64_t transaction) {
    struct work *work = context;
    const exhibit *self = work->self;
    int32_t status = self->database->execute(
        work->call, transaction,
        text("INSERT INTO notes (name, content) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET content = $2"),
        work->values, 2, NULL, NULL, NULL, NULL);
    if (status == GANTRY_OK)
        status = self->events->publish(work->call, transaction, text("c.note.put"), text(""), text("{}"), NULL, NULL);
    if (status == GANTRY_OK)
        status = self->jobs->enqueue(work->call, transaction, text("count"), text(""), text("{}"), 0, NULL);
    return status;
}

static int32_t take_row(void *context, const gantry_value_v1 *columns, uint64_t count) {
    struct work *work = context;
    if (count != 1 || columns[0].type != GANTRY_VALUE_TEXT) return GANTRY_E_FAILED;
    free(work->found);
    work->found_size = columns[0].bytes.size;
    work->found = malloc(work->found_size + 1);
    if (work->found == NULL) return GANTRY_E_BUSY;
    memcpy(work->found, columns[0].bytes.data, work->found_size);
    return GANTRY_OK;
}

static int32_t get_body(void *context, uint64_t transaction) {
    struct work *work = context;
    return work->self->database->execute(work->call, transaction, text("SELECT content FROM notes WHERE name = $1"),
                                         work->values, 1, take_row, work, NULL, NULL);
}

static int32_t count_body(void *context, uint64_t transaction) {
    struct work *work = context;
    work->values[0] = value(work->kind);
    return work->self->database->execute(
        work->call, transaction,
        text("INSERT INTO notes (name, content) VALUES ($1, 'heard') ON CONFLICT (name) DO UPDATE SET content = "
             "'heard'"),
        work->values, 1, NULL, NULL, NULL, NULL);
}

static int32_t get_note(const exhibit *self, const gantry_call_v1 *call, struct work *work) {
    int32_t status = self->database->transact(call, GANTRY_TRANSACTION_READ, get_body, work, NULL);
    if (status == GANTRY_OK && work->found == NULL)
        status = self->response->fail(call, 404, text("not_found"), text("There is no such note."), text(""));
    else if (status == GANTRY_OK)
        status = self->response->send(call, 200, text("text/plain"), NULL, 0,
                                      (gantry_str_v1){(const uint8_t *)work->found, work->found_size});
    free(work->found);
    return status;
}

static int32_t handle(void *instance, const gantry_call_v1 *call, const gantry_request_v1 *request) {
    const exhibit *self = instance;
    struct work work = {self, call, {{0}}, {NULL, 0}, NULL, 0};
    int64_t now = 0;
    if (request->operation == 2) {
        int32_t status = self->clock->now(call, &now);
        if (status != GANTRY_OK || now < INT64_C(1700000000000)) return GANTRY_E_FAILED;
        (void)self->log->write(call, GANTRY_LOG_INFO, text("the time was asked for"), NULL, 0);
        return self->response->send(call, 204, text(""), NULL, 0, text(""));
    }
    if (request->path_parameter_count != 1) return GANTRY_E_INVALID;
    work.values[0] = value(request->path_parameters[0]);
    work.values[1] = value(request->body);
    if (request->operation == 1) return get_note(self, call, &work);
    int32_t status = self->database->transact(call, GANTRY_TRANSACTION_WRITE, put_body, &work, NULL);
    return status == GANTRY_OK ? self->response->send(call, 204, text(""), NULL, 0, text("")) : status;
}

static int32_t check(void *instance, const gantry_call_v1 *call, const gantry_request_v1 *request,
                     const gantry_finding_v1 *known, uint64_t known_count, gantry_finding_fn_v1 report, void *context,
                     gantry_error_v1 *error) {
    (void)instance, (void)call, (void)request, (void)known, (void)known_count, (void)report, (void)context;
    (void)error;
    return GANTRY_OK;
}

static int32_t deliver(void *instance, const gantry_call_v1 *call, const gantry_event_v1 *event,
                       gantry_error_v1 *error) {
    struct work work = {instance, call, {{0}}, TEXT("event"), NULL, 0};
    (void)event;
    return work.self->database->transact(call, GANTRY_TRANSACTION_WRITE, count_body, &work, error);
}

static int32_t run(void *instance, const gantry_call_v1 *call, const gantry_job_v1 *job, gantry_error_v1 *error) {
    struct work work = {instance, call, {{0}}, TEXT("job"), NULL, 0};
    (void)job;
    return work.self->database->transact(call, GANTRY_TRANSACTION_WRITE, count_body, &work, error);
}

static const void *find(const gantry_host_v1 *host, const char *id, int32_t *status) {
    const void *table = NULL;
    if (*status == GANTRY_OK) *status = host->query(host->scope, text(id), 1, &table);
    return table;
}

static int32_t create(void *module, const gantry_call_v1 *call, const gantry_host_v1 *host,
                      gantry_str_v1 configuration, void **out_instance, gantry_error_v1 *error) {
    int32_t status = GANTRY_OK;
    exhibit *self = calloc(1, sizeof *self);
    (void)module, (void)call, (void)configuration, (void)error;
    if (self == NULL) return GANTRY_E_BUSY;
    self->response = find(host, GANTRY_RESPONSE_ID, &status);
    self->database = find(host, GANTRY_DATABASE_ID, &status);
    self->events = find(host, GANTRY_EVENTS_ID, &status);
    self->jobs = find(host, GANTRY_JOBS_ID, &status);
    self->clock = find(host, GANTRY_CLOCK_ID, &status);
    self->log = find(host, GANTRY_LOG_ID, &status);
    if (status == GANTRY_OK) *out_instance = self;
    else free(self);
    return status;
}

static int32_t step(void *instance, const gantry_call_v1 *call, gantry_error_v1 *error) {
    (void)instance, (void)call, (void)error;
    return GANTRY_OK;
}

static int32_t destroy(void *instance) {
    free(instance);
    return GANTRY_OK;
}

static int32_t describe(void *module, const gantry_description_v1 **out) {
    static const gantry_str_v1 operations[] = {TEXT("putNote"), TEXT("getNote"), TEXT("getTime")};
    static const gantry_str_v1 handlers[] = {TEXT("onPut")}, jobs[] = {TEXT("count")};
    static const gantry_description_v1 description = {TEXT("exhibit-c"), TEXT("1.0.0"), operations, 3,
                                                      handlers,          1,             jobs,       1};
    (void)module;
    *out = &description;
    return GANTRY_OK;
}

static int32_t query(void *module, gantry_str_v1 id, uint32_t revision, const void **out_table) {
    static const gantry_lifecycle_v1 lifecycle = {describe, create, step, step, step, destroy};
    static const gantry_http_v1 http = {handle, check};
    static const gantry_subscriber_v1 subscriber = {deliver};
    static const gantry_runner_v1 runner = {run};
    static const struct {
        gantry_str_v1 id;
        const void *table;
    } tables[] = {{TEXT(GANTRY_LIFECYCLE_ID), &lifecycle},
                  {TEXT(GANTRY_HTTP_ID), &http},
                  {TEXT(GANTRY_SUBSCRIBER_ID), &subscriber},
                  {TEXT(GANTRY_RUNNER_ID), &runner}};
    (void)module;
    for (size_t index = 0; index < sizeof tables / sizeof tables[0]; index++)
        if (revision == 1 && id.size == tables[index].id.size && memcmp(id.data, tables[index].id.data, id.size) == 0)
            return *out_table = tables[index].table, GANTRY_OK;
    return GANTRY_E_UNSUPPORTED;
}

GANTRY_MODULE_NOTE(GANTRY_RUNTIME_NONE);

int32_t gantry_entry_v1(const gantry_host_v1 *host, gantry_module_v1 *out_module) {
    (void)host;
    *out_module = (gantry_module_v1){NULL, query};
    return GANTRY_OK;
}
