/* tables.c: the probe's host: small, but with callbacks of every kind that a call can lend. */
#include "probe.h"

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* An answer of this status is taken once until the next look at what was taken. */
enum { MOST_WORKERS = 64, ONCE = 299 };

static pthread_mutex_t workers_mutex = PTHREAD_MUTEX_INITIALIZER;
static prober *workers[MOST_WORKERS];

#define CALL_KIND (UINT64_C(1) << 56)
#define INSTANCE_KIND (UINT64_C(2) << 56)

void prober_admit_worker(prober *worker) {
    pthread_mutex_lock(&workers_mutex);
    uint64_t index = 0;
    while (workers[index] != NULL)
        if (++index == MOST_WORKERS) abort();
    workers[index] = worker;
    worker->call = CALL_KIND | (index + 1);
    worker->instance_handle = INSTANCE_KIND | (index + 1);
    pthread_mutex_unlock(&workers_mutex);
}

void prober_forget_worker(prober *worker) {
    pthread_mutex_lock(&workers_mutex);
    workers[(worker->call & 0xffff) - 1] = NULL;
    pthread_mutex_unlock(&workers_mutex);
}

void prober_note_release(void *worker) { atomic_store(&((prober *)worker)->is_released, 1); }

void prober_await_release(prober *worker) {
    while (!atomic_load(&worker->is_released)) sched_yield();
}

prober *prober_of(uint64_t call) {
    uint64_t number = call & ~CALL_KIND;
    if ((call & CALL_KIND) == 0 || number == 0 || number > MOST_WORKERS) return NULL;
    pthread_mutex_lock(&workers_mutex);
    prober *worker = workers[number - 1];
    pthread_mutex_unlock(&workers_mutex);
    return worker;
}

static void note(prober *worker, gantry_str_v1 text) {
    pthread_mutex_lock(&worker->mutex);
    if (worker->log_size + text.size + 2 < PROBER_LOG) {
        if (text.size != 0) memcpy(worker->log + worker->log_size, text.data, text.size);
        worker->log_size += text.size;
        worker->log[worker->log_size++] = '\n';
    }
    pthread_mutex_unlock(&worker->mutex);
}

static int32_t send_answer(const gantry_call_v1 *call, uint32_t http_status, gantry_str_v1 content_type,
                           const gantry_field_v1 *headers, uint64_t header_count, gantry_str_v1 body) {
    prober *worker = prober_of(call->call);
    (void)content_type, (void)headers, (void)header_count;
    if (worker == NULL) return GANTRY_E_STALE;
    pthread_mutex_lock(&worker->mutex);
    int32_t is_again = http_status == ONCE && worker->is_answered;
    worker->is_answered = 1;
    worker->answer_size = body.size;
    pthread_mutex_unlock(&worker->mutex);
    if (is_again) return GANTRY_E_ALREADY;
    if (body.size < 4096) note(worker, body);
    return GANTRY_OK;
}

static int32_t write_log(const gantry_call_v1 *call, uint32_t level, gantry_str_v1 message,
                         const gantry_field_v1 *fields, uint64_t field_count) {
    prober *worker = prober_of(call->call);
    (void)level, (void)fields, (void)field_count;
    if (worker == NULL) return GANTRY_E_STALE;
    note(worker, message);
    return GANTRY_OK;
}

static int32_t now(const gantry_call_v1 *call, int64_t *out_milliseconds) {
    (void)call;
    *out_milliseconds = 1;
    return GANTRY_OK;
}

static int32_t transact(const gantry_call_v1 *call, uint32_t mode, gantry_transaction_fn_v1 body, void *context,
                        gantry_error_v1 *error) {
    (void)call, (void)mode, (void)error;
    return body == NULL ? GANTRY_E_INVALID : body(context, 7);
}

/* Gives the parameters back, twice. */
static int32_t execute(const gantry_call_v1 *call, uint64_t transaction, gantry_str_v1 sql,
                       const gantry_value_v1 *parameters, uint64_t parameter_count, gantry_row_fn_v1 on_row,
                       void *context, uint64_t *out_changes, gantry_error_v1 *error) {
    (void)call, (void)sql, (void)error;
    if (out_changes != NULL) *out_changes = transaction;
    if (on_row == NULL) return GANTRY_OK;
    int32_t status = on_row(context, parameters, parameter_count);
    return status == GANTRY_OK ? on_row(context, parameters, parameter_count) : status;
}

/* Work that a thread of the host does. */
struct piece {
    gantry_work_fn_v1 work;
    void *context;
};

static void *run_piece(void *argument) {
    struct piece piece = *(struct piece *)argument;
    free(argument);
    piece.work(piece.context);
    return NULL;
}

static int32_t submit(const gantry_call_v1 *call, gantry_work_fn_v1 work, void *context) {
    struct piece *piece = malloc(sizeof *piece);
    pthread_t thread;
    (void)call;
    if (work == NULL || piece == NULL) {
        free(piece);
        return work == NULL ? GANTRY_E_INVALID : GANTRY_E_BUSY;
    }
    *piece = (struct piece){work, context};
    if (pthread_create(&thread, NULL, run_piece, piece) != 0) abort();
    pthread_detach(thread);
    return GANTRY_OK;
}

static int32_t watch(const gantry_call_v1 *call, gantry_wake_fn_v1 wake, void *context) {
    (void)call, (void)wake, (void)context;
    return GANTRY_OK;
}

static int is(gantry_str_v1 id, const char *name) {
    return id.size == strlen(name) && memcmp(id.data, name, id.size) == 0;
}

int32_t prober_query(uint64_t scope, gantry_str_v1 id, uint32_t revision, const void **out_table) {
    static const gantry_response_v1 response = {.send = send_answer};
    static const gantry_database_v1 database = {.transact = transact, .execute = execute};
    static const gantry_executor_v1 executor = {.submit = submit, .submit_blocking = submit};
    static const gantry_log_v1 log = {.write = write_log};
    static const gantry_clock_v1 clock = {.now = now};
    static const gantry_stream_v1 stream = {.watch = watch};
    (void)scope;
    *out_table = NULL;
    if (revision != 1) return GANTRY_E_UNSUPPORTED;
    if (is(id, GANTRY_RESPONSE_ID)) *out_table = &response;
    if (is(id, GANTRY_DATABASE_ID)) *out_table = &database;
    if (is(id, GANTRY_EXECUTOR_ID)) *out_table = &executor;
    if (is(id, GANTRY_LOG_ID)) *out_table = &log;
    if (is(id, GANTRY_CLOCK_ID)) *out_table = &clock;
    if (is(id, GANTRY_STREAM_ID)) *out_table = &stream;
    return *out_table == NULL ? GANTRY_E_UNSUPPORTED : GANTRY_OK;
}

const gantry_host_v1 prober_entry_host = {0, prober_query};
