/* my-module: keeps notes. A list, a new note, and an event for whoever wants to hear of it. */
#include <gantry_kit.h>

/* What one tenant's instance works with. Keep nothing outside: tenants share the library. */
typedef struct my_module {
    const gantry_response_v1 *response;
    const gantry_database_v1 *database;
    const gantry_events_v1 *events;
    const gantry_clock_v1 *clock;
} my_module;

/* ---- GET /v1/my-module/notes ---- */

typedef struct listing {
    const my_module *self;
    const gantry_call_v1 *call;
    gantry_buffer json;
} listing;

static int32_t add_row(void *context, const gantry_value_v1 *columns, uint64_t column_count) {
    listing *out = context;
    if (columns == NULL || column_count != 3) return GANTRY_E_INVALID;
    gantry_add_raw(&out->json, out->json.data[out->json.size - 1] == '}' ? ",{\"id\":" : "{\"id\":");
    gantry_add_string(&out->json, columns[0].bytes);
    gantry_add_raw(&out->json, ",\"text\":");
    gantry_add_string(&out->json, columns[1].bytes);
    gantry_add_raw(&out->json, ",\"createdAt\":");
    gantry_add_integer(&out->json, columns[2].integer);
    gantry_add_raw(&out->json, "}");
    return out->json.failed ? GANTRY_E_FAILED : GANTRY_OK;
}

static int32_t read_notes(void *context, uint64_t transaction) {
    listing *out = context;
    out->json.size = 0; /* the body of a transaction may run again from its start */
    gantry_add_raw(&out->json, "{\"notes\":[");
    if (out->json.failed) return GANTRY_E_FAILED;
    int32_t status = out->self->database->execute(
        out->call, transaction, GANTRY_TEXT("SELECT id, text, created_at FROM notes ORDER BY created_at DESC, id"),
        NULL, 0, add_row, out, NULL, NULL);
    gantry_add_raw(&out->json, "]}");
    return status;
}

static int32_t list_notes(void *instance, const gantry_call_v1 *call, const gantry_request_v1 *request) {
    (void)request;
    const my_module *self = instance;
    listing out = {.self = self, .call = call};
    int32_t status = self->database->transact(call, GANTRY_TRANSACTION_READ, read_notes, &out, NULL);
    if (status == GANTRY_OK) return gantry_send_json(self->response, call, 200, &out.json);
    gantry_buffer_free(&out.json);
    return status;
}

/* ---- POST /v1/my-module/notes ---- */

typedef struct note {
    const my_module *self;
    const gantry_call_v1 *call;
    char id[33];
    gantry_buffer text, json;
    int64_t created_at;
} note;

/* The row and the event come to be together, or neither does. */
static int32_t write_note(void *context, uint64_t transaction) {
    note *new = context;
    gantry_value_v1 values[] = {gantry_text_value(gantry_text_of(new->id)),
                                gantry_text_value(gantry_buffer_text(&new->text)),
                                gantry_integer_value(new->created_at)};
    int32_t status = new->self->database->execute(
        new->call, transaction, GANTRY_TEXT("INSERT INTO notes (id, text, created_at) VALUES ($1, $2, $3)"), values,
        GANTRY_COUNT(values), NULL, NULL, NULL, NULL);
    if (status != GANTRY_OK) return status;
    return new->self->events->publish(new->call, transaction, GANTRY_TEXT("my-module.note.added"),
                                      gantry_text_of(new->id), gantry_buffer_text(&new->json), NULL, NULL);
}

static int32_t fill(note *new, const gantry_request_v1 *request) {
    uint8_t random[16];
    int32_t status = new->self->clock->random(new->call, random, sizeof random);
    if (status == GANTRY_OK) status = new->self->clock->now(new->call, &new->created_at);
    if (status != GANTRY_OK) return status;
    for (size_t i = 0; i < sizeof random; i++) snprintf(new->id + 2 * i, 3, "%02x", random[i]);
    /* The contract has said that `text` is there and a string. */
    if (!gantry_read_string(request->document, gantry_member(request->document, "text"), &new->text)) {
        return GANTRY_E_INVALID;
    }
    gantry_add_raw(&new->json, "{\"id\":");
    gantry_add_string(&new->json, gantry_text_of(new->id));
    gantry_add_raw(&new->json, ",\"text\":");
    gantry_add_string(&new->json, gantry_buffer_text(&new->text));
    gantry_add_raw(&new->json, ",\"createdAt\":");
    gantry_add_integer(&new->json, new->created_at);
    gantry_add_raw(&new->json, "}");
    return new->json.failed ? GANTRY_E_FAILED : GANTRY_OK;
}

static int32_t add_note(void *instance, const gantry_call_v1 *call, const gantry_request_v1 *request) {
    const my_module *self = instance;
    note new = {.self = self, .call = call};
    int32_t status = fill(&new, request);
    if (status == GANTRY_OK) {
        status = self->database->transact(call, GANTRY_TRANSACTION_WRITE, write_note, &new, NULL);
    }
    gantry_buffer_free(&new.text);
    if (status == GANTRY_OK) return gantry_send_json(self->response, call, 201, &new.json);
    gantry_buffer_free(&new.json);
    return status;
}

/* ---- Life ---- */

static int32_t create(const gantry_host_v1 *host, gantry_str_v1 configuration, void **out_instance,
                      gantry_error_v1 *error) {
    (void)configuration;
    my_module *self = calloc(1, sizeof *self);
    if (self == NULL) return GANTRY_E_FAILED;
    int32_t status = GANTRY_FIND(host, GANTRY_RESPONSE_ID, &self->response);
    if (status == GANTRY_OK) status = GANTRY_FIND(host, GANTRY_DATABASE_ID, &self->database);
    if (status == GANTRY_OK) status = GANTRY_FIND(host, GANTRY_EVENTS_ID, &self->events);
    if (status == GANTRY_OK) status = GANTRY_FIND(host, GANTRY_CLOCK_ID, &self->clock);
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

static const gantry_kit_operation operations[] = {{"listNotes", list_notes}, {"addNote", add_note}};

static const gantry_kit_module module = {
    .id = "my-module",
    .version = "1.0.0",
    .operations = operations,
    .operation_count = GANTRY_COUNT(operations),
    .create = create,
    .destroy = destroy,
};

GANTRY_EXPORT(module)
