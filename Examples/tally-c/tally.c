/*
 * Tally: counts the guestbook's entries by author. A module in C, written against the headers alone.
 *
 *   cc -std=c11 -O2 -fPIC -shared -fvisibility=hidden -IPluginAPI/C/include \
 *      -Wl,--version-script=PluginAPI/C/gantry.map -o libtally.so Examples/tally-c/tally.c
 */
#include <gantry/gantry.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

GANTRY_MODULE_NOTE(GANTRY_RUNTIME_NONE);

#define TEXT(literal) ((gantry_str_v1){(const uint8_t *)(literal), sizeof(literal) - 1})

static int equals(gantry_str_v1 a, gantry_str_v1 b) {
    return a.size == b.size && (a.size == 0 || memcmp(a.data, b.data, a.size) == 0);
}

/* The tables that this tenant's instance works with. */
typedef struct tally_instance {
    const gantry_database_v1 *database;
    const gantry_response_v1 *response;
} tally_instance;

static gantry_value_v1 text_value(gantry_str_v1 text) {
    return (gantry_value_v1){.type = GANTRY_VALUE_TEXT, .bytes = text};
}

/* ---- Counting: one transaction for an event, which also notes its id so that a repeated delivery counts once. ---- */

typedef struct signature {
    const tally_instance *instance;
    const gantry_call_v1 *call;
    const gantry_event_v1 *event;
    gantry_error_v1 *error;
} signature;

static int32_t count_signature(void *context, uint64_t transaction) {
    const signature *sig = context;
    const gantry_database_v1 *db = sig->instance->database;
    /* The guestbook orders its events by author, so the key names the author. */
    gantry_value_v1 id = text_value(sig->event->id), author = text_value(sig->event->key);
    uint64_t added = 0;
    int32_t status = db->execute(sig->call, transaction,
                                 TEXT("INSERT INTO seen_events (id) VALUES ($1) ON CONFLICT DO NOTHING"), &id, 1, NULL,
                                 NULL, &added, sig->error);
    if (status != GANTRY_OK || added == 0) return status;
    return db->execute(sig->call, transaction,
                       TEXT("INSERT INTO tally (author, entries) VALUES ($1, 1) "
                            "ON CONFLICT (author) DO UPDATE SET entries = tally.entries + 1"),
                       &author, 1, NULL, NULL, NULL, sig->error);
}

static int32_t deliver(void *instance, const gantry_call_v1 *call, const gantry_event_v1 *event,
                       gantry_error_v1 *error) {
    signature sig = {instance, call, event, error};
    return sig.instance->database->transact(call, GANTRY_TRANSACTION_WRITE, count_signature, &sig, error);
}

/* ---- Listing: the rows become JSON in a buffer that grows. ---- */

typedef struct listing {
    const tally_instance *instance;
    const gantry_call_v1 *call;
    char *json;
    size_t size, capacity;
    int failed;
} listing;

static void add(listing *out, const void *bytes, size_t size) {
    if (out->size + size > out->capacity) {
        size_t capacity = (out->size + size) * 2;
        char *grown = realloc(out->json, capacity);
        if (grown == NULL) {
            out->failed = 1;
            return;
        }
        out->json = grown;
        out->capacity = capacity;
    }
    memcpy(out->json + out->size, bytes, size);
    out->size += size;
}

static void add_string(listing *out, gantry_str_v1 text) {
    add(out, "\"", 1);
    for (uint64_t i = 0; i < text.size; i++) {
        char escaped[8];
        uint8_t byte = text.data[i];
        if (byte == '"' || byte == '\\') add(out, (char[]){'\\', (char)byte}, 2);
        else if (byte < 0x20) add(out, escaped, (size_t)snprintf(escaped, sizeof escaped, "\\u%04x", byte));
        else add(out, &byte, 1);
    }
    add(out, "\"", 1);
}

static int32_t add_row(void *context, const gantry_value_v1 *columns, uint64_t column_count) {
    listing *out = context;
    char count[40];
    if (column_count != 2) return GANTRY_E_INVALID;
    if (out->json[out->size - 1] == '}') add(out, ",", 1);
    add(out, "{\"author\":", 10);
    add_string(out, columns[0].bytes);
    add(out, count, (size_t)snprintf(count, sizeof count, ",\"entries\":%lld}", (long long)columns[1].integer));
    return out->failed ? GANTRY_E_FAILED : GANTRY_OK;
}

static int32_t read_tally(void *context, uint64_t transaction) {
    listing *out = context;
    out->size = 0; /* the body may be run again */
    add(out, "{\"authors\":[", 12);
    if (out->failed) return GANTRY_E_FAILED;
    int32_t status = out->instance->database->execute(
        out->call, transaction, TEXT("SELECT author, entries FROM tally ORDER BY entries DESC, author"), NULL, 0,
        add_row, out, NULL, NULL);
    add(out, "]}", 2);
    return out->failed ? GANTRY_E_FAILED : status;
}

static int32_t list_tally(const tally_instance *instance, const gantry_call_v1 *call) {
    listing out = {.instance = instance, .call = call};
    int32_t status = instance->database->transact(call, GANTRY_TRANSACTION_READ, read_tally, &out, NULL);
    if (status == GANTRY_OK) {
        status = instance->response->send(call, 200, TEXT("application/json"), NULL, 0,
                                          (gantry_str_v1){(const uint8_t *)out.json, out.size});
    }
    free(out.json);
    return status;
}

/* ---- The service that other modules of the tenant call: how many entries an author has. ---- */

typedef struct question {
    const tally_instance *instance;
    const gantry_call_v1 *call;
    gantry_str_v1 author;
    int64_t entries;
} question;

static int32_t take_count(void *context, const gantry_value_v1 *columns, uint64_t column_count) {
    question *asked = context;
    if (column_count != 1) return GANTRY_E_INVALID;
    asked->entries = columns[0].integer;
    return GANTRY_OK;
}

static int32_t read_count(void *context, uint64_t transaction) {
    question *asked = context;
    gantry_value_v1 author = text_value(asked->author);
    asked->entries = 0; /* the body may be run again */
    return asked->instance->database->execute(asked->call, transaction,
                                              TEXT("SELECT entries FROM tally WHERE author = $1"), &author, 1,
                                              take_count, asked, NULL, NULL);
}

static int32_t count(void *instance, const gantry_call_v1 *call, gantry_str_v1 author, int64_t *out_result) {
    question asked = {instance, call, author, 0};
    int32_t status = asked.instance->database->transact(call, GANTRY_TRANSACTION_READ, read_count, &asked, NULL);
    *out_result = asked.entries;
    return status;
}

static int32_t function(void *module, gantry_str_v1 signature, gantry_service_fn_v1 *out_function) {
    (void)module;
    if (!equals(signature, TEXT("tally.count(string) -> i64"))) return GANTRY_E_UNSUPPORTED;
    *out_function = (gantry_service_fn_v1)count;
    return GANTRY_OK;
}

/* ---- Requests. `operation` is the position in the description's list. ---- */

static const gantry_str_v1 operations[] = {{(const uint8_t *)"listTally", 9}, {(const uint8_t *)"showVersion", 11}};
static const gantry_str_v1 subscriptions[] = {{(const uint8_t *)"onSigned", 8}};

static int32_t handle(void *instance, const gantry_call_v1 *call, const gantry_request_v1 *request) {
    const tally_instance *tally = instance;
    switch (request->operation) {
    case 0: return list_tally(tally, call);
    case 1:
        return tally->response->send(call, 200, TEXT("application/json"), NULL, 0, TEXT("{\"version\":\"1.0.0\"}"));
    default: return GANTRY_E_INVALID;
    }
}

static int32_t check(void *instance, const gantry_call_v1 *call, const gantry_request_v1 *request,
                     const gantry_finding_v1 *known, uint64_t known_count, gantry_finding_fn_v1 report, void *context,
                     gantry_error_v1 *error) {
    (void)instance, (void)call, (void)request, (void)known, (void)known_count, (void)report, (void)context;
    (void)error;
    return GANTRY_OK; /* the contract says it all */
}

/* ---- Life. ---- */

static const gantry_description_v1 description = {
    .id = {(const uint8_t *)"tally", 5},
    .version = {(const uint8_t *)"1.0.0", 5},
    .operations = operations,
    .operation_count = 2,
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
    const void *database = NULL, *response = NULL;
    int32_t status = host->query(host->scope, TEXT(GANTRY_DATABASE_ID), 1, &database);
    if (status == GANTRY_OK) status = host->query(host->scope, TEXT(GANTRY_RESPONSE_ID), 1, &response);
    if (status != GANTRY_OK) return status;

    tally_instance *instance = malloc(sizeof *instance);
    if (instance == NULL) return GANTRY_E_FAILED;
    *instance = (tally_instance){database, response};
    *out_instance = instance;
    return GANTRY_OK;
}

static int32_t nothing_to_do(void *instance, const gantry_call_v1 *call, gantry_error_v1 *error) {
    (void)instance, (void)call, (void)error;
    return GANTRY_OK;
}

static int32_t destroy(void *instance) {
    free(instance);
    return GANTRY_OK;
}

static const gantry_lifecycle_v1 lifecycle = {describe, create, nothing_to_do, nothing_to_do, nothing_to_do, destroy};
static const gantry_http_v1 http = {handle, check};
static const gantry_subscriber_v1 subscriber = {deliver};
static const gantry_exporter_v1 exporter = {function, NULL};

static int32_t query(void *module, gantry_str_v1 id, uint32_t revision, const void **out_table) {
    (void)module;
    *out_table = NULL;
    if (revision != 1) return GANTRY_E_UNSUPPORTED;
    if (equals(id, TEXT(GANTRY_LIFECYCLE_ID))) *out_table = &lifecycle;
    else if (equals(id, TEXT(GANTRY_HTTP_ID))) *out_table = &http;
    else if (equals(id, TEXT(GANTRY_SUBSCRIBER_ID))) *out_table = &subscriber;
    else if (equals(id, TEXT(GANTRY_EXPORTER_ID))) *out_table = &exporter;
    return *out_table == NULL ? GANTRY_E_UNSUPPORTED : GANTRY_OK;
}

int32_t gantry_entry_v1(const gantry_host_v1 *host, gantry_module_v1 *out_module) {
    (void)host;
    *out_module = (gantry_module_v1){.module = NULL, .query = query};
    return GANTRY_OK;
}
