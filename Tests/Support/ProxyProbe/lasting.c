/* lasting.c: how long callbacks live on their way through the proxy. */
#include "probe.h"

#include <string.h>

/* What the host of this run has kept of its last call. */
static struct {
    gantry_transaction_fn_v1 body;
    gantry_completion_fn_v1 done;
    gantry_row_fn_v1 row;
    gantry_work_fn_v1 work;
    gantry_wake_fn_v1 wake;
    gantry_socket_fn_v1 on_event;
    void *context;
    void *done_context;
} kept;
static int32_t answer;
static probe_lives lives;

static int32_t run_work(void *context) { return (*(uint32_t *)context)++, GANTRY_OK; }
static int32_t run_body(void *context, uint64_t transaction) { return (void)transaction, run_work(context); }
static int32_t run_wake(void *context, uint32_t events) { return (void)events, run_work(context); }
static int32_t run_event(void *context, uint32_t event, uint32_t code, gantry_str_v1 data) {
    return (void)event, (void)code, (void)data, run_work(context);
}

static int32_t run_done(void *context, int32_t status, const gantry_error_v1 *error) {
    return (void)status, (void)error, run_work(context);
}

static int32_t run_row(void *context, const gantry_value_v1 *columns, uint64_t column_count) {
    return (void)columns, (void)column_count, run_work(context);
}

/* Fails as its body did, and has nothing to add to what the body's statement has told. */
static int32_t transact(const gantry_call_v1 *call, uint32_t mode, gantry_transaction_fn_v1 body, void *context,
                        gantry_error_v1 *error) {
    (void)call, (void)mode, (void)error;
    return body(context, 1);
}

static int32_t fail_told(void *context, uint64_t transaction) {
    gantry_error_v1 *error = context;
    (void)transaction;
    memcpy(error->message, "told", 4);
    error->message_size = 4;
    error->code = 19;
    return GANTRY_E_CONFLICT;
}

static int32_t submit(const gantry_call_v1 *call, uint32_t mode, gantry_transaction_fn_v1 body, void *context,
                      gantry_completion_fn_v1 done, void *done_context, gantry_error_v1 *error) {
    (void)call, (void)mode, (void)error;
    kept.body = body, kept.context = context, kept.done = done, kept.done_context = done_context;
    return answer;
}

static int32_t execute(const gantry_call_v1 *call, uint64_t transaction, gantry_str_v1 sql,
                       const gantry_value_v1 *parameters, uint64_t parameter_count, gantry_row_fn_v1 on_row,
                       void *context, uint64_t *out_changes, gantry_error_v1 *error) {
    (void)call, (void)transaction, (void)sql, (void)parameters, (void)parameter_count, (void)out_changes, (void)error;
    kept.row = on_row, kept.context = context;
    return on_row(context, NULL, 0);
}

static int32_t submit_after(const gantry_call_v1 *call, int64_t delay_nanoseconds, gantry_work_fn_v1 work,
                            void *context, uint64_t *out_timer) {
    (void)call, (void)delay_nanoseconds;
    kept.work = work, kept.context = context;
    *out_timer = 99;
    return answer;
}

static int32_t cancel(const gantry_call_v1 *call, uint64_t timer) {
    (void)call;
    return timer == 99 ? GANTRY_OK : GANTRY_E_STALE;
}

static int32_t watch(const gantry_call_v1 *call, gantry_wake_fn_v1 wake, void *context) {
    (void)call;
    kept.wake = wake, kept.context = context;
    return answer;
}

static int32_t accept_socket(const gantry_call_v1 *call, gantry_str_v1 protocol, gantry_socket_fn_v1 on_event,
                             void *context, uint64_t *out_socket) {
    (void)call, (void)protocol;
    kept.on_event = on_event, kept.context = context;
    *out_socket = 77;
    return answer;
}

static int is(gantry_str_v1 id, const char *name) {
    return id.size == strlen(name) && memcmp(id.data, name, id.size) == 0;
}

static int32_t query(uint64_t scope, gantry_str_v1 id, uint32_t revision, const void **out_table) {
    static const gantry_database_v1 database = {.transact = transact, .submit = submit, .execute = execute};
    static const gantry_executor_v1 executor = {.submit_after = submit_after, .cancel = cancel};
    static const gantry_stream_v1 stream = {.watch = watch};
    static const gantry_websocket_v1 websocket = {.accept = accept_socket};
    (void)scope, (void)revision;
    *out_table = NULL;
    if (is(id, GANTRY_DATABASE_ID)) *out_table = &database;
    if (is(id, GANTRY_EXECUTOR_ID)) *out_table = &executor;
    if (is(id, GANTRY_STREAM_ID)) *out_table = &stream;
    if (is(id, GANTRY_WEBSOCKET_ID)) *out_table = &websocket;
    return *out_table == NULL ? GANTRY_E_UNSUPPORTED : GANTRY_OK;
}

static const gantry_host_v1 *module_host;

static int32_t enter(const gantry_host_v1 *host, gantry_module_v1 *out_module) {
    module_host = host;
    *out_module = (gantry_module_v1){NULL, NULL};
    return GANTRY_OK;
}

static const void *find(const char *id) {
    const void *table = NULL;
    gantry_str_v1 name = {(const uint8_t *)id, strlen(id)};
    if (module_host->query(0, name, 1, &table) != GANTRY_OK) lives.wrong++;
    return table;
}

/* Counts an outcome: whether the callback ran, as was due, or was over, as was due. */
static void expect(int32_t is_due, int32_t status, uint32_t *runs, uint32_t before) {
    if (is_due && status == GANTRY_OK && *runs == before + 1) lives.ran++;
    else if (!is_due && status == GANTRY_E_STALE && *runs == before) lives.stale++;
    else lives.wrong++;
}

#define EXPECT(is_due, call)                            \
    do {                                                \
        uint32_t before = runs;                         \
        expect(is_due, (call), &runs, before);          \
    } while (0)

static void try_database(const gantry_database_v1 *database, const gantry_call_v1 *call) {
    static uint32_t runs;
    for (answer = GANTRY_PENDING; answer >= GANTRY_OK; answer--) {
        int32_t is_kept = answer == GANTRY_PENDING;
        if (database->submit(call, 1, run_body, &runs, run_done, &runs, NULL) != answer) lives.wrong++;
        EXPECT(is_kept, kept.body(kept.context, 1));
        EXPECT(is_kept, kept.body(kept.context, 2));
        EXPECT(is_kept, kept.done(kept.done_context, GANTRY_OK, NULL));
        EXPECT(0, kept.done(kept.done_context, GANTRY_OK, NULL));
        EXPECT(0, kept.body(kept.context, 3));
    }
    uint8_t room[8];
    gantry_error_v1 error = {0, sizeof room, 0, 0, room};
    if (database->transact(call, 1, fail_told, &error, &error) != GANTRY_E_CONFLICT) lives.wrong++;
    if (error.code != 19 || error.message_size != 4 || memcmp(room, "told", 4) != 0) lives.wrong++;
    EXPECT(1, database->execute(call, 1, call->tenant, NULL, 0, run_row, &runs, NULL, NULL));
    EXPECT(0, kept.row(kept.context, NULL, 0));
}

static void try_executor(const gantry_executor_v1 *executor, const gantry_call_v1 *call) {
    static uint32_t runs;
    uint64_t timer = 0;
    answer = GANTRY_OK;
    if (executor->submit_after(call, 1, run_work, &runs, &timer) != GANTRY_OK || timer != 99) lives.wrong++;
    EXPECT(1, kept.work(kept.context));
    EXPECT(0, kept.work(kept.context));
    if (executor->submit_after(call, 1, run_work, &runs, &timer) != GANTRY_OK) lives.wrong++;
    if (executor->cancel(call, 98) != GANTRY_E_STALE) lives.wrong++;
    if (executor->cancel(call, timer) != GANTRY_OK) lives.wrong++;
    EXPECT(0, kept.work(kept.context));
}

static void try_stream(const gantry_stream_v1 *stream, const gantry_call_v1 *call) {
    static uint32_t runs;
    answer = GANTRY_OK;
    if (stream->watch(call, run_wake, &runs) != GANTRY_OK) lives.wrong++;
    EXPECT(1, kept.wake(kept.context, GANTRY_STREAM_WRITABLE));
    EXPECT(1, kept.wake(kept.context, GANTRY_STREAM_READABLE));
    EXPECT(1, kept.wake(kept.context, GANTRY_STREAM_CLOSED | GANTRY_STREAM_WRITABLE));
    EXPECT(0, kept.wake(kept.context, GANTRY_STREAM_WRITABLE));
    answer = GANTRY_E_ALREADY;
    if (stream->watch(call, run_wake, &runs) != GANTRY_E_ALREADY) lives.wrong++;
    EXPECT(0, kept.wake(kept.context, GANTRY_STREAM_CLOSED));
}

static void try_websocket(const gantry_websocket_v1 *websocket, const gantry_call_v1 *call) {
    static uint32_t runs;
    uint64_t socket = 0;
    gantry_str_v1 text = {(const uint8_t *)"bye", 3};
    answer = GANTRY_OK;
    if (websocket->accept(call, text, run_event, &runs, &socket) != GANTRY_OK || socket != 77) lives.wrong++;
    EXPECT(1, kept.on_event(kept.context, GANTRY_SOCKET_TEXT, 0, text));
    EXPECT(1, kept.on_event(kept.context, GANTRY_SOCKET_WRITABLE, 0, text));
    EXPECT(1, kept.on_event(kept.context, GANTRY_SOCKET_CLOSED, 1000, text));
    EXPECT(0, kept.on_event(kept.context, GANTRY_SOCKET_CLOSED, 1000, text));
    answer = GANTRY_E_INVALID;
    if (websocket->accept(call, text, run_event, &runs, &socket) != GANTRY_E_INVALID) lives.wrong++;
    EXPECT(0, kept.on_event(kept.context, GANTRY_SOCKET_CLOSED, 1000, text));
}

probe_lives probe_lasting(void) {
    static const gantry_host_v1 host = {0, query};
    static const gantry_call_v1 call;
    gantry_module_v1 module;
    lives = (probe_lives){0, 0, 0};
    if (gantry_proxy_loopback(enter, &host, &module) != GANTRY_OK) lives.wrong++;
    try_database(find(GANTRY_DATABASE_ID), &call);
    try_executor(find(GANTRY_EXECUTOR_ID), &call);
    try_stream(find(GANTRY_STREAM_ID), &call);
    try_websocket(find(GANTRY_WEBSOCKET_ID), &call);
    return lives;
}
