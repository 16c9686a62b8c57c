/* crowd.c: many threads in the proxy at once, with callbacks on threads of their own. */
#include "probe.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

enum { THREADS = 4, SUBMITS = 10 };

static atomic_uint wrong, done_count;
static const gantry_host_v1 *module_host;
static uint64_t call_count;

/* A completion that its own thread makes, twice. */
struct completion {
    gantry_completion_fn_v1 done;
    void *context;
};

static void *complete(void *argument) {
    struct completion completion = *(struct completion *)argument;
    free(argument);
    if (completion.done(completion.context, GANTRY_OK, NULL) != GANTRY_OK) wrong++;
    if (completion.done(completion.context, GANTRY_OK, NULL) != GANTRY_E_STALE) wrong++;
    return NULL;
}

static int32_t submit(const gantry_call_v1 *call, uint32_t mode, gantry_transaction_fn_v1 body, void *context,
                      gantry_completion_fn_v1 done, void *done_context, gantry_error_v1 *error) {
    struct completion *completion = malloc(sizeof *completion);
    pthread_t thread;
    (void)call, (void)mode, (void)body, (void)context, (void)error;
    if (completion == NULL) return GANTRY_E_BUSY;
    *completion = (struct completion){done, done_context};
    if (pthread_create(&thread, NULL, complete, completion) != 0) abort();
    pthread_detach(thread);
    return GANTRY_PENDING;
}

static int32_t execute(const gantry_call_v1 *call, uint64_t transaction, gantry_str_v1 sql,
                       const gantry_value_v1 *parameters, uint64_t parameter_count, gantry_row_fn_v1 on_row,
                       void *context, uint64_t *out_changes, gantry_error_v1 *error) {
    (void)call, (void)transaction, (void)sql, (void)out_changes, (void)error;
    int32_t status = on_row(context, parameters, parameter_count);
    return status == GANTRY_OK ? on_row(context, parameters, parameter_count) : status;
}

static int32_t query(uint64_t scope, gantry_str_v1 id, uint32_t revision, const void **out_table) {
    static const gantry_database_v1 database = {.submit = submit, .execute = execute};
    (void)scope, (void)id, (void)revision;
    *out_table = &database;
    return GANTRY_OK;
}

static int32_t enter(const gantry_host_v1 *host, gantry_module_v1 *out_module) {
    module_host = host;
    *out_module = (gantry_module_v1){NULL, NULL};
    return GANTRY_OK;
}

static int32_t body(void *context, uint64_t transaction) { return (void)context, (void)transaction, GANTRY_OK; }

static int32_t note_done(void *context, int32_t status, const gantry_error_v1 *error) {
    (void)context, (void)status, (void)error;
    done_count++;
    return GANTRY_OK;
}

static int32_t sum_row(void *context, const gantry_value_v1 *columns, uint64_t column_count) {
    for (uint64_t index = 0; index < column_count; index++) *(int64_t *)context += columns[index].integer;
    return GANTRY_OK;
}

static void *work(void *argument) {
    static const gantry_call_v1 call;
    gantry_str_v1 id = {(const uint8_t *)GANTRY_DATABASE_ID, sizeof GANTRY_DATABASE_ID - 1};
    int64_t own = (int64_t)(uintptr_t)argument;
    gantry_value_v1 values[2] = {{GANTRY_VALUE_INTEGER, 0, own, 0, {NULL, 0}}, {GANTRY_VALUE_TEXT, 0, 1, 0, id}};
    const void *table;
    if (module_host->query(0, id, 1, &table) != GANTRY_OK) abort();
    const gantry_database_v1 *database = table;
    for (uint64_t turn = 0; turn < call_count; turn++) {
        int64_t sum = 0;
        if (database->execute(&call, 1, id, values, 2, sum_row, &sum, NULL, NULL) != GANTRY_OK) wrong++;
        if (sum != 2 * (own + 1)) wrong++;
        if (turn % SUBMITS == 0 && database->submit(&call, 1, body, NULL, note_done, NULL, NULL) != GANTRY_PENDING)
            wrong++;
    }
    return NULL;
}

uint32_t probe_crowd(uint64_t calls) {
    static const gantry_host_v1 host = {0, query};
    gantry_module_v1 module;
    pthread_t threads[THREADS];
    wrong = done_count = 0;
    call_count = calls;
    if (gantry_proxy_loopback(enter, &host, &module) != GANTRY_OK) return 1;
    for (uintptr_t index = 0; index < THREADS; index++)
        if (pthread_create(&threads[index], NULL, work, (void *)(index + 1)) != 0) abort();
    for (uint32_t index = 0; index < THREADS; index++) pthread_join(threads[index], NULL);
    /* Every accepted piece completes, and soon: nothing of it waits. */
    while (done_count < THREADS * ((calls + SUBMITS - 1) / SUBMITS)) sched_yield();
    return wrong;
}
