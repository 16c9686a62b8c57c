/* Hands over sizes without addresses, and sizes that no memory has. */
#include "../fixture.h"
static int32_t body(void *context, uint64_t transaction) {
    const void **pair = context;
    const fixture *self = pair[0];
    const gantry_call_v1 *call = pair[1];
    gantry_str_v1 nowhere = {NULL, 5};
    gantry_value_v1 text_value = {GANTRY_VALUE_TEXT, 0, 0, 0, {NULL, 5}};
    gantry_value_v1 unknown = {17, 0, 0, 0, {NULL, 0}};
    gantry_value_v1 empty = {GANTRY_VALUE_BLOB, 0, 0, 0, {NULL, 0}};
    const gantry_database_v1 *database = self->database;
    gantry_str_v1 sql = text("SELECT $1");
    report(self, call, "sql", database->execute(call, transaction, nowhere, NULL, 0, NULL, NULL, NULL, NULL));
    report(self, call, "list", database->execute(call, transaction, sql, NULL, 1, NULL, NULL, NULL, NULL));
    report(self, call, "many", database->execute(call, transaction, sql, &empty, 1000, NULL, NULL, NULL, NULL));
    report(self, call, "value", database->execute(call, transaction, sql, &text_value, 1, NULL, NULL, NULL, NULL));
    report(self, call, "kind", database->execute(call, transaction, sql, &unknown, 1, NULL, NULL, NULL, NULL));
    report(self, call, "empty", database->execute(call, transaction, sql, &empty, 1, NULL, NULL, NULL, NULL));
    return GANTRY_OK;
}
static int32_t handle(void *instance, const gantry_call_v1 *call, const gantry_request_v1 *request) {
    const fixture *self = instance;
    const void *pair[2] = {instance, call};
    gantry_str_v1 nowhere = {NULL, 5}, endless = {(const uint8_t *)"x", UINT64_MAX}, nothing = {NULL, 0};
    gantry_field_v1 field = {{(const uint8_t *)"x", 1}, {NULL, 5}};
    const gantry_response_v1 *response = self->response;
    const void *table;
    (void)request;
    report(self, call, "body", response->send(call, 200, nothing, NULL, 0, nowhere));
    report(self, call, "type", response->send(call, 200, nowhere, NULL, 0, nothing));
    report(self, call, "value", response->send(call, 200, nothing, &field, 1, nothing));
    report(self, call, "headers", response->send(call, 200, nothing, NULL, 1, nothing));
    report(self, call, "status", response->send(call, 100, nothing, NULL, 0, nothing));
    report(self, call, "reason", response->fail(call, 500, endless, nothing, nothing));
    report(self, call, "details", response->fail(call, 500, nothing, nothing, nowhere));
    report(self, call, "success", response->fail(call, 200, nothing, nothing, nothing));
    report(self, call, "findings", response->refuse(call, NULL, 1));
    report(self, call, "no-findings", response->refuse(call, NULL, 0));
    report(self, call, "query", self->host->query(self->host->scope, endless, 1, &table));
    report(self, call, "fields", self->log->write(call, GANTRY_LOG_INFO, nothing, NULL, 1));
    report(self, call, "transact", self->database->transact(call, GANTRY_TRANSACTION_READ, body, pair, NULL));
    report(self, call, "nothing", response->send(call, 200, nothing, NULL, 0, nothing));
    return GANTRY_OK;
}
FIXTURE_MODULE(handle)
