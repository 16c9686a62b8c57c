/*
 * Counter: a module that is upgraded. It keeps a row for each request and publishes an event with it, notes each event
 * that it gets, and counts its requests in memory, which one generation hands over to the next.
 *
 * Versions come of the macros: COUNTER_VERSION names it, COUNTER_FAILS lets every nth listing answer 500,
 * COUNTER_DELAY_MICROSECONDS makes listings slow, COUNTER_BREAKS lets `start` fail, COUNTER_STATE is the version of the
 * state that it hands over; without it there is no such table.
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

static int equals(gantry_str_v1 a, gantry_str_v1 b) {
    return a.size == b.size && (a.size == 0 || memcmp(a.data, b.data, a.size) == 0);
}

typedef struct counter {
    const gantry_database_v1 *database;
    const gantry_response_v1 *response;
    const gantry_events_v1 *events;
    atomic_long memory;
    atomic_long listings;
} counter;

typedef struct work {
    counter *instance;
    const gantry_call_v1 *call;
    gantry_str_v1 key, id;
    gantry_error_v1 *error;
    int64_t numbers[2];
} work;

static gantry_value_v1 text_value(gantry_str_v1 text) {
    return (gantry_value_v1){.type = GANTRY_VALUE_TEXT, .bytes = text};
}

static int32_t take_numbers(void *context, const gantry_value_v1 *columns, uint64_t count) {
    work *w = context;
    for (uint64_t i = 0; i < count && i < 2; i++) w->numbers[i] = columns[i].integer;
    return GANTRY_OK;
}

/* ---- One request, one row, one event. ---- */

static int32_t insert(void *context, uint64_t transaction) {
    work *w = context;
    const gantry_database_v1 *db = w->instance->database;
    gantry_value_v1 key = text_value(w->key);
    int32_t status = db->execute(w->call, transaction, TEXT("INSERT INTO counts (name) VALUES ($1)"), &key, 1, NULL,
                                 NULL, NULL, w->error);
    if (status != GANTRY_OK) return status;
    return w->instance->events->publish(w->call, transaction, TEXT("counter.counted"), w->key, TEXT("{}"), NULL,
                                        w->error);
}

static int32_t note(void *context, uint64_t transaction) {
    work *w = context;
    gantry_value_v1 values[2] = {text_value(w->id), text_value(w->key)};
    return w->instance->database->execute(
        w->call, transaction, TEXT("INSERT INTO seen (event, name) VALUES ($1, $2) ON CONFLICT (event) DO NOTHING"),
        values, 2, NULL, NULL, NULL, w->error);
}

static int32_t total(void *context, uint64_t transaction) {
    work *w = context;
    return w->instance->database->execute(
        w->call, transaction,
        TEXT("SELECT (SELECT count(*) FROM counts), (SELECT count(*) FROM seen)"),
        NULL, 0, take_numbers, w, NULL, w->error);
}

static int32_t erase(void *context, uint64_t transaction) {
    work *w = context;
    gantry_value_v1 key = text_value(w->key);
    return w->instance->database->execute(w->call, transaction, TEXT("DELETE FROM counts WHERE name = $1"), &key, 1,
                                          NULL, NULL, NULL, w->error);
}

static int32_t deliver(void *instance, const gantry_call_v1 *call, const gantry_event_v1 *event,
                       gantry_error_v1 *error) {
    work w = {.instance = instance, .call = call, .key = event->key, .id = event->id, .error = error};
    return w.instance->database->transact(call, GANTRY_TRANSACTION_WRITE, note, &w, error);
}

static int32_t answer(work *w, uint32_t status) {
    char body[200];
    int size = snprintf(body, sizeof body, "{\"version\":\"%s\",\"rows\":%lld,\"events\":%lld,\"memory\":%ld}",
                        COUNTER_VERSION, (long long)w->numbers[0], (long long)w->numbers[1],
                        atomic_load(&w->instance->memory));
    return w->instance->response->send(w->call, status, TEXT("application/json"), NULL, 0,
                                       (gantry_str_v1){(const uint8_t *)body, (uint64_t)size});
}

static int32_t list(work *w) {
#ifdef COUNTER_DELAY_MICROSECONDS
    usleep(COUNTER_DELAY_MICROSECONDS);
#endif
#ifdef COUNTER_FAILS
    if (atomic_fetch_add(&w->instance->listings, 1) % COUNTER_FAILS == 0) return GANTRY_E_FAILED;
#endif
    int32_t status = w->instance->database->transact(w->call, GANTRY_TRANSACTION_READ, total, w, NULL);
    return status == GANTRY_OK ? answer(w, 200) : status;
}

static int32_t handle(void *instance, const gantry_call_v1 *call, const gantry_request_v1 *request) {
    work w = {.instance = instance, .call = call};
    if (request->operation == 0) return list(&w);
    w.key = request->path_parameters[0];
    int32_t status = w.instance->database->transact(call, GANTRY_TRANSACTION_WRITE,
                                                    request->operation == 1 ? insert : erase, &w, NULL);
    if (status != GANTRY_OK) return status;
    atomic_fetch_add(&w.instance->memory, 1);
    return answer(&w, request->operation == 1 ? 201 : 200);
}

static int32_t check(void *instance, const gantry_call_v1 *call, const gantry_request_v1 *request,
                     const gantry_finding_v1 *known, uint64_t known_count, gantry_finding_fn_v1 report, void *context,
                     gantry_error_v1 *error) {
    (void)instance, (void)call, (void)request, (void)known, (void)known_count, (void)report, (void)context;
    (void)error;
    return GANTRY_OK;
}

/* ---- What one generation hands over to the next. ---- */

#ifdef COUNTER_STATE
static int32_t export_state(void *instance, const gantry_call_v1 *call, gantry_state_fn_v1 take, void *context,
                            gantry_error_v1 *error) {
    (void)call, (void)error;
    counter *c = instance;
    char text[32];
    int size = snprintf(text, sizeof text, "%ld", atomic_load(&c->memory));
    return take(context, COUNTER_STATE, (gantry_str_v1){(const uint8_t *)text, (uint64_t)size});
}

static int32_t import_state(void *instance, const gantry_call_v1 *call, uint32_t version, gantry_str_v1 state,
                            gantry_error_v1 *error) {
    (void)call, (void)error;
    counter *c = instance;
    char text[32] = {0};
    if (version != COUNTER_STATE) return GANTRY_E_UNSUPPORTED;
    if (state.size >= sizeof text) return GANTRY_E_INVALID;
    memcpy(text, state.data, state.size);
    atomic_store(&c->memory, strtol(text, NULL, 10));
    return GANTRY_OK;
}

static const gantry_state_v1 state = {export_state, import_state};
#endif

/* ---- Life. ---- */

static const gantry_str_v1 operations[] = {
    {(const uint8_t *)"list", 4}, {(const uint8_t *)"count", 5}, {(const uint8_t *)"erase", 5}};
static const gantry_str_v1 subscriptions[] = {{(const uint8_t *)"onCounted", 9}};
static const gantry_description_v1 description = {
    .id = {(const uint8_t *)"counter", 7},
    .version = {(const uint8_t *)COUNTER_VERSION, sizeof COUNTER_VERSION - 1},
    .operations = operations,
    .operation_count = 3,
    .subscriptions = subscriptions,
    .subscription_count = 1,
};

static int32_t describe(void *module, const gantry_description_v1 **out_description) {
    (void)module;
    *out_description = &description;
    return GANTRY_OK;
}

static int32_t create(void *module, const gantry_call_v1 *call, const gantry_host_v1 *host, gantry_str_v1 configuration,
                      void **out_instance, gantry_error_v1 *error) {
    (void)module, (void)call, (void)configuration, (void)error;
    const void *database = NULL, *response = NULL, *events = NULL;
    int32_t status = host->query(host->scope, TEXT(GANTRY_DATABASE_ID), 1, &database);
    if (status == GANTRY_OK) status = host->query(host->scope, TEXT(GANTRY_RESPONSE_ID), 1, &response);
    if (status == GANTRY_OK) status = host->query(host->scope, TEXT(GANTRY_EVENTS_ID), 1, &events);
    if (status != GANTRY_OK) return status;
    counter *instance = calloc(1, sizeof *instance);
    if (instance == NULL) return GANTRY_E_FAILED;
    instance->database = database;
    instance->response = response;
    instance->events = events;
    *out_instance = instance;
    return GANTRY_OK;
}

static int32_t start(void *instance, const gantry_call_v1 *call, gantry_error_v1 *error) {
    (void)instance, (void)call, (void)error;
#ifdef COUNTER_BREAKS
    return GANTRY_E_FAILED;
#else
    return GANTRY_OK;
#endif
}

static int32_t nothing_to_do(void *instance, const gantry_call_v1 *call, gantry_error_v1 *error) {
    (void)instance, (void)call, (void)error;
    return GANTRY_OK;
}

static int32_t destroy(void *instance) {
    free(instance);
    return GANTRY_OK;
}

static const gantry_lifecycle_v1 lifecycle = {describe, create, start, nothing_to_do, nothing_to_do, destroy};
static const gantry_http_v1 http = {handle, check};
static const gantry_subscriber_v1 subscriber = {deliver};

static int32_t query(void *module, gantry_str_v1 id, uint32_t revision, const void **out_table) {
    (void)module;
    *out_table = NULL;
    if (revision != 1) return GANTRY_E_UNSUPPORTED;
    if (equals(id, TEXT(GANTRY_LIFECYCLE_ID))) *out_table = &lifecycle;
    else if (equals(id, TEXT(GANTRY_HTTP_ID))) *out_table = &http;
    else if (equals(id, TEXT(GANTRY_SUBSCRIBER_ID))) *out_table = &subscriber;
#ifdef COUNTER_STATE
    else if (equals(id, TEXT(GANTRY_STATE_ID))) *out_table = &state;
#endif
    return *out_table == NULL ? GANTRY_E_UNSUPPORTED : GANTRY_OK;
}

int32_t gantry_entry_v1(const gantry_host_v1 *host, gantry_module_v1 *out_module) {
    (void)host;
    *out_module = (gantry_module_v1){.module = NULL, .query = query};
    return GANTRY_OK;
}
