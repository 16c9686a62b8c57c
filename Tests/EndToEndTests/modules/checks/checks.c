/* A check of its own beside the contract's, and answers that are not what the contract says. */
#include <gantry/gantry.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

GANTRY_MODULE_NOTE(GANTRY_RUNTIME_NONE);

#define TEXT(literal) {(const uint8_t *)(literal), sizeof(literal) - 1}

typedef struct module_instance {
    const gantry_response_v1 *response;
    const gantry_stream_v1 *stream;
} module_instance;

static gantry_str_v1 text(const char *chars) {
    gantry_str_v1 result = {(const uint8_t *)chars, strlen(chars)};
    return result;
}

static int is(gantry_str_v1 value, const char *chars) {
    return value.size == strlen(chars) && !memcmp(value.data, chars, value.size);
}

static int holds(gantry_str_v1 value, const char *chars) {
    return memmem(value.data, value.size, chars, strlen(chars)) != NULL;
}

static int32_t send_json(module_instance *self, const gantry_call_v1 *call, uint32_t status, const char *body) {
    return self->response->send(call, status, text("application/json"), NULL, 0, text(body));
}

/* Answers in the way that the path names. */
static int32_t answer(module_instance *self, const gantry_call_v1 *call, gantry_str_v1 kind) {
    static const gantry_field_v1 total = {TEXT("X-Total"), TEXT("3")};
    static const gantry_field_v1 negative = {TEXT("X-Total"), TEXT("-3")};
    if (is(kind, "good"))
        return self->response->send(call, 200, text("application/json"), &total, 1, text("{\"id\":\"a\"}"));
    if (is(kind, "status")) return send_json(self, call, 202, "{\"id\":\"a\"}");
    if (is(kind, "type")) return self->response->send(call, 200, text("text/html"), &total, 1, text("<p>"));
    if (is(kind, "body"))
        return self->response->send(call, 200, text("application/json"), &total, 1, text("{\"id\":[1]}"));
    if (is(kind, "member"))
        return self->response->send(call, 200, text("application/json"), &total, 1, text("{\"id\":\"a\",\"b\":1}"));
    if (is(kind, "syntax"))
        return self->response->send(call, 200, text("application/json"), &total, 1, text("{\"id\":"));
    if (is(kind, "missing-header")) return send_json(self, call, 200, "{\"id\":\"a\"}");
    if (is(kind, "wrong-header"))
        return self->response->send(call, 200, text("application/json"), &negative, 1, text("{\"id\":\"a\"}"));
    if (is(kind, "nothing")) return self->response->send(call, 204, text(""), NULL, 0, text(""));
    if (is(kind, "something")) return self->response->send(call, 204, text("text/plain"), NULL, 0, text("x"));
    if (is(kind, "conflict"))
        return self->response->fail(call, 409, text("taken"), text("It is taken."), text("{\"by\":\"x\"}"));
    if (is(kind, "gone"))
        return self->response->fail(call, 410, text("gone"), text("It is gone."), text(""));
    if (is(kind, "absent"))
        return self->response->fail(call, 404, text("not_found"), text("No such thing."), text(""));
    uint64_t accepted = 0;
    const char *type = is(kind, "stream") ? "text/event-stream" : "text/css";
    if (self->stream->start(call, 200, text(type), &total, 1) != GANTRY_OK) return GANTRY_PENDING;
    self->stream->write(call, text("data: 1\n\n"), &accepted);
    self->stream->finish(call);
    return GANTRY_PENDING;
}

static int32_t handle(void *instance, const gantry_call_v1 *call, const gantry_request_v1 *request) {
    module_instance *self = instance;
    if (request->operation == 0) return answer(self, call, request->path_parameters[0]);
    return send_json(self, call, 200, "{}");
}

/* Says how many findings there were and where the first one was, and finds fault with what the body asks it to. */
static int32_t check(void *instance, const gantry_call_v1 *call, const gantry_request_v1 *request,
                     const gantry_finding_v1 *known, uint64_t known_count, gantry_finding_fn_v1 report, void *context,
                     gantry_error_v1 *error) {
    char message[64];
    (void)instance, (void)call, (void)error;
    snprintf(message, sizeof message, "follows %d findings, the first in %d", (int)known_count,
             known_count ? (int)known[0].location : -1);
    const gantry_finding_v1 late = {.path = TEXT("list.1.unit"), .code = TEXT("unit_mismatch"),
                                    .message = text(message)};
    const gantry_finding_v1 query = {.location = GANTRY_LOCATION_QUERY, .path = TEXT("to"),
                                     .code = TEXT("out_of_range"), .message = TEXT("Must be later than from.")};
    if (holds(request->body, "\"bad\"")) report(context, &late);
    for (uint32_t index = 0; index < request->query_count; index++)
        if (is(request->query[index].name, "to") && is(request->query[index].value, "0")) report(context, &query);
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
    *out_instance = self;
    return self->response && self->stream ? GANTRY_OK : GANTRY_E_UNSUPPORTED;
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
    static const gantry_str_v1 operations[] = {TEXT("answer"), TEXT("weigh")};
    static const gantry_description_v1 description = {
        .id = TEXT(MODULE_ID), .version = TEXT("1.0.0"), .operations = operations, .operation_count = 2};
    (void)module;
    *out = &description;
    return GANTRY_OK;
}

static int32_t find(void *module, gantry_str_v1 id, uint32_t revision, const void **out) {
    static const gantry_lifecycle_v1 lifecycle = {describe, create, succeed, succeed, succeed, destroy};
    static const gantry_http_v1 http = {handle, check};
    (void)module;
    *out = NULL;
    if (revision == 1 && is(id, GANTRY_LIFECYCLE_ID)) *out = &lifecycle;
    if (revision == 1 && is(id, GANTRY_HTTP_ID)) *out = &http;
    return *out ? GANTRY_OK : GANTRY_E_UNSUPPORTED;
}

int32_t gantry_entry_v1(const gantry_host_v1 *host, gantry_module_v1 *out_module) {
    (void)host;
    out_module->module = NULL;
    out_module->query = find;
    return GANTRY_OK;
}
