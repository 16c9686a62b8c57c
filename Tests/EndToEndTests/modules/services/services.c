/* Every service of the host behind one operation each: what the end-to-end tests try the real tables with. */
#include <gantry/gantry.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

GANTRY_MODULE_NOTE(GANTRY_RUNTIME_NONE);

#define TEXT(literal) {(const uint8_t *)(literal), sizeof(literal) - 1}

typedef struct module_instance {
    const gantry_response_v1 *response;
    const gantry_http_client_v1 *http;
    const gantry_blobs_v1 *blobs;
    const gantry_cache_v1 *cache;
    const gantry_settings_v1 *settings;
    const gantry_identity_v1 *identity;
    const gantry_metrics_v1 *metrics;
    const gantry_trace_v1 *trace;
} module_instance;

/* What an operation answers, put together piece by piece. */
typedef struct output {
    char bytes[1 << 17];
    size_t size;
} output;

static gantry_str_v1 text(const char *chars) {
    gantry_str_v1 result = {(const uint8_t *)chars, strlen(chars)};
    return result;
}

static void add(output *out, gantry_str_v1 bytes) {
    size_t room = sizeof out->bytes - out->size;
    size_t size = bytes.size < room ? (size_t)bytes.size : room;
    if (size > 0) memcpy(out->bytes + out->size, bytes.data, size);
    out->size += size;
}

static void add_number(output *out, int64_t number) {
    char digits[24];
    snprintf(digits, sizeof digits, "%lld", (long long)number);
    add(out, text(digits));
}

static int32_t answer(const module_instance *self, const gantry_call_v1 *call, int32_t status, const output *out) {
    gantry_str_v1 body = {(const uint8_t *)out->bytes, out->size};
    char digits[16];
    snprintf(digits, sizeof digits, "%d", (int)status);
    gantry_field_v1 header = {TEXT("x-status"), text(digits)};
    return self->response->send(call, 200, text("text/plain"), &header, 1, body);
}

static gantry_str_v1 query(const gantry_request_v1 *request, const char *name) {
    gantry_str_v1 nothing = {NULL, 0};
    for (uint32_t index = 0; index < request->query_count; index++) {
        const gantry_field_v1 *field = &request->query[index];
        if (field->name.size == strlen(name) && memcmp(field->name.data, name, field->name.size) == 0)
            return field->value;
    }
    return nothing;
}

static int32_t take_bytes(void *context, gantry_str_v1 bytes) {
    add(context, bytes);
    return GANTRY_OK;
}

/* Requests to other servers. */

static int32_t take_response(void *context, int32_t status, const gantry_outbound_response_v1 *response,
                             const gantry_error_v1 *error) {
    output *out = context;
    if (status != GANTRY_OK) {
        gantry_str_v1 message = {error->message, error->message_size};
        add(out, message);
        return GANTRY_OK;
    }
    add_number(out, response->http_status);
    add(out, text(" "));
    add(out, response->url);
    add(out, text(" "));
    add(out, response->body);
    return GANTRY_OK;
}

static gantry_outbound_request_v1 outbound(const gantry_request_v1 *request) {
    gantry_outbound_request_v1 result = {0};
    result.method = text("GET");
    result.url = query(request, "url");
    result.redirect_limit = 3;
    result.timeout_milliseconds = 2000;
    return result;
}

static int32_t fetch(const module_instance *self, const gantry_call_v1 *call, const gantry_request_v1 *request,
                     output *out) {
    gantry_outbound_request_v1 wanted = outbound(request);
    uint8_t message[512];
    gantry_error_v1 error = {0, sizeof message, 0, 0, message};
    gantry_call_v1 span;
    self->trace->begin(call, text("fetching"), &span);
    self->trace->attribute(&span, text("purpose"), text("test"));
    int32_t status = self->http->perform(&span, &wanted, take_response, out, &error);
    self->trace->end(&span, status);
    if (status != GANTRY_OK && out->size == 0) {
        gantry_str_v1 text = {message, error.message_size};
        add(out, text);
    }
    return status;
}

/* A request whose handler has returned. */
typedef struct later {
    const module_instance *self;
    gantry_call_v1 call;
    output out;
    uint64_t exchange, received;
    int refusals;
} later;

static int32_t take_later(void *context, int32_t status, const gantry_outbound_response_v1 *response,
                          const gantry_error_v1 *error) {
    later *task = context;
    if (task->received > 0) add_number(&task->out, (int64_t)task->received);
    else take_response(&task->out, status, response, error);
    answer(task->self, &task->call, status, &task->out);
    free(task);
    return GANTRY_OK;
}

/* Leaves every other piece untaken once. */
static int32_t take_chunk(void *context, gantry_str_v1 bytes) {
    later *task = context;
    if (task->refusals++ % 2 == 0) return task->self->http->resume(&task->call, task->exchange), GANTRY_E_BUSY;
    task->received += bytes.size;
    return GANTRY_OK;
}

static int32_t begin(const module_instance *self, const gantry_call_v1 *call, const gantry_request_v1 *request,
                     int is_flow) {
    later *task = calloc(1, sizeof *task);
    gantry_outbound_request_v1 wanted = outbound(request);
    uint8_t message[512];
    gantry_error_v1 error = {0, sizeof message, 0, 0, message};
    int32_t status;
    task->self = self;
    task->call = *call;
    status = is_flow ? self->http->stream(call, &wanted, take_chunk, task, take_later, task, &task->exchange, &error)
                     : self->http->submit(call, &wanted, take_later, task, &task->exchange, &error);
    if (status == GANTRY_PENDING) return status;
    gantry_str_v1 text = {message, error.message_size};
    add(&task->out, text);
    answer(self, call, status, &task->out);
    free(task);
    return GANTRY_PENDING;
}

/* Blobs. */

static int32_t take_blob(void *context, const gantry_blob_v1 *blob) {
    output *out = context;
    char digest[65];
    for (int index = 0; index < 32; index++) snprintf(digest + index * 2, 3, "%02x", blob->sha256[index]);
    add(out, blob->key);
    add(out, text(" "));
    add_number(out, (int64_t)blob->size);
    add(out, text(" "));
    add(out, text(digest));
    add(out, text("\n"));
    return GANTRY_OK;
}

static int32_t put_blob(const module_instance *self, const gantry_call_v1 *call, const gantry_request_v1 *request,
                        output *out) {
    uint64_t writer = 0;
    int32_t status =
        self->blobs->create(call, request->path_parameters[0], text("application/octet-stream"), &writer, NULL);
    for (uint64_t offset = 0; status == GANTRY_OK && offset < request->body.size; offset += 65536) {
        uint64_t rest = request->body.size - offset;
        gantry_str_v1 piece = {request->body.data + offset, rest < 65536 ? rest : 65536};
        status = self->blobs->append(call, writer, piece, NULL);
    }
    return status == GANTRY_OK ? self->blobs->commit(call, writer, take_blob, out, NULL) : status;
}

static int32_t get_blob(const module_instance *self, const gantry_call_v1 *call, const gantry_request_v1 *request,
                        output *out) {
    uint64_t reader = 0, size = 0, offset = 0;
    uint8_t piece[4096];
    int32_t status = self->blobs->open(call, request->path_parameters[0], &reader, NULL, NULL, NULL);
    while (status == GANTRY_OK) {
        status = self->blobs->read(call, reader, offset, piece, sizeof piece, &size, NULL);
        gantry_str_v1 bytes = {piece, size};
        if (status == GANTRY_OK) add(out, bytes);
        offset += size;
    }
    return status == GANTRY_END && reader != 0 ? GANTRY_OK : status;
}

/* Tokens. */

static int32_t take_token(void *context, const gantry_token_v1 *token) {
    add(context, token->id);
    add(context, text(" "));
    add(context, token->text);
    return GANTRY_OK;
}

static int32_t take_principal(void *context, const gantry_principal_v1 *principal) {
    gantry_str_v1 parts[] = {principal->subject, principal->role, principal->token, principal->claims};
    add_number(context, principal->kind);
    for (size_t index = 0; index < sizeof parts / sizeof parts[0]; index++) {
        add(context, text("|"));
        add(context, parts[index]);
    }
    return GANTRY_OK;
}

static int32_t mint(const module_instance *self, const gantry_call_v1 *call, const gantry_request_v1 *request,
                    output *out) {
    gantry_token_order_v1 order = {
        TEXT("share"), request->path_parameters[0], TEXT("viewer"), TEXT("{\"album\":7}"), 60};
    return self->identity->mint(call, &order, take_token, out, NULL);
}

/* Everything that waits, from where nothing may wait. */
static int32_t forbidden(const module_instance *self, const gantry_call_v1 *call, const gantry_request_v1 *request,
                         output *out) {
    gantry_token_order_v1 order = {TEXT("share"), TEXT("x"), TEXT("viewer"), {NULL, 0}, 60};
    gantry_outbound_request_v1 wanted = outbound(request);
    wanted.url = text("http://127.0.0.1/");
    add_number(out, self->http->perform(call, &wanted, take_response, out, NULL));
    add_number(out, self->blobs->remove(call, text("x"), NULL));
    add_number(out, self->identity->mint(call, &order, take_token, out, NULL));
    return GANTRY_OK;
}

enum operation {
    FETCH, SUBMIT, FLOW, PUT_BLOB, GET_BLOB, DELETE_BLOB, LIST_BLOBS, COUNT, SECRET, MINT, VERIFY, REVOKE, WHOAMI,
    FORBIDDEN
};

static int32_t handle(void *instance, const gantry_call_v1 *call, const gantry_request_v1 *request) {
    const module_instance *self = instance;
    gantry_str_v1 nothing = {NULL, 0};
    gantry_str_v1 key = request->path_parameter_count > 0 ? request->path_parameters[0] : nothing;
    int32_t status = GANTRY_OK;
    int64_t value = 0;
    if (request->operation == SUBMIT || request->operation == FLOW)
        return begin(self, call, request, request->operation == FLOW);
    output *out = calloc(1, sizeof *out);
    gantry_field_v1 label = {TEXT("method"), request->method};
    self->metrics->add(call, text("calls"), &label, 1, 1);
    self->metrics->record(call, text("operation_number"), NULL, 0, request->operation);
    switch (request->operation) {
    case FETCH: status = fetch(self, call, request, out); break;
    case PUT_BLOB: status = put_blob(self, call, request, out); break;
    case GET_BLOB: status = get_blob(self, call, request, out); break;
    case DELETE_BLOB: status = self->blobs->remove(call, key, NULL); break;
    case LIST_BLOBS:
        status = self->blobs->list(call, query(request, "prefix"), nothing, 100, take_blob, out, NULL);
        break;
    case COUNT:
        status = self->cache->add(call, key, 1, 60000, &value);
        add_number(out, value);
        break;
    case SECRET: status = self->settings->secret(call, key, take_bytes, out); break;
    case MINT: status = mint(self, call, request, out); break;
    case VERIFY: status = self->identity->verify(call, query(request, "text"), take_principal, out, NULL); break;
    case REVOKE: status = self->identity->revoke(call, key, NULL); break;
    case WHOAMI: status = self->identity->principal(call, take_principal, out); break;
    default: status = forbidden(self, call, request, out);
    }
    status = answer(self, call, status, out);
    free(out);
    return status;
}

static int32_t check(void *instance, const gantry_call_v1 *call, const gantry_request_v1 *request,
                     const gantry_finding_v1 *known, uint64_t known_count, gantry_finding_fn_v1 finding, void *context,
                     gantry_error_v1 *error) {
    (void)instance, (void)call, (void)request, (void)known, (void)known_count, (void)finding, (void)context;
    (void)error;
    return GANTRY_OK;
}

static int32_t create(void *module, const gantry_call_v1 *call, const gantry_host_v1 *host,
                      gantry_str_v1 configuration, void **out_instance, gantry_error_v1 *error) {
    module_instance *self = calloc(1, sizeof *self);
    struct { const char *id; const void **table; } wanted[] = {
        {GANTRY_RESPONSE_ID, (const void **)&self->response}, {GANTRY_HTTP_CLIENT_ID, (const void **)&self->http},
        {GANTRY_BLOBS_ID, (const void **)&self->blobs},       {GANTRY_CACHE_ID, (const void **)&self->cache},
        {GANTRY_SETTINGS_ID, (const void **)&self->settings}, {GANTRY_IDENTITY_ID, (const void **)&self->identity},
        {GANTRY_METRICS_ID, (const void **)&self->metrics},   {GANTRY_TRACE_ID, (const void **)&self->trace},
    };
    (void)module, (void)call, (void)configuration, (void)error;
    for (size_t index = 0; index < sizeof wanted / sizeof wanted[0]; index++) {
        int32_t status = host->query(host->scope, text(wanted[index].id), 1, wanted[index].table);
        if (status != GANTRY_OK) return free(self), status;
    }
    *out_instance = self;
    return GANTRY_OK;
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
    static const gantry_str_v1 operations[] = {
        TEXT("fetch"), TEXT("submit"), TEXT("flow"), TEXT("putBlob"), TEXT("getBlob"), TEXT("deleteBlob"),
        TEXT("listBlobs"), TEXT("count"), TEXT("secret"), TEXT("mint"), TEXT("verify"), TEXT("revoke"),
        TEXT("whoami"), TEXT("forbidden")};
    static const gantry_description_v1 description = {
        TEXT("services"), TEXT("1.0.0"), operations, sizeof operations / sizeof operations[0], NULL, 0, NULL, 0};
    (void)module;
    *out = &description;
    return GANTRY_OK;
}

static int32_t tables(void *module, gantry_str_v1 id, uint32_t revision, const void **out_table) {
    static const gantry_lifecycle_v1 lifecycle = {describe, create, succeed, succeed, succeed, destroy};
    static const gantry_http_v1 http = {handle, check};
    (void)module;
    if (revision != 1) return GANTRY_E_UNSUPPORTED;
    if (id.size == strlen(GANTRY_LIFECYCLE_ID) && memcmp(id.data, GANTRY_LIFECYCLE_ID, id.size) == 0)
        return *out_table = &lifecycle, GANTRY_OK;
    if (id.size == strlen(GANTRY_HTTP_ID) && memcmp(id.data, GANTRY_HTTP_ID, id.size) == 0)
        return *out_table = &http, GANTRY_OK;
    return GANTRY_E_UNSUPPORTED;
}

int32_t gantry_entry_v1(const gantry_host_v1 *host, gantry_module_v1 *out_module) {
    (void)host;
    out_module->module = NULL;
    out_module->query = tables;
    return GANTRY_OK;
}
