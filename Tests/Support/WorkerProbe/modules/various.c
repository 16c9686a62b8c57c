/* various.c: a module for tests of workers: what the request's operation says. */
#include "../../../Fixtures/fixture.h"

#include <fcntl.h>
#include <pthread.h>
#include <unistd.h>

enum operation { HELLO, ROWS, LOOP, CRASH, LARGE, DEEP, THREADS, WORK, WATCHES, OTHERS, MEMORY, FILES, TWICE };
enum { MEBIBYTE = 1 << 20, MOST_MEBIBYTES = 8192, MOST_FILES = 4096 };
enum { DEEPEST = 100, THREAD_COUNT = 8, THREAD_CALLS = 50 };

struct visit {
    fixture *self;
    const gantry_call_v1 *call;
    int64_t sum;
    int32_t depth;
    int32_t worst;
};

static int32_t take_row(void *context, const gantry_value_v1 *columns, uint64_t column_count) {
    struct visit *visit = context;
    for (uint64_t index = 0; index < column_count; index++) visit->sum += columns[index].integer;
    return GANTRY_OK;
}

static int32_t read_rows(void *context, uint64_t transaction) {
    struct visit *visit = context;
    gantry_value_v1 values[2] = {{.type = GANTRY_VALUE_INTEGER, .integer = 20},
                                 {.type = GANTRY_VALUE_INTEGER, .integer = 1}};
    return visit->self->database->execute(visit->call, transaction, text("SELECT"), values, 2, take_row, visit, NULL,
                                          NULL);
}

/* A statement for each row of a statement, and so on: the calls lie within each other. */
static int32_t go_deeper(void *context, const gantry_value_v1 *columns, uint64_t column_count) {
    struct visit *visit = context;
    (void)columns, (void)column_count;
    if (visit->depth == DEEPEST) return GANTRY_E_CANCELLED;
    visit->depth++;
    int32_t status =
        visit->self->database->execute(visit->call, 7, text("SELECT"), NULL, 0, go_deeper, visit, NULL, NULL);
    if (status != GANTRY_OK && visit->worst == GANTRY_OK) visit->worst = status;
    return GANTRY_E_CANCELLED;
}

static void *log_often(void *argument) {
    struct visit *visit = argument;
    for (int turn = 0; turn < THREAD_CALLS; turn++)
        if (read_rows(visit, 7) != GANTRY_OK) visit->worst = GANTRY_E_FAILED;
    return NULL;
}

static int32_t use_threads(fixture *self, const gantry_call_v1 *call) {
    pthread_t threads[THREAD_COUNT];
    struct visit visits[THREAD_COUNT];
    for (int index = 0; index < THREAD_COUNT; index++) {
        visits[index] = (struct visit){self, call, 0, 0, 0};
        if (pthread_create(&threads[index], NULL, log_often, &visits[index]) != 0) return GANTRY_E_BUSY;
    }
    int32_t wrong = 0;
    for (int index = 0; index < THREAD_COUNT; index++) {
        pthread_join(threads[index], NULL);
        wrong += visits[index].worst != GANTRY_OK || visits[index].sum != 42 * THREAD_CALLS;
    }
    report(self, call, "wrong", wrong);
    return answer(self, call, "done");
}

static const gantry_call_v1 *work_call;
static int32_t run_work(void *context) {
    report(context, work_call, "work", GANTRY_OK);
    return GANTRY_OK;
}

static int32_t submit_work(fixture *self, const gantry_call_v1 *call) {
    static gantry_call_v1 kept;
    int32_t status;
    const gantry_executor_v1 *executor = query(self->host, GANTRY_EXECUTOR_ID, &status);
    kept = *call;
    work_call = &kept;
    return executor->submit(call, run_work, self);
}

static int32_t wake(void *context, uint32_t events) { return (void)context, (void)events, GANTRY_OK; }

static int32_t watch_often(fixture *self, const gantry_call_v1 *call) {
    int32_t status, count = 0;
    const gantry_stream_v1 *stream = query(self->host, GANTRY_STREAM_ID, &status);
    while (count < 100000 && (status = stream->watch(call, wake, self)) == GANTRY_OK) count++;
    report(self, call, "watches", count);
    report(self, call, "last", status);
    return answer(self, call, "done");
}

/* Takes handles from the body and uses them as if they were its own. */
static int32_t use_others(fixture *self, const gantry_call_v1 *call, gantry_str_v1 body) {
    uint64_t handles[2];
    gantry_call_v1 forged = *call;
    if (body.size != sizeof handles) return GANTRY_E_INVALID;
    memcpy(handles, body.data, sizeof handles);
    forged.call = handles[0];
    report(self, call, "call", self->log->write(&forged, GANTRY_LOG_INFO, text("forged"), NULL, 0));
    forged.instance = handles[1];
    report(self, call, "both", self->log->write(&forged, GANTRY_LOG_INFO, text("forged"), NULL, 0));
    forged.call = call->call;
    report(self, call, "instance", self->log->write(&forged, GANTRY_LOG_INFO, text("forged"), NULL, 0));
    forged.call = 0;
    report(self, call, "work", self->log->write(&forged, GANTRY_LOG_INFO, text("forged"), NULL, 0));
    report(self, call, "answer", self->response->send(&forged, 200, text("text/plain"), NULL, 0, text("forged")));
    return answer(self, call, "done");
}

/* Takes memory, or descriptors, until there is none, and gives all back. */
static int32_t use_memory(fixture *self, const gantry_call_v1 *call) {
    static void *pieces[MOST_MEBIBYTES];
    int32_t count = 0;
    while (count < MOST_MEBIBYTES && (pieces[count] = malloc(MEBIBYTE)) != NULL) count++;
    for (int32_t index = 0; index < count; index++) free(pieces[index]);
    report(self, call, "mebibytes", count);
    return answer(self, call, "done");
}

static int32_t use_files(fixture *self, const gantry_call_v1 *call) {
    int files[MOST_FILES], count = 0;
    while (count < MOST_FILES && (files[count] = open("/dev/null", O_RDONLY)) >= 0) count++;
    for (int index = 0; index < count; index++) close(files[index]);
    report(self, call, "files", count);
    return answer(self, call, "done");
}

/* An answer that the host takes once. */
struct once {
    fixture *self;
    const gantry_call_v1 *call;
    int32_t status;
};

static void *answer_once(void *argument) {
    struct once *once = argument;
    once->status = once->self->response->send(once->call, 299, text("text/plain"), NULL, 0, text("once"));
    return NULL;
}

/* Answers twice: `o` on the handler's own thread, `t` on another one. */
static int32_t answer_twice(fixture *self, const gantry_call_v1 *call, gantry_str_v1 who) {
    struct once once = {self, call, 0};
    for (uint64_t turn = 0; turn < who.size; turn++) {
        pthread_t thread;
        if (who.data[turn] == 'o') answer_once(&once);
        else if (pthread_create(&thread, NULL, answer_once, &once) != 0) return GANTRY_E_BUSY;
        else pthread_join(thread, NULL);
        report(self, call, "status", once.status);
    }
    return GANTRY_OK;
}

static int32_t answer_large(fixture *self, const gantry_call_v1 *call, uint64_t size) {
    uint8_t *bytes = malloc(size + 1);
    if (bytes == NULL) return GANTRY_E_BUSY;
    memset(bytes, 'x', size);
    gantry_str_v1 body = {bytes, size};
    int32_t status = self->response->send(call, 200, text("text/plain"), NULL, 0, body);
    report(self, call, "sent", status);
    free(bytes);
    return GANTRY_OK;
}

static int32_t handle(void *instance, const gantry_call_v1 *call, const gantry_request_v1 *request) {
    fixture *self = instance;
    struct visit visit = {self, call, 0, 0, 0};
    switch (request->operation) {
    case HELLO: return answer(self, call, "hello");
    case ROWS:
        report(self, call, "status", self->database->transact(call, 1, read_rows, &visit, NULL));
        report(self, call, "sum", (int32_t)visit.sum);
        return answer(self, call, "done");
    case LOOP:
        for (volatile int turn = 0;; turn = 1) (void)turn;
    case CRASH: abort();
    case LARGE: return answer_large(self, call, request->body.size);
    case DEEP:
        go_deeper(&visit, NULL, 0);
        report(self, call, "depth", visit.depth);
        report(self, call, "worst", visit.worst);
        return answer(self, call, "done");
    case THREADS: return use_threads(self, call);
    case WORK: return submit_work(self, call);
    case WATCHES: return watch_often(self, call);
    case OTHERS: return use_others(self, call, request->body);
    case MEMORY: return use_memory(self, call);
    case FILES: return use_files(self, call);
    case TWICE: return answer_twice(self, call, request->body);
    default: return GANTRY_E_UNSUPPORTED;
    }
}

#undef FIXTURE_NOTE
#define FIXTURE_NOTE
FIXTURE_MODULE(handle)
