/*
 * Counter: a module that is upgraded. It keeps a row for each request and publishes an event with it, notes each event
 * that it gets, and counts its requests in memory, which one generation hands over to the next.
 *
 * Versions come of the macros: COUNTER_VERSION names it, COUNTER_FAILS lets every nth listing answer 500,
 * COUNTER_DELAY_MICROSECONDS makes listings slow, COUNTER_BREAKS lets `start` fail, COUNTER_STATE is the version of the
 * state that it hands over; without it there is no such table.
 */
#define _DEFAULT_SOURCE
#define FIXTURE_ID "counter"
#define FIXTURE_VERSION COUNTER_VERSION
#define FIXTURE_CREATE create_counter
#define FIXTURE_DESCRIBE describe_counter
#ifdef COUNTER_BREAKS
#define FIXTURE_START break_down
#endif
#include "../../../Fixtures/fixture.h"

#include <gantry/state.h>
#include <stdatomic.h>
#include <unistd.h>

typedef struct counter {
    fixture tables; /* the first member, as the fixture's own functions have it */
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
    const gantry_database_v1 *db = w->instance->tables.database;
    gantry_value_v1 key = text_value(w->key);
    int32_t status = db->execute(w->call, transaction, text("INSERT INTO counts (name) VALUES ($1)"), &key, 1, NULL,
                                 NULL, NULL, w->error);
    if (status != GANTRY_OK) return status;
    return w->instance->events->publish(w->call, transaction, text("counter.counted"), w->key, text("{}"), NULL,
                                        w->error);
}

static int32_t note(void *context, uint64_t transaction) {
    work *w = context;
    gantry_value_v1 values[2] = {text_value(w->id), text_value(w->key)};
    return w->instance->tables.database->execute(
        w->call, transaction, text("INSERT INTO seen (event, name) VALUES ($1, $2) ON CONFLICT (event) DO NOTHING"),
        values, 2, NULL, NULL, NULL, w->error);
}

static int32_t total(void *context, uint64_t transaction) {
    work *w = context;
    return w->instance->tables.database->execute(
        w->call, transaction,
        text("SELECT (SELECT count(*) FROM counts), (SELECT count(*) FROM seen)"),
        NULL, 0, take_numbers, w, NULL, w->error);
}

static int32_t erase(void *context, uint64_t transaction) {
    work *w = context;
    gantry_value_v1 key = text_value(w->key);
    return w->instance->tables.database->execute(
        w->call, transaction, text("DELETE FROM counts WHERE name = $1"), &key, 1, NULL, NULL, NULL, w->error);
}

static int32_t deliver(void *instance, const gantry_call_v1 *call, const gantry_event_v1 *event,
                       gantry_error_v1 *error) {
    work w = {.instance = instance, .call = call, .key = event->key, .id = event->id, .error = error};
    return w.instance->tables.database->transact(call, GANTRY_TRANSACTION_WRITE, note, &w, error);
}

static int32_t answer_numbers(work *w, uint32_t status) {
    char body[200];
    int size = snprintf(body, sizeof body, "{\"version\":\"%s\",\"rows\":%lld,\"events\":%lld,\"memory\":%ld}",
                        COUNTER_VERSION, (long long)w->numbers[0], (long long)w->numbers[1],
                        atomic_load(&w->instance->memory));
    return w->instance->tables.response->send(w->call, status, text("application/json"), NULL, 0,
                                       (gantry_str_v1){(const uint8_t *)body, (uint64_t)size});
}

static int32_t list(work *w) {
#ifdef COUNTER_DELAY_MICROSECONDS
    usleep(COUNTER_DELAY_MICROSECONDS);
#endif
#ifdef COUNTER_FAILS
    if (atomic_fetch_add(&w->instance->listings, 1) % COUNTER_FAILS == 0) return GANTRY_E_FAILED;
#endif
    int32_t status = w->instance->tables.database->transact(w->call, GANTRY_TRANSACTION_READ, total, w, NULL);
    return status == GANTRY_OK ? answer_numbers(w, 200) : status;
}

static int32_t handle(void *instance, const gantry_call_v1 *call, const gantry_request_v1 *request) {
    work w = {.instance = instance, .call = call};
    if (request->operation == 0) return list(&w);
    w.key = request->path_parameters[0];
    int32_t status = w.instance->tables.database->transact(call, GANTRY_TRANSACTION_WRITE,
                                                    request->operation == 1 ? insert : erase, &w, NULL);
    if (status != GANTRY_OK) return status;
    atomic_fetch_add(&w.instance->memory, 1);
    return answer_numbers(&w, request->operation == 1 ? 201 : 200);
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

static int32_t describe_counter(void *module, const gantry_description_v1 **out_description) {
    static const gantry_str_v1 operations[] = {TEXT("list"), TEXT("count"), TEXT("erase")};
    static const gantry_str_v1 subscriptions[] = {TEXT("onCounted")};
    static const gantry_description_v1 description = {.id = TEXT(FIXTURE_ID), .version = TEXT(FIXTURE_VERSION),
                                                      .operations = operations, .operation_count = 3,
                                                      .subscriptions = subscriptions, .subscription_count = 1};
    (void)module;
    *out_description = &description;
    return GANTRY_OK;
}

static int32_t create_counter(void *module, const gantry_call_v1 *call, const gantry_host_v1 *host,
                              gantry_str_v1 configuration, void **out_instance, gantry_error_v1 *error) {
    void *made = NULL;
    int32_t status = create(module, call, host, configuration, &made, error);
    counter *instance = calloc(1, sizeof *instance);
    if (status == GANTRY_OK && instance != NULL) {
        instance->tables = *(fixture *)made;
        instance->events = query(host, GANTRY_EVENTS_ID, &status);
    }
    free(made);
    if (instance == NULL) return GANTRY_E_FAILED;
    *out_instance = instance;
    if (status != GANTRY_OK) free(instance);
    return status;
}

#ifdef COUNTER_BREAKS
static int32_t break_down(void *instance, const gantry_call_v1 *call, gantry_error_v1 *error) {
    (void)instance, (void)call, (void)error;
    return GANTRY_E_FAILED;
}
#endif

FIXTURE_NOTE
FIXTURE_TABLES(handle)

/* Those of the fixture, and what a counter has besides. */
static int32_t all_tables(void *module, gantry_str_v1 id, uint32_t revision, const void **out_table) {
    static const gantry_subscriber_v1 subscriber = {deliver};
    if (revision == 1 && is(id, GANTRY_SUBSCRIBER_ID)) return *out_table = &subscriber, GANTRY_OK;
#ifdef COUNTER_STATE
    if (revision == 1 && is(id, GANTRY_STATE_ID)) return *out_table = &state, GANTRY_OK;
#endif
    return tables(module, id, revision, out_table);
}

/* The entry gives these. */
#define tables all_tables
FIXTURE_ENTRY
