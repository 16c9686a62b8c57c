/* stock: takes a warehouse's stock as CSV, and says what there is. All of a file counts, or nothing of it. */
#include <gantry_kit.h>

#include "csv/csv.h"

typedef struct stock {
    const gantry_response_v1 *response;
    const gantry_database_v1 *database;
    const gantry_events_v1 *events;
} stock;

/* ---- POST /v1/stock/imports ---- */

typedef struct import {
    const stock *self;
    const gantry_call_v1 *call;
    gantry_str_v1 body;
    char *text; /* a copy of the body, which the reader changes */
    int64_t count;
    char refusal[160]; /* what is wrong with the file; empty when nothing is */
    gantry_error_v1 *error;
} import;

static int32_t refuse(import *work, size_t line, const char *what) {
    snprintf(work->refusal, sizeof work->refusal, "Line %zu: %s", line, what);
    return GANTRY_E_FAILED; /* whatever is no success undoes the transaction */
}

static int read_quantity(const csv_field *field, int64_t *out) {
    char digits[16] = {0}, *end;
    if (field->size == 0 || field->size >= sizeof digits) return 0;
    memcpy(digits, field->data, field->size);
    *out = strtoll(digits, &end, 10);
    return *end == '\0' && *out >= 0;
}

static int32_t keep_item(import *work, uint64_t transaction, const csv_field *fields, int64_t quantity) {
    gantry_value_v1 values[] = {
        gantry_text_value((gantry_str_v1){(const uint8_t *)fields[0].data, fields[0].size}),
        gantry_text_value((gantry_str_v1){(const uint8_t *)fields[1].data, fields[1].size}),
        gantry_integer_value(quantity),
    };
    return work->self->database->execute(
        work->call, transaction,
        GANTRY_TEXT("INSERT INTO items (sku, name, quantity) VALUES ($1, $2, $3) "
                    "ON CONFLICT (sku) DO UPDATE SET name = $2, quantity = $3"),
        values, GANTRY_COUNT(values), NULL, NULL, NULL, work->error);
}

/* The body of the transaction. It may run again, so it begins with a fresh copy and counts from 0. */
static int32_t import_all(void *context, uint64_t transaction) {
    import *work = context;
    csv_reader reader;
    csv_field fields[CSV_MAXIMUM_FIELDS];
    size_t field_count;
    enum csv_outcome outcome;
    work->count = 0;
    work->refusal[0] = '\0';
    if (work->body.size > 0) memcpy(work->text, work->body.data, work->body.size);
    csv_open(&reader, work->text, work->body.size);
    while ((outcome = csv_read(&reader, fields, &field_count)) == CSV_RECORD) {
        int64_t quantity;
        if (field_count != 3) return refuse(work, reader.line, "sku, name and quantity are needed.");
        if (fields[0].size == 0) return refuse(work, reader.line, "the sku is empty.");
        if (!read_quantity(&fields[2], &quantity)) return refuse(work, reader.line, "the quantity is no number.");
        int32_t status = keep_item(work, transaction, fields, quantity);
        if (status != GANTRY_OK) return status;
        work->count++;
    }
    if (outcome == CSV_BROKEN_QUOTES) return refuse(work, reader.line, "its quotes do not fit together.");
    if (outcome == CSV_TOO_MANY_FIELDS) return refuse(work, reader.line, "it has too many fields.");
    char data[48];
    snprintf(data, sizeof data, "{\"items\":%lld}", (long long)work->count);
    return work->self->events->publish(work->call, transaction, GANTRY_TEXT("stock.imported"), (gantry_str_v1){0},
                                       gantry_text_of(data), NULL, work->error);
}

static int32_t import_stock(void *instance, const gantry_call_v1 *call, const gantry_request_v1 *request) {
    const stock *self = instance;
    import work = {.self = self, .call = call, .body = request->body, .text = malloc(request->body.size + 1)};
    if (work.text == NULL) return GANTRY_E_FAILED;
    int32_t status = self->database->transact(call, GANTRY_TRANSACTION_WRITE, import_all, &work, NULL);
    free(work.text);
    if (work.refusal[0] != '\0') {
        return self->response->fail(call, 422, GANTRY_TEXT("unreadable_file"), gantry_text_of(work.refusal),
                                    (gantry_str_v1){0});
    }
    if (status != GANTRY_OK) return status;
    gantry_buffer json = {0};
    gantry_add_raw(&json, "{\"items\":");
    gantry_add_integer(&json, work.count);
    gantry_add_raw(&json, "}");
    return gantry_send_json(self->response, call, 200, &json);
}

/* ---- GET /v1/stock/items ---- */

typedef struct listing {
    const stock *self;
    const gantry_call_v1 *call;
    gantry_buffer json;
} listing;

static int32_t add_item(void *context, const gantry_value_v1 *columns, uint64_t column_count) {
    listing *out = context;
    if (column_count != 3) return GANTRY_E_INVALID;
    gantry_add_raw(&out->json, out->json.data[out->json.size - 1] == '}' ? ",{\"sku\":" : "{\"sku\":");
    gantry_add_string(&out->json, columns[0].bytes);
    gantry_add_raw(&out->json, ",\"name\":");
    gantry_add_string(&out->json, columns[1].bytes);
    gantry_add_raw(&out->json, ",\"quantity\":");
    gantry_add_integer(&out->json, columns[2].integer);
    gantry_add_raw(&out->json, "}");
    return out->json.failed ? GANTRY_E_FAILED : GANTRY_OK;
}

static int32_t read_items(void *context, uint64_t transaction) {
    listing *out = context;
    out->json.size = 0;
    gantry_add_raw(&out->json, "{\"items\":[");
    if (out->json.failed) return GANTRY_E_FAILED;
    int32_t status = out->self->database->execute(
        out->call, transaction, GANTRY_TEXT("SELECT sku, name, quantity FROM items ORDER BY sku"), NULL, 0, add_item,
        out, NULL, NULL);
    gantry_add_raw(&out->json, "]}");
    return status;
}

static int32_t list_items(void *instance, const gantry_call_v1 *call, const gantry_request_v1 *request) {
    (void)request;
    const stock *self = instance;
    listing out = {.self = self, .call = call};
    int32_t status = self->database->transact(call, GANTRY_TRANSACTION_READ, read_items, &out, NULL);
    if (status == GANTRY_OK) return gantry_send_json(self->response, call, 200, &out.json);
    gantry_buffer_free(&out.json);
    return status;
}

/* ---- Life ---- */

static int32_t create(const gantry_host_v1 *host, gantry_str_v1 configuration, void **out_instance,
                      gantry_error_v1 *error) {
    (void)configuration;
    stock *self = calloc(1, sizeof *self);
    if (self == NULL) return GANTRY_E_FAILED;
    int32_t status = GANTRY_FIND(host, GANTRY_RESPONSE_ID, &self->response);
    if (status == GANTRY_OK) status = GANTRY_FIND(host, GANTRY_DATABASE_ID, &self->database);
    if (status == GANTRY_OK) status = GANTRY_FIND(host, GANTRY_EVENTS_ID, &self->events);
    if (status != GANTRY_OK) {
        free(self);
        return gantry_fail(error, status, "A table is missing: does module.yaml ask for `database` and `events`?");
    }
    *out_instance = self;
    return GANTRY_OK;
}

static int32_t destroy(void *instance) {
    free(instance);
    return GANTRY_OK;
}

static const gantry_kit_operation operations[] = {{"importStock", import_stock}, {"listItems", list_items}};

static const gantry_kit_module module = {
    .id = "stock",
    .version = "1.0.0",
    .operations = operations,
    .operation_count = GANTRY_COUNT(operations),
    .create = create,
    .destroy = destroy,
};

GANTRY_EXPORT(module)
