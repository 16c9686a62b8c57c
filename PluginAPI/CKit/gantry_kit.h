/*
 * gantry_kit.h: what a module in C would otherwise write again each time: the description and its tables, text that
 * grows, JSON in and out. It consists of functions of the module's own; it is no part of the interface, which the
 * headers under `gantry/` are. Include it in exactly one file of a module, or leave it out.
 *
 *   static const gantry_kit_operation operations[] = {{"listNotes", list_notes}};
 *   static const gantry_kit_module module = {
 *       .id = "notes", .version = "1.0.0",
 *       .operations = operations, .operation_count = GANTRY_COUNT(operations),
 *       .create = create, .destroy = destroy,
 *   };
 *   GANTRY_EXPORT(module)
 */
#ifndef GANTRY_KIT_H
#define GANTRY_KIT_H

#include <gantry/gantry.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define GANTRY_COUNT(list) (sizeof(list) / sizeof((list)[0]))

/* ---- Text ---- */

/* Text from a literal. */
#define GANTRY_TEXT(literal) ((gantry_str_v1){(const uint8_t *)(literal), sizeof(literal) - 1})

static inline gantry_str_v1 gantry_text_of(const char *text) {
    return (gantry_str_v1){(const uint8_t *)text, strlen(text)};
}

/* Whether address and size can belong together: no size without an address, none that no memory has. */
static inline int gantry_is_span(gantry_str_v1 text) {
    return text.size == 0 || (text.data != NULL && text.size <= UINT64_C(1) << 40);
}

static inline int gantry_equals(gantry_str_v1 text, const char *other) {
    return gantry_is_span(text) && text.size == strlen(other) &&
           (text.size == 0 || memcmp(text.data, other, text.size) == 0);
}

/*
 * Bytes that grow. Begin with `gantry_buffer out = {0};`, end with gantry_buffer_free. What does not fit into memory
 * sets `failed` and is left out, so that only the end has to be checked.
 */
typedef struct gantry_buffer {
    char *data;
    size_t size, capacity;
    int failed;
} gantry_buffer;

static inline void gantry_add(gantry_buffer *out, const void *bytes, size_t size) {
    if (out->size + size > out->capacity) {
        size_t capacity = (out->size + size) * 2;
        char *grown = realloc(out->data, capacity);
        if (grown == NULL) {
            out->failed = 1;
            return;
        }
        out->data = grown;
        out->capacity = capacity;
    }
    if (size > 0) memcpy(out->data + out->size, bytes, size);
    out->size += size;
}

/* Adds the text as it stands, such as `{"id":`. */
static inline void gantry_add_raw(gantry_buffer *out, const char *text) { gantry_add(out, text, strlen(text)); }

/* Adds a JSON string: quotes, and escapes where they are needed. */
static inline void gantry_add_string(gantry_buffer *out, gantry_str_v1 text) {
    if (!gantry_is_span(text)) text.size = 0;
    gantry_add(out, "\"", 1);
    for (uint64_t i = 0; i < text.size; i++) {
        char escaped[8];
        uint8_t byte = text.data[i];
        if (byte == '"' || byte == '\\') gantry_add(out, (char[]){'\\', (char)byte}, 2);
        else if (byte < 0x20) gantry_add(out, escaped, (size_t)snprintf(escaped, sizeof escaped, "\\u%04x", byte));
        else gantry_add(out, &byte, 1);
    }
    gantry_add(out, "\"", 1);
}

static inline void gantry_add_integer(gantry_buffer *out, int64_t value) {
    char digits[24];
    gantry_add(out, digits, (size_t)snprintf(digits, sizeof digits, "%lld", (long long)value));
}

static inline gantry_str_v1 gantry_buffer_text(const gantry_buffer *buffer) {
    return (gantry_str_v1){(const uint8_t *)buffer->data, buffer->size};
}

static inline void gantry_buffer_free(gantry_buffer *buffer) {
    free(buffer->data);
    *buffer = (gantry_buffer){0};
}

/* ---- Reading JSON: the host has parsed it and held it against the contract. ---- */

/* The member's value; NULL when there is none, or when this is no object. */
static inline const gantry_node_v1 *gantry_member(const gantry_document_v1 *document, const char *name) {
    if (document == NULL || document->node_count == 0 || document->nodes == NULL || document->bytes.data == NULL ||
        document->nodes[0].kind != GANTRY_NODE_OBJECT) {
        return NULL;
    }
    const gantry_node_v1 *nodes = document->nodes, *found = NULL;
    for (uint32_t i = 1; i + 1 < document->node_count && i < nodes[0].next; i = nodes[i + 1].next) {
        gantry_str_v1 key = {document->bytes.data + nodes[i].offset, nodes[i].length};
        if (gantry_equals(key, name)) found = &nodes[i + 1]; /* of two of one name the last counts */
    }
    return found;
}

/* Adds the code point as UTF-8. */
static inline void gantry_add_scalar(gantry_buffer *out, uint32_t scalar) {
    uint8_t bytes[4];
    size_t size = 0;
    if (scalar < 0x80) bytes[size++] = (uint8_t)scalar;
    else if (scalar < 0x800) bytes[size++] = (uint8_t)(0xC0 | scalar >> 6);
    else if (scalar < 0x10000) bytes[size++] = (uint8_t)(0xE0 | scalar >> 12);
    else bytes[size++] = (uint8_t)(0xF0 | scalar >> 18);
    if (scalar >= 0x10000) bytes[size++] = (uint8_t)(0x80 | (scalar >> 12 & 0x3F));
    if (scalar >= 0x800) bytes[size++] = (uint8_t)(0x80 | (scalar >> 6 & 0x3F));
    if (scalar >= 0x80) bytes[size++] = (uint8_t)(0x80 | (scalar & 0x3F));
    gantry_add(out, bytes, size);
}

static inline uint32_t gantry_four_digits(const uint8_t *hexadecimal) {
    char digits[5] = {0};
    memcpy(digits, hexadecimal, 4);
    return (uint32_t)strtoul(digits, NULL, 16);
}

/* Adds the text of a JSON string, its escapes resolved; answers 0 when the node is none. */
static inline int gantry_read_string(const gantry_document_v1 *document, const gantry_node_v1 *node,
                                     gantry_buffer *out) {
    if (node == NULL || node->kind != GANTRY_NODE_STRING) return 0;
    const uint8_t *next = document->bytes.data + node->offset, *end = next + node->length;
    if (!(node->flags & GANTRY_NODE_ESCAPED)) {
        gantry_add(out, next, node->length);
        return !out->failed;
    }
    while (next < end) {
        if (*next != '\\' || end - next < 2) {
            gantry_add(out, next++, 1);
            continue;
        }
        static const char names[] = "bfnrt", meanings[] = "\b\f\n\r\t";
        const char *name = strchr(names, (char)next[1]);
        if (next[1] == 'u' && end - next >= 6) {
            uint32_t scalar = gantry_four_digits(next + 2);
            next += 6;
            if (scalar >= 0xD800 && scalar < 0xDC00 && end - next >= 6) {
                scalar = 0x10000 + ((scalar - 0xD800) << 10) + (gantry_four_digits(next + 2) - 0xDC00);
                next += 6;
            }
            gantry_add_scalar(out, scalar);
        } else {
            gantry_add(out, name != NULL ? &meanings[name - names] : (const char *)&next[1], 1);
            next += 2;
        }
    }
    return !out->failed;
}

/* Reads a number without fraction that fits; answers 0 when the node is none. */
static inline int gantry_read_integer(const gantry_document_v1 *document, const gantry_node_v1 *node, int64_t *out) {
    char digits[24] = {0};
    if (node == NULL || !(node->flags & GANTRY_NODE_INTEGER) || node->length >= sizeof digits) return 0;
    memcpy(digits, document->bytes.data + node->offset, node->length);
    *out = strtoll(digits, NULL, 10);
    return 1;
}

/* ---- The host ---- */

/* Finds a table of the host for `create`; what the manifest does not ask for is GANTRY_E_DENIED. */
#define GANTRY_FIND(host, id, out_table) gantry_find((host), GANTRY_TEXT(id), (const void **)(out_table))

static inline int32_t gantry_find(const gantry_host_v1 *host, gantry_str_v1 id, const void **out_table) {
    *out_table = NULL;
    int32_t status = host->query(host->scope, id, 1, out_table);
    if (status < 0) return status;
    return status == GANTRY_OK && *out_table != NULL ? GANTRY_OK : GANTRY_E_UNSUPPORTED;
}

static inline gantry_value_v1 gantry_text_value(gantry_str_v1 text) {
    return (gantry_value_v1){.type = GANTRY_VALUE_TEXT, .bytes = text};
}

static inline gantry_value_v1 gantry_integer_value(int64_t integer) {
    return (gantry_value_v1){.type = GANTRY_VALUE_INTEGER, .integer = integer};
}

/* Puts a sentence into the caller's error record, for the operator, and gives the status back. */
static inline int32_t gantry_fail(gantry_error_v1 *error, int32_t status, const char *message) {
    if (error != NULL && error->message != NULL) {
        size_t size = strlen(message);
        error->message_size = (uint32_t)(size < error->message_capacity ? size : error->message_capacity);
        memcpy(error->message, message, error->message_size);
    }
    return status;
}

/* Answers with JSON and frees the buffer. */
static inline int32_t gantry_send_json(const gantry_response_v1 *response, const gantry_call_v1 *call, uint32_t status,
                                       gantry_buffer *json) {
    int32_t answer = json->failed ? GANTRY_E_FAILED
                                  : response->send(call, status, GANTRY_TEXT("application/json"), NULL, 0,
                                                   gantry_buffer_text(json));
    gantry_buffer_free(json);
    return answer;
}

/* ---- The module ---- */

typedef int32_t (*gantry_kit_handler)(void *instance, const gantry_call_v1 *call, const gantry_request_v1 *request);
typedef int32_t (*gantry_kit_receiver)(void *instance, const gantry_call_v1 *call, const gantry_event_v1 *event,
                                       gantry_error_v1 *error);
typedef int32_t (*gantry_kit_runner)(void *instance, const gantry_call_v1 *call, const gantry_job_v1 *job,
                                     gantry_error_v1 *error);

/* A handler and its name: an operation id of the contract, a subscription's `handler`, a job of the manifest. */
typedef struct gantry_kit_operation {
    const char *name;
    gantry_kit_handler handle;
} gantry_kit_operation;

typedef struct gantry_kit_subscription {
    const char *name;
    gantry_kit_receiver deliver;
} gantry_kit_subscription;

typedef struct gantry_kit_job {
    const char *name;
    gantry_kit_runner run;
} gantry_kit_job;

/* With `state` an instance hands over what it holds in memory, see <gantry/state.h>; NULL otherwise. */
typedef struct gantry_kit_module {
    const char *id, *version; /* equal to those of module.yaml */
    const gantry_kit_operation *operations;
    size_t operation_count;
    const gantry_kit_subscription *subscriptions;
    size_t subscription_count;
    const gantry_kit_job *jobs;
    size_t job_count;
    /* Makes the instance for one tenant, and frees it. */
    int32_t (*create)(const gantry_host_v1 *host, gantry_str_v1 configuration, void **out_instance,
                      gantry_error_v1 *error);
    int32_t (*destroy)(void *instance);
    const gantry_state_v1 *state;
} gantry_kit_module;

/* Written once, by the entry, before anything else is called. */
static const gantry_kit_module *gantry_kit;
static gantry_description_v1 gantry_kit_description;
#define GANTRY_KIT_NAMES 128
static gantry_str_v1 gantry_kit_names[GANTRY_KIT_NAMES];

static inline int32_t gantry_kit_describe(void *module, const gantry_description_v1 **out_description) {
    (void)module;
    *out_description = &gantry_kit_description;
    return GANTRY_OK;
}

static inline int32_t gantry_kit_create(void *module, const gantry_call_v1 *call, const gantry_host_v1 *host,
                                        gantry_str_v1 configuration, void **out_instance, gantry_error_v1 *error) {
    (void)module, (void)call;
    return gantry_kit->create(host, configuration, out_instance, error);
}

static inline int32_t gantry_kit_step(void *instance, const gantry_call_v1 *call, gantry_error_v1 *error) {
    (void)instance, (void)call, (void)error;
    return GANTRY_OK;
}

static inline int32_t gantry_kit_destroy(void *instance) { return gantry_kit->destroy(instance); }

static inline int32_t gantry_kit_handle(void *instance, const gantry_call_v1 *call, const gantry_request_v1 *request) {
    if (request->operation >= gantry_kit->operation_count) return GANTRY_E_INVALID;
    return gantry_kit->operations[request->operation].handle(instance, call, request);
}

static inline int32_t gantry_kit_check(void *instance, const gantry_call_v1 *call, const gantry_request_v1 *request,
                                       const gantry_finding_v1 *known, uint64_t known_count,
                                       gantry_finding_fn_v1 report, void *context, gantry_error_v1 *error) {
    (void)instance, (void)call, (void)request, (void)known, (void)known_count, (void)report, (void)context;
    (void)error;
    return GANTRY_OK; /* the contract says it all */
}

static inline int32_t gantry_kit_deliver(void *instance, const gantry_call_v1 *call, const gantry_event_v1 *event,
                                         gantry_error_v1 *error) {
    if (event->subscription >= gantry_kit->subscription_count) return GANTRY_E_INVALID;
    return gantry_kit->subscriptions[event->subscription].deliver(instance, call, event, error);
}

static inline int32_t gantry_kit_run(void *instance, const gantry_call_v1 *call, const gantry_job_v1 *job,
                                     gantry_error_v1 *error) {
    if (job->job >= gantry_kit->job_count) return GANTRY_E_INVALID;
    return gantry_kit->jobs[job->job].run(instance, call, job, error);
}

static inline int32_t gantry_kit_query(void *module, gantry_str_v1 id, uint32_t revision, const void **out_table) {
    static const gantry_lifecycle_v1 lifecycle = {gantry_kit_describe, gantry_kit_create, gantry_kit_step,
                                                  gantry_kit_step,     gantry_kit_step,   gantry_kit_destroy};
    static const gantry_http_v1 http = {gantry_kit_handle, gantry_kit_check};
    static const gantry_subscriber_v1 subscriber = {gantry_kit_deliver};
    static const gantry_runner_v1 runner = {gantry_kit_run};
    (void)module;
    *out_table = NULL;
    if (revision != 1) return GANTRY_E_UNSUPPORTED;
    if (gantry_equals(id, GANTRY_LIFECYCLE_ID)) *out_table = &lifecycle;
    else if (gantry_equals(id, GANTRY_HTTP_ID)) *out_table = &http;
    else if (gantry_equals(id, GANTRY_SUBSCRIBER_ID) && gantry_kit->subscription_count > 0) *out_table = &subscriber;
    else if (gantry_equals(id, GANTRY_RUNNER_ID) && gantry_kit->job_count > 0) *out_table = &runner;
    else if (gantry_equals(id, GANTRY_STATE_ID)) *out_table = gantry_kit->state;
    return *out_table == NULL ? GANTRY_E_UNSUPPORTED : GANTRY_OK;
}

static inline int32_t gantry_kit_enter(const gantry_kit_module *kit, gantry_module_v1 *out_module) {
    size_t next = 0;
    if (kit->operation_count + kit->subscription_count + kit->job_count > GANTRY_KIT_NAMES) return GANTRY_E_LIMIT;
    gantry_kit = kit;
    gantry_str_v1 *names = gantry_kit_names;
    for (size_t i = 0; i < kit->operation_count; i++) names[next++] = gantry_text_of(kit->operations[i].name);
    for (size_t i = 0; i < kit->subscription_count; i++) names[next++] = gantry_text_of(kit->subscriptions[i].name);
    for (size_t i = 0; i < kit->job_count; i++) names[next++] = gantry_text_of(kit->jobs[i].name);
    gantry_kit_description = (gantry_description_v1){
        .id = gantry_text_of(kit->id),
        .version = gantry_text_of(kit->version),
        .operations = names,
        .operation_count = kit->operation_count,
        .subscriptions = names + kit->operation_count,
        .subscription_count = kit->subscription_count,
        .jobs = names + kit->operation_count + kit->subscription_count,
        .job_count = kit->job_count,
    };
    *out_module = (gantry_module_v1){.module = NULL, .query = gantry_kit_query};
    return GANTRY_OK;
}

/* The note in the library's file and the one function that it exports. Once, at file scope. */
#define GANTRY_EXPORT(kit_module)                                                           \
    GANTRY_MODULE_NOTE(GANTRY_RUNTIME_NONE);                                                \
    int32_t gantry_entry_v1(const gantry_host_v1 *host, gantry_module_v1 *out_module) {     \
        (void)host;                                                                         \
        return gantry_kit_enter(&(kit_module), out_module);                                 \
    }

#endif
