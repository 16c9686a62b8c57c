/*
 * What the fixtures share: a module that does nothing wrong. A fault defines what it does otherwise before or after it
 * includes this, and ends with FIXTURE_MODULE. Statuses that the host answers are written to the log as `name=status`,
 * where the tests read them.
 */
#ifndef FIXTURE_H
#define FIXTURE_H

#include <gantry/gantry.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifndef FIXTURE_ID
#define FIXTURE_ID "fixture"
#endif
#ifndef FIXTURE_VERSION
#define FIXTURE_VERSION "1.0.0"
#endif
#ifndef FIXTURE_OPERATIONS
#define FIXTURE_OPERATIONS TEXT("run")
#endif
#ifndef FIXTURE_CREATE
#define FIXTURE_CREATE create
#endif
#ifndef FIXTURE_START
#define FIXTURE_START succeed
#endif
#ifndef FIXTURE_STOP
#define FIXTURE_STOP succeed
#endif
#ifndef FIXTURE_DESTROY
#define FIXTURE_DESTROY destroy
#endif
#ifndef FIXTURE_QUIESCE
#define FIXTURE_QUIESCE succeed
#endif
#ifndef FIXTURE_NOTE
#define FIXTURE_NOTE GANTRY_MODULE_NOTE(GANTRY_RUNTIME_NONE);
#endif

#define TEXT(literal) {(const uint8_t *)(literal), sizeof(literal) - 1}

typedef struct fixture {
    const gantry_host_v1 *host;
    const gantry_response_v1 *response;
    const gantry_database_v1 *database;
    const gantry_log_v1 *log;
} fixture;

static inline gantry_str_v1 text(const char *chars) {
    gantry_str_v1 result = {(const uint8_t *)chars, strlen(chars)};
    return result;
}

static inline const void *query(const gantry_host_v1 *host, const char *id, int32_t *status) {
    const void *table = NULL;
    *status = host->query(host->scope, text(id), 1, &table);
    return table;
}

static inline void report(const fixture *self, const gantry_call_v1 *call, const char *name, int32_t status) {
    char line[96];
    snprintf(line, sizeof line, "%s=%d", name, (int)status);
    self->log->write(call, GANTRY_LOG_INFO, text(line), NULL, 0);
}

static inline int32_t answer(const fixture *self, const gantry_call_v1 *call, const char *body) {
    return self->response->send(call, 200, text("text/plain"), NULL, 0, text(body));
}

static inline int32_t create(void *module, const gantry_call_v1 *call, const gantry_host_v1 *host,
                             gantry_str_v1 configuration, void **out_instance, gantry_error_v1 *error) {
    int32_t status = GANTRY_OK;
    fixture *self = calloc(1, sizeof *self);
    (void)module, (void)call, (void)configuration, (void)error;
    if (self == NULL) return GANTRY_E_BUSY;
    self->host = host;
    self->response = query(host, GANTRY_RESPONSE_ID, &status);
    self->log = query(host, GANTRY_LOG_ID, &status);
    self->database = query(host, GANTRY_DATABASE_ID, &status);
    *out_instance = self;
    return GANTRY_OK;
}

static inline int32_t succeed(void *instance, const gantry_call_v1 *call, gantry_error_v1 *error) {
    (void)instance, (void)call, (void)error;
    return GANTRY_OK;
}

static inline int32_t destroy(void *instance) {
    free(instance);
    return GANTRY_OK;
}

static inline int32_t complain(gantry_error_v1 *error, const char *message) {
    uint32_t size = (uint32_t)strlen(message);
    if (size > error->message_capacity) size = error->message_capacity;
    memcpy(error->message, message, size);
    error->message_size = size;
    return GANTRY_E_FAILED;
}

static inline int32_t check_nothing(void *instance, const gantry_call_v1 *call, const gantry_request_v1 *request,
                                    const gantry_finding_v1 *known, uint64_t known_count, gantry_finding_fn_v1 finding,
                                    void *context, gantry_error_v1 *error) {
    (void)instance, (void)call, (void)request, (void)known, (void)known_count, (void)finding, (void)context;
    (void)error;
    return GANTRY_OK;
}

#ifndef FIXTURE_CHECK
#define FIXTURE_CHECK check_nothing
#endif

static inline int32_t describe(void *module, const gantry_description_v1 **out) {
    static const gantry_str_v1 operations[] = {FIXTURE_OPERATIONS};
    static const gantry_description_v1 description = {
        TEXT(FIXTURE_ID), TEXT(FIXTURE_VERSION), operations, sizeof operations / sizeof operations[0], NULL, 0,
        NULL, 0};
    (void)module;
    *out = &description;
    return GANTRY_OK;
}

#ifndef FIXTURE_DESCRIBE
#define FIXTURE_DESCRIBE describe
#endif

static inline int is(gantry_str_v1 id, const char *name) {
    return id.size == strlen(name) && memcmp(id.data, name, id.size) == 0;
}

/* A handler that answers `done`; for faults that lie elsewhere. */
static inline int32_t handle_well(void *instance, const gantry_call_v1 *call, const gantry_request_v1 *request) {
    (void)request;
    return answer(instance, call, "done");
}

#define FIXTURE_TABLES(handler)                                                                              \
    static int32_t tables(void *module, gantry_str_v1 id, uint32_t revision, const void **out_table) {       \
        static const gantry_lifecycle_v1 lifecycle = {FIXTURE_DESCRIBE, FIXTURE_CREATE, FIXTURE_START,       \
                                                      FIXTURE_QUIESCE,  FIXTURE_STOP,   FIXTURE_DESTROY};    \
        static const gantry_http_v1 http = {handler, FIXTURE_CHECK};                                         \
        (void)module;                                                                                        \
        if (revision == 1 && is(id, GANTRY_LIFECYCLE_ID)) return *out_table = &lifecycle, GANTRY_OK;         \
        if (revision == 1 && is(id, GANTRY_HTTP_ID)) return *out_table = &http, GANTRY_OK;                   \
        return GANTRY_E_UNSUPPORTED;                                                                         \
    }

#define FIXTURE_ENTRY                                                                                        \
    int32_t gantry_entry_v1(const gantry_host_v1 *host, gantry_module_v1 *out_module) {                      \
        (void)host;                                                                                          \
        out_module->module = NULL;                                                                           \
        out_module->query = tables;                                                                          \
        return GANTRY_OK;                                                                                    \
    }

#define FIXTURE_MODULE(handler) FIXTURE_NOTE FIXTURE_TABLES(handler) FIXTURE_ENTRY

#endif
