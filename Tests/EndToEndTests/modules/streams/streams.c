/* Streams in both directions and answers that come later: what the end-to-end tests send real clients to. */
#include <gantry/gantry.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

GANTRY_MODULE_NOTE(GANTRY_RUNTIME_NONE);

#define TEXT(literal) {(const uint8_t *)(literal), sizeof(literal) - 1}

typedef struct module_instance {
    const gantry_response_v1 *response;
    const gantry_stream_v1 *stream;
    const gantry_executor_v1 *executor;
    _Atomic int64_t open;
} module_instance;

/* One call that goes on after its handler has returned. */
typedef struct task {
    module_instance *self;
    gantry_call_v1 call;
    int64_t next, last;
    char line[32];
    size_t line_size, line_sent;
    uint64_t measured;
} task;

static gantry_str_v1 text(const char *chars) {
    gantry_str_v1 result = {(const uint8_t *)chars, strlen(chars)};
    return result;
}

static int64_t number(const gantry_request_v1 *request) {
    char digits[24] = {0};
    memcpy(digits, request->path_parameters[0].data, request->path_parameters[0].size);
    return strtoll(digits, NULL, 10);
}

static task *begin(module_instance *self, const gantry_call_v1 *call) {
    task *made = calloc(1, sizeof *made);
    made->self = self;
    made->call = *call;
    return made;
}

/* Writes lines until the credit ends; true when there are no more. */
static int write_lines(task *task) {
    for (;;) {
        uint64_t accepted = 0;
        if (task->line_sent == task->line_size) {
            if (task->next >= task->last) return 1;
            task->line_size = (size_t)snprintf(task->line, sizeof task->line, "%lld\n", (long long)task->next++);
            task->line_sent = 0;
        }
        gantry_str_v1 rest = {(const uint8_t *)task->line + task->line_sent, task->line_size - task->line_sent};
        if (task->self->stream->write(&task->call, rest, &accepted) != GANTRY_OK) return 0;
        task->line_sent += accepted;
    }
}

static int32_t count_woken(void *context, uint32_t events) {
    task *counting = context;
    if (events & GANTRY_STREAM_CLOSED) {
        free(counting);
        return GANTRY_OK;
    }
    if (write_lines(counting)) counting->self->stream->finish(&counting->call);
    return GANTRY_OK;
}

static int32_t count(module_instance *self, const gantry_call_v1 *call, const gantry_request_v1 *request) {
    task *counting = begin(self, call);
    counting->last = number(request);
    self->stream->start(call, 200, text("text/plain"), NULL, 0);
    /* Watched only when nothing else touches the task any more: from then on it belongs to the function. */
    if (write_lines(counting)) self->stream->finish(call);
    if (self->stream->watch(&counting->call, count_woken, counting) != GANTRY_OK) free(counting);
    return GANTRY_PENDING;
}

static int32_t echo(module_instance *self, const gantry_call_v1 *call) {
    uint8_t bytes[8192];
    uint32_t events;
    int32_t status;
    self->stream->start(call, 200, text("application/octet-stream"), NULL, 0);
    for (;;) {
        uint64_t size = 0, sent = 0;
        status = self->stream->read(call, bytes, sizeof bytes, &size);
        if (status == GANTRY_END) return self->stream->finish(call);
        if (status == GANTRY_E_BUSY) {
            if (self->stream->wait(call, GANTRY_STREAM_READABLE, &events) != GANTRY_OK) return GANTRY_E_CANCELLED;
            continue;
        }
        if (status != GANTRY_OK) return status;
        while (sent < size) {
            uint64_t accepted = 0;
            gantry_str_v1 rest = {bytes + sent, size - sent};
            status = self->stream->write(call, rest, &accepted);
            if (status == GANTRY_E_BUSY) status = self->stream->wait(call, GANTRY_STREAM_WRITABLE, &events);
            if (status != GANTRY_OK) return status;
            sent += accepted;
        }
    }
}

static void measure_on(task *measuring) {
    uint8_t bytes[8192];
    uint64_t size;
    int32_t status;
    while ((status = measuring->self->stream->read(&measuring->call, bytes, sizeof bytes, &size)) == GANTRY_OK)
        measuring->measured += size;
    if (status != GANTRY_END) return;
    char answer[32];
    snprintf(answer, sizeof answer, "%llu", (unsigned long long)measuring->measured);
    measuring->self->response->send(&measuring->call, 200, text("text/plain"), NULL, 0, text(answer));
}

static int32_t measure_woken(void *context, uint32_t events) {
    if (events & GANTRY_STREAM_CLOSED)
        free(context);
    else
        measure_on(context);
    return GANTRY_OK;
}

/* Begins on the executor, so that the handler and the function that is woken are never in it together. */
static int32_t measure_begin(void *context) {
    task *measuring = context;
    measure_on(measuring);
    return measuring->self->stream->watch(&measuring->call, measure_woken, measuring);
}

static int32_t answer_later(void *context) {
    task *waiting = context;
    waiting->self->response->send(&waiting->call, 200, text("text/plain"), NULL, 0, text("later"));
    free(waiting);
    return GANTRY_OK;
}

static int32_t open_woken(void *context, uint32_t events) {
    task *opened = context;
    if (events & GANTRY_STREAM_CLOSED) {
        atomic_fetch_sub(&opened->self->open, 1);
        free(opened);
    }
    return GANTRY_OK;
}

static int32_t open_stream(module_instance *self, const gantry_call_v1 *call) {
    task *opened = begin(self, call);
    uint64_t accepted = 0;
    atomic_fetch_add(&self->open, 1);
    self->stream->start(call, 200, text("text/event-stream"), NULL, 0);
    self->stream->write(call, text("data: open\n\n"), &accepted);
    self->stream->watch(call, open_woken, opened);
    return GANTRY_PENDING;
}

static int32_t handle(void *instance, const gantry_call_v1 *call, const gantry_request_v1 *request) {
    module_instance *self = instance;
    char answer[32];
    switch (request->operation) {
    case 0: return count(self, call, request);
    case 1: return echo(self, call);
    case 2:
        self->executor->submit(call, measure_begin, begin(self, call));
        return GANTRY_PENDING;
    case 3:
        self->executor->submit_after(call, number(request) * 1000000, answer_later, begin(self, call), NULL);
        return GANTRY_PENDING;
    case 4: return open_stream(self, call);
    default:
        snprintf(answer, sizeof answer, "%lld", (long long)atomic_load(&self->open));
        return self->response->send(call, 200, text("text/plain"), NULL, 0, text(answer));
    }
}

static int32_t check(void *instance, const gantry_call_v1 *call, const gantry_request_v1 *request,
                     const gantry_finding_v1 *known, uint64_t known_count, gantry_finding_fn_v1 report, void *context,
                     gantry_error_v1 *error) {
    (void)instance, (void)call, (void)request, (void)known, (void)known_count, (void)report, (void)context;
    (void)error;
    return GANTRY_OK;
}

static const void *query(const gantry_host_v1 *host, const char *id) {
    const void *table = NULL;
    host->query(host->scope, text(id), 1, &table);
    return table;
}

static int32_t create(void *module, const gantry_call_v1 *call, const gantry_host_v1 *host, gantry_str_v1 configuration,
                      void **out_instance, gantry_error_v1 *error) {
    module_instance *self = calloc(1, sizeof *self);
    (void)module, (void)call, (void)configuration, (void)error;
    self->response = query(host, GANTRY_RESPONSE_ID);
    self->stream = query(host, GANTRY_STREAM_ID);
    self->executor = query(host, GANTRY_EXECUTOR_ID);
    *out_instance = self;
    return self->response && self->stream && self->executor ? GANTRY_OK : GANTRY_E_UNSUPPORTED;
}

static int32_t succeed(void *instance, const gantry_call_v1 *call, gantry_error_v1 *error) {
    (void)instance, (void)call, (void)error;
    return GANTRY_OK;
}

static int32_t destroy(void *instance) {
    free(instance);
    return GANTRY_OK;
}

static int32_t describe(void *module, const gantry_description_v1 **out) {
    static const gantry_str_v1 operations[] = {TEXT("count"), TEXT("echo"), TEXT("measure"),
                                               TEXT("later"), TEXT("open"), TEXT("watched")};
    static const gantry_description_v1 description = {
        .id = TEXT("streams"), .version = TEXT("1.0.0"), .operations = operations, .operation_count = 6};
    (void)module;
    *out = &description;
    return GANTRY_OK;
}

static int32_t find(void *module, gantry_str_v1 id, uint32_t revision, const void **out) {
    static const gantry_lifecycle_v1 lifecycle = {describe, create, succeed, succeed, succeed, destroy};
    static const gantry_http_v1 http = {handle, check};
    (void)module;
    *out = NULL;
    if (revision == 1 && id.size == strlen(GANTRY_LIFECYCLE_ID) && !memcmp(id.data, GANTRY_LIFECYCLE_ID, id.size))
        *out = &lifecycle;
    if (revision == 1 && id.size == strlen(GANTRY_HTTP_ID) && !memcmp(id.data, GANTRY_HTTP_ID, id.size)) *out = &http;
    return *out ? GANTRY_OK : GANTRY_E_UNSUPPORTED;
}

int32_t gantry_entry_v1(const gantry_host_v1 *host, gantry_module_v1 *out_module) {
    (void)host;
    out_module->module = NULL;
    out_module->query = find;
    return GANTRY_OK;
}
