/*
 * Voyage: a module of all that lasts longer than a request: sockets, streams, jobs, schedules, webhooks.
 *
 * Versions come of the macros: VOYAGE_VERSION names it, VOYAGE_FAILS lets each listing answer 500, VOYAGE_STATE gives
 * it a state to hand over.
 */
#define _DEFAULT_SOURCE
#include <gantry/gantry.h>
#include <gantry/state.h>

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

GANTRY_MODULE_NOTE(GANTRY_RUNTIME_NONE);

#define TEXT(literal) ((gantry_str_v1){(const uint8_t *)(literal), sizeof(literal) - 1})
#define NAME(literal) {(const uint8_t *)(literal), sizeof(literal) - 1}

static const gantry_str_v1 jobs[] = {NAME("sail"), NAME("watchman")};

typedef struct voyage {
    const gantry_database_v1 *database;
    const gantry_response_v1 *response;
    const gantry_events_v1 *events;
    const gantry_jobs_v1 *jobs;
    const gantry_webhooks_v1 *webhooks;
    const gantry_websocket_v1 *websocket;
    const gantry_stream_v1 *stream;
    const gantry_executor_v1 *executor;
    atomic_int is_quiescing;
} voyage;

static int equals(gantry_str_v1 a, gantry_str_v1 b) {
    return a.size == b.size && (a.size == 0 || memcmp(a.data, b.data, a.size) == 0);
}

static gantry_str_v1 text(const char *chars) { return (gantry_str_v1){(const uint8_t *)chars, strlen(chars)}; }

static gantry_value_v1 text_value(gantry_str_v1 text) {
    return (gantry_value_v1){.type = GANTRY_VALUE_TEXT, .bytes = text};
}

static gantry_value_v1 integer_value(int64_t integer) {
    return (gantry_value_v1){.type = GANTRY_VALUE_INTEGER, .integer = integer};
}

static long number(gantry_str_v1 text) {
    char digits[24] = {0};
    while (text.size > 0 && (*text.data < '0' || *text.data > '9')) text.data++, text.size--;
    memcpy(digits, text.data, text.size < sizeof digits ? text.size : sizeof digits - 1);
    return strtol(digits, NULL, 10);
}

/* ---- Requests. ---- */

typedef struct work {
    voyage *self;
    const gantry_call_v1 *call;
    const gantry_job_v1 *job;
    gantry_str_v1 argument;
    int64_t numbers[5];
} work;

static int32_t take_numbers(void *context, const gantry_value_v1 *columns, uint64_t count) {
    work *w = context;
    for (uint64_t i = 0; i < count && i < 5; i++) w->numbers[i] = columns[i].integer;
    return GANTRY_OK;
}

static int32_t total(void *context, uint64_t transaction) {
    work *w = context;
    return w->self->database->execute(
        w->call, transaction,
        TEXT("SELECT (SELECT count(*) FROM sails), (SELECT count(DISTINCT job) FROM runs WHERE name = 'sail'),"
             " (SELECT count(*) FROM runs WHERE name = 'sail'),"
             " (SELECT coalesce(sum(is_over), 0) FROM runs WHERE name = 'sail'),"
             " (SELECT count(*) FROM runs WHERE name = 'watchman')"),
        NULL, 0, take_numbers, w, NULL, NULL);
}

static int32_t list(voyage *self, const gantry_call_v1 *call) {
    work w = {.self = self, .call = call};
    char body[200];
#ifdef VOYAGE_FAILS
    return GANTRY_E_FAILED;
#endif
    int32_t status = self->database->transact(call, GANTRY_TRANSACTION_READ, total, &w, NULL);
    if (status != GANTRY_OK) return status;
    snprintf(body, sizeof body,
             "{\"version\":\"%s\",\"sails\":%lld,\"jobs\":%lld,\"runs\":%lld,\"over\":%lld,\"watches\":%lld}",
             VOYAGE_VERSION, (long long)w.numbers[0], (long long)w.numbers[1], (long long)w.numbers[2],
             (long long)w.numbers[3], (long long)w.numbers[4]);
    return self->response->send(call, 200, TEXT("application/json"), NULL, 0, text(body));
}

static int32_t depart(void *context, uint64_t transaction) {
    work *w = context;
    char payload[64];
    gantry_value_v1 name = text_value(w->argument);
    snprintf(payload, sizeof payload, "{\"milliseconds\":%ld}", number(w->argument));
    int32_t status = w->self->database->execute(w->call, transaction, TEXT("INSERT INTO sails (name) VALUES ($1)"),
                                                &name, 1, NULL, NULL, NULL, NULL);
    if (status == GANTRY_OK)
        status = w->self->events->publish(w->call, transaction, TEXT("voyage.sailed"), TEXT(""),
                                          TEXT("{\"name\":\"x\"}"), NULL, NULL);
    if (status != GANTRY_OK) return status;
    return w->self->jobs->enqueue(w->call, transaction, TEXT("sail"), TEXT(""), text(payload), 0, NULL);
}

static int32_t sail(voyage *self, const gantry_call_v1 *call, gantry_str_v1 milliseconds) {
    work w = {.self = self, .call = call, .argument = milliseconds};
    int32_t status = self->database->transact(call, GANTRY_TRANSACTION_WRITE, depart, &w, NULL);
    return status == GANTRY_OK ? self->response->send(call, 201, TEXT("text/plain"), NULL, 0, TEXT("sailed")) : status;
}

static int32_t ignore(void *context, const gantry_webhook_v1 *webhook) {
    (void)context, (void)webhook;
    return GANTRY_OK;
}

static int32_t hook(voyage *self, const gantry_call_v1 *call, gantry_str_v1 port) {
    char url[80];
    gantry_str_v1 events[] = {NAME("voyage.sailed")};
    snprintf(url, sizeof url, "https://127.0.0.1:%ld/hook", number(port));
    gantry_webhook_change_v1 change = {.members = GANTRY_WEBHOOK_URL | GANTRY_WEBHOOK_EVENTS, .url = text(url),
                                       .events = events, .event_count = 1};
    int32_t status = self->webhooks->create(call, &change, ignore, NULL, NULL);
    return status == GANTRY_OK ? self->response->send(call, 201, TEXT("text/plain"), NULL, 0, TEXT("hooked")) : status;
}

/* ---- What stays open. ---- */

typedef struct end {
    voyage *self;
    gantry_call_v1 call;
    uint64_t socket;
} end;

static end *begin(voyage *self, const gantry_call_v1 *call) {
    end *made = calloc(1, sizeof *made);
    if (made != NULL) *made = (end){.self = self, .call = *call};
    return made;
}

static int32_t hear(void *context, uint32_t event, uint32_t code, gantry_str_v1 data) {
    end *e = context;
    char line[128];
    (void)code;
    if (event == GANTRY_SOCKET_CLOSED) free(e);
    if (event != GANTRY_SOCKET_TEXT) return GANTRY_OK;
    snprintf(line, sizeof line, "%s %.*s", VOYAGE_VERSION, (int)(data.size < 64 ? data.size : 64),
             (const char *)data.data);
    return e->self->websocket->send(&e->call, e->socket, GANTRY_SOCKET_TEXT, text(line));
}

static int32_t talk(voyage *self, const gantry_call_v1 *call) {
    end *e = begin(self, call);
    if (e == NULL) return GANTRY_E_FAILED;
    int32_t status = self->websocket->accept(call, TEXT(""), hear, e, &e->socket);
    if (status != GANTRY_OK) {
        free(e);
        return status;
    }
    self->websocket->resume(call, e->socket);
    return GANTRY_PENDING;
}

static int32_t tell(void *context) {
    end *e = context;
    uint64_t accepted, timer;
    int isOver = atomic_load(&e->self->is_quiescing);
    gantry_str_v1 line = isOver ? TEXT("data: the end\n\n") : TEXT("data: " VOYAGE_VERSION "\n\n");
    int32_t status = e->self->stream->write(&e->call, line, &accepted);
    if (status == GANTRY_E_BUSY) status = GANTRY_OK;
    if (status == GANTRY_OK && isOver) e->self->stream->finish(&e->call);
    else if (status == GANTRY_OK)
        status = e->self->executor->submit_after(&e->call, 20000000, tell, e, &timer);
    if (isOver || status != GANTRY_OK) free(e);
    return GANTRY_OK;
}

static int32_t watch(voyage *self, const gantry_call_v1 *call) {
    end *e = begin(self, call);
    if (e == NULL) return GANTRY_E_FAILED;
    self->stream->start(call, 200, TEXT("text/event-stream"), NULL, 0);
    tell(e);
    return GANTRY_PENDING;
}

static int32_t handle(void *instance, const gantry_call_v1 *call, const gantry_request_v1 *request) {
    switch (request->operation) {
    case 0: return list(instance, call);
    case 1: return talk(instance, call);
    case 2: return watch(instance, call);
    case 3: return sail(instance, call, request->path_parameters[0]);
    default: return hook(instance, call, request->path_parameters[0]);
    }
}

static int32_t check(void *instance, const gantry_call_v1 *call, const gantry_request_v1 *request,
                     const gantry_finding_v1 *known, uint64_t known_count, gantry_finding_fn_v1 report, void *context,
                     gantry_error_v1 *error) {
    (void)instance, (void)call, (void)request, (void)known, (void)known_count, (void)report, (void)context;
    (void)error;
    return GANTRY_OK;
}

/* ---- Jobs: a row when a run begins, and a note in it when it is over. ---- */

static int32_t note_begin(void *context, uint64_t transaction) {
    work *w = context;
    gantry_value_v1 values[] = {text_value(w->job->id), integer_value(w->job->attempt), text_value(jobs[w->job->job]),
                                text_value(TEXT(VOYAGE_VERSION))};
    return w->self->database->execute(
        w->call, transaction, TEXT("INSERT INTO runs (job, attempt, name, version) VALUES ($1, $2, $3, $4)"), values, 4,
        NULL, NULL, NULL, NULL);
}

static int32_t note_end(void *context, uint64_t transaction) {
    work *w = context;
    gantry_value_v1 values[] = {text_value(w->job->id), integer_value(w->job->attempt)};
    return w->self->database->execute(
        w->call, transaction, TEXT("UPDATE runs SET is_over = 1 WHERE job = $1 AND attempt = $2"), values, 2, NULL,
        NULL, NULL, NULL);
}

static int32_t run(void *instance, const gantry_call_v1 *call, const gantry_job_v1 *job, gantry_error_v1 *error) {
    work w = {.self = instance, .call = call, .job = job};
    (void)error;
    int32_t status = w.self->database->transact(call, GANTRY_TRANSACTION_WRITE, note_begin, &w, NULL);
    if (status != GANTRY_OK) return status;
    usleep((useconds_t)number(job->payload.bytes) * 1000);
    return w.self->database->transact(call, GANTRY_TRANSACTION_WRITE, note_end, &w, NULL);
}

/* ---- Life. ---- */

#ifdef VOYAGE_STATE
static int32_t export_state(void *instance, const gantry_call_v1 *call, gantry_state_fn_v1 take, void *context,
                            gantry_error_v1 *error) {
    (void)instance, (void)call, (void)error;
    return take(context, 1, TEXT("anchored"));
}

static int32_t import_state(void *instance, const gantry_call_v1 *call, uint32_t version, gantry_str_v1 state,
                            gantry_error_v1 *error) {
    (void)instance, (void)call, (void)error;
    return version == 1 && equals(state, TEXT("anchored")) ? GANTRY_OK : GANTRY_E_UNSUPPORTED;
}

static const gantry_state_v1 state = {export_state, import_state};
#endif

static const gantry_str_v1 operations[] = {NAME("list"), NAME("talk"), NAME("watch"), NAME("sail"), NAME("hook")};
static const gantry_description_v1 description = {
    .id = NAME("voyage"),
    .version = NAME(VOYAGE_VERSION),
    .operations = operations,
    .operation_count = 5,
    .jobs = jobs,
    .job_count = 2,
};

static int32_t describe(void *module, const gantry_description_v1 **out_description) {
    (void)module;
    *out_description = &description;
    return GANTRY_OK;
}

static int32_t create(void *module, const gantry_call_v1 *call, const gantry_host_v1 *host, gantry_str_v1 configuration,
                      void **out_instance, gantry_error_v1 *error) {
    (void)module, (void)call, (void)configuration, (void)error;
    voyage *self = calloc(1, sizeof *self);
    if (self == NULL) return GANTRY_E_FAILED;
    struct {
        gantry_str_v1 id;
        const void **table;
    } wanted[] = {
        {TEXT(GANTRY_DATABASE_ID), (const void **)&self->database},
        {TEXT(GANTRY_RESPONSE_ID), (const void **)&self->response},
        {TEXT(GANTRY_EVENTS_ID), (const void **)&self->events},
        {TEXT(GANTRY_JOBS_ID), (const void **)&self->jobs},
        {TEXT(GANTRY_WEBHOOKS_ID), (const void **)&self->webhooks},
        {TEXT(GANTRY_WEBSOCKET_ID), (const void **)&self->websocket},
        {TEXT(GANTRY_STREAM_ID), (const void **)&self->stream},
        {TEXT(GANTRY_EXECUTOR_ID), (const void **)&self->executor},
    };
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++) {
        int32_t status = host->query(host->scope, wanted[i].id, 1, wanted[i].table);
        if (status == GANTRY_OK) continue;
        free(self);
        return status;
    }
    *out_instance = self;
    return GANTRY_OK;
}

static int32_t start(void *instance, const gantry_call_v1 *call, gantry_error_v1 *error) {
    (void)instance, (void)call, (void)error;
    return GANTRY_OK;
}

static int32_t quiesce(void *instance, const gantry_call_v1 *call, gantry_error_v1 *error) {
    (void)call, (void)error;
    atomic_store(&((voyage *)instance)->is_quiescing, 1);
    return GANTRY_OK;
}

static int32_t destroy(void *instance) {
    free(instance);
    return GANTRY_OK;
}

static const gantry_lifecycle_v1 lifecycle = {describe, create, start, quiesce, start, destroy};
static const gantry_http_v1 http = {handle, check};
static const gantry_runner_v1 runner = {run};

static int32_t query(void *module, gantry_str_v1 id, uint32_t revision, const void **out_table) {
    (void)module;
    *out_table = NULL;
    if (revision != 1) return GANTRY_E_UNSUPPORTED;
    if (equals(id, TEXT(GANTRY_LIFECYCLE_ID))) *out_table = &lifecycle;
    else if (equals(id, TEXT(GANTRY_HTTP_ID))) *out_table = &http;
    else if (equals(id, TEXT(GANTRY_RUNNER_ID))) *out_table = &runner;
#ifdef VOYAGE_STATE
    else if (equals(id, TEXT(GANTRY_STATE_ID))) *out_table = &state;
#endif
    return *out_table == NULL ? GANTRY_E_UNSUPPORTED : GANTRY_OK;
}

int32_t gantry_entry_v1(const gantry_host_v1 *host, gantry_module_v1 *out_module) {
    (void)host;
    *out_module = (gantry_module_v1){.module = NULL, .query = query};
    return GANTRY_OK;
}
