/* probe.c: runs of the probe: a fake host, a fake module, and everything called once. */
#define _POSIX_C_SOURCE 199309L
#include "probe.h"

#include <gantry_recording.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { LOG_BYTES = 1 << 20, MEMORY_BYTES = 1 << 20 };

static char *log_text;
static uint64_t log_size, counter, memory_used;
static int32_t mode, is_quiet;
static _Alignas(16) uint8_t memory[MEMORY_BYTES];
static const gantry_host_v1 *instance_host;
static uint8_t tenant_bytes[] = "north";
static const gantry_str_v1 tenant = {tenant_bytes, 5};

static void put(const char *text, uint64_t size) {
    if (is_quiet) return;
    if (log_size + size >= LOG_BYTES) abort();
    memcpy(log_text + log_size, text, size);
    log_size += size;
    log_text[log_size] = 0;
}

void probe_begin(const char *name) {
    put(name, strlen(name));
    put("\n", 1);
}

void probe_note(const char *name, uint64_t value) {
    char line[128];
    if (is_quiet) return;
    put(line, (uint64_t)snprintf(line, sizeof line, "  %s %llx\n", name, (unsigned long long)value));
}

void probe_note_real(const char *name, double value) {
    char line[128];
    put(line, (uint64_t)snprintf(line, sizeof line, "  %s %a\n", name, value));
}

void probe_note_text(const char *name, gantry_str_v1 text) {
    char digits[3];
    put("  ", 2);
    put(name, strlen(name));
    put(" ", 1);
    for (uint64_t index = 0; !is_quiet && text.data != NULL && index < text.size; index++) {
        snprintf(digits, sizeof digits, "%02x", text.data[index]);
        put(digits, 2);
    }
    put("\n", 1);
}

/* Not the tenant: the host knows it from the handle, so it does not travel there. */
void probe_note_call_v1(const gantry_call_v1 *call) {
    probe_note("call", call->call);
    probe_note("instance", call->instance);
    probe_note("deadline", (uint64_t)call->deadline_nanoseconds);
    probe_note("trace", call->trace_id_high ^ call->trace_id_low ^ call->span_id);
}

void probe_note_error_v1(const gantry_error_v1 *error) {
    probe_note("code", (uint64_t)(int64_t)error->code);
    probe_note_text("message", (gantry_str_v1){error->message, error->message_size});
}

uint64_t probe_number(void) { return ++counter; }

void *probe_memory(uint64_t size) {
    size = (size + 15) & ~UINT64_C(15);
    if (memory_used + size > sizeof memory) abort();
    memory_used += size;
    return memory + memory_used - size;
}

gantry_str_v1 probe_text(void) {
    uint64_t number = probe_number(), size = number % 19;
    uint8_t *bytes = probe_memory(size + 1);
    for (uint64_t index = 0; index < size; index++) bytes[index] = (uint8_t)(number * 31 + index);
    return (gantry_str_v1){bytes, size};
}

void probe_make_call_v1(gantry_call_v1 *call) {
    uint64_t number = probe_number();
    *call = (gantry_call_v1){number, number + 1, tenant, (int64_t)number + 2, number + 3, number + 4, number + 5};
}

void probe_make_error_v1(gantry_error_v1 *error) {
    gantry_str_v1 text = probe_text();
    *error = (gantry_error_v1){-7, (uint32_t)text.size, (uint32_t)text.size, 0, (uint8_t *)(uintptr_t)text.data};
}

int32_t probe_is_sparse(void) { return mode == PROBE_SPARSE; }
int32_t probe_succeeds(void) { return mode != PROBE_FAILING; }
int32_t probe_answer(int32_t success) { return mode == PROBE_FAILING ? GANTRY_E_FAILED : success; }

void probe_fail(gantry_error_v1 *error, const char *message) {
    if (mode != PROBE_FAILING || error == NULL) return;
    uint64_t size = strlen(message);
    if (size > error->message_capacity) size = error->message_capacity;
    memcpy(error->message, message, size);
    error->message_size = (uint32_t)size;
    error->code = (int32_t)probe_number();
}

static int32_t find(int32_t is_host, gantry_str_v1 id, uint32_t revision, const void **out_table) {
    for (uint32_t index = 0; index < probe_table_count; index++) {
        const probe_table *table = &probe_tables[index];
        if (table->is_host != is_host || table->revision != revision || id.size != strlen(table->id)) continue;
        if (memcmp(table->id, id.data, id.size) != 0) continue;
        *out_table = table->fake;
        return GANTRY_OK;
    }
    return GANTRY_E_UNSUPPORTED;
}

static int32_t query_host(uint64_t scope, gantry_str_v1 id, uint32_t revision, const void **out_table) {
    /* An instance's own scope, or that of the entry, whatever the module was given to name it by. */
    if (scope != 0 && scope != 77) return GANTRY_E_STALE;
    return find(1, id, revision, out_table);
}

static int32_t query_module(void *module, gantry_str_v1 id, uint32_t revision, const void **out_table) {
    if (module != tenant_bytes) abort();
    return find(0, id, revision, out_table);
}

int32_t probe_describe(void *module, const gantry_description_v1 **out_description) {
    static const gantry_str_v1 names[] = {{(const uint8_t *)"one", 3}, {(const uint8_t *)"", 0}};
    static const gantry_description_v1 description = {
        {(const uint8_t *)"probe", 5}, {(const uint8_t *)"1.0.0", 5}, names, 2, NULL, 0, names, 1};
    probe_note("module", module == tenant_bytes);
    *out_description = &description;
    return GANTRY_OK;
}

int32_t probe_create(void *module, const gantry_call_v1 *call, const gantry_host_v1 *host, gantry_str_v1 configuration,
                     void **out_instance, gantry_error_v1 *error) {
    (void)module, (void)error;
    probe_begin("create");
    probe_note_call_v1(call);
    probe_note_text("tenant", call->tenant);
    probe_note("scoped", host->scope != 0);
    probe_note_text("configuration", configuration);
    instance_host = host;
    *out_instance = (void *)(uintptr_t)&instance_host;
    return GANTRY_OK;
}

int32_t probe_destroy(void *instance) {
    probe_note("destroyed", instance == (void *)(uintptr_t)&instance_host);
    return GANTRY_OK;
}

int32_t probe_find(const gantry_call_v1 *call, gantry_str_v1 signature, gantry_service_fn_v1 *out_function,
                   gantry_error_v1 *error) {
    (void)call, (void)signature, (void)out_function, (void)error;
    return GANTRY_E_UNSUPPORTED;
}

int32_t probe_function(void *module, gantry_str_v1 signature, gantry_service_fn_v1 *out_function) {
    (void)module, (void)signature, (void)out_function;
    return GANTRY_E_UNSUPPORTED;
}

static int32_t enter(const gantry_host_v1 *host, gantry_module_v1 *out_module) {
    (void)host;
    *out_module = (gantry_module_v1){tenant_bytes, query_module};
    return GANTRY_OK;
}

static void describe(const gantry_lifecycle_v1 *lifecycle, void *module) {
    const gantry_description_v1 *description = NULL;
    probe_note("describe", (uint64_t)(int64_t)lifecycle->describe(module, &description));
    probe_note_text("id", description->id);
    probe_note_text("version", description->version);
    for (uint64_t index = 0; index < description->operation_count; index++)
        probe_note_text("operation", description->operations[index]);
    probe_note("subscriptions", description->subscription_count);
    for (uint64_t index = 0; index < description->job_count; index++) probe_note_text("job", description->jobs[index]);
}

const char *probe_run(int32_t through_proxy, int32_t new_mode) {
    static const gantry_host_v1 entry_host = {0, query_host}, scope_host = {77, query_host};
    gantry_module_v1 module;
    const gantry_lifecycle_v1 *lifecycle = NULL;
    void *instance = NULL;
    gantry_call_v1 call;
    const void *table;
    if (log_text == NULL) log_text = malloc(LOG_BYTES);
    if (log_text == NULL) abort();
    log_size = counter = memory_used = 0;
    mode = new_mode;
    int32_t status = through_proxy ? gantry_proxy_loopback(enter, &entry_host, &module) : enter(&entry_host, &module);
    gantry_str_v1 id = {(const uint8_t *)GANTRY_LIFECYCLE_ID, sizeof GANTRY_LIFECYCLE_ID - 1};
    if (status != GANTRY_OK || module.query(module.module, id, 1, &table) != GANTRY_OK) return NULL;
    lifecycle = table;
    describe(lifecycle, module.module);
    probe_make_call_v1(&call);
    if (lifecycle->create(module.module, &call, &scope_host, probe_text(), &instance, NULL) != GANTRY_OK) return NULL;
    for (uint32_t index = 0; index < probe_table_count; index++) {
        const probe_table *known = &probe_tables[index];
        gantry_str_v1 name = {(const uint8_t *)known->id, strlen(known->id)};
        probe_begin(known->id);
        if (known->is_host) status = instance_host->query(instance_host->scope, name, known->revision, &table);
        else status = module.query(module.module, name, known->revision, &table);
        probe_note("query", (uint64_t)(int64_t)status);
        probe_make_call_v1(&call);
        known->drive(table, instance, &call);
    }
    lifecycle->destroy(instance);
    return log_text;
}

/* The state of the fuzzer, which works inside the observer: each request is broken while its call is under way. */
static uint64_t fuzz_state, fuzz_turns, fuzz_served;
static int32_t is_fuzzing;

static uint64_t next_random(void) {
    fuzz_state ^= fuzz_state << 13;
    fuzz_state ^= fuzz_state >> 7;
    fuzz_state ^= fuzz_state << 17;
    return fuzz_state;
}

/* Breaks the bytes in one to four places; gives their new size. */
static uint64_t mangle(uint8_t *bytes, uint64_t size) {
    static const uint64_t words[] = {0, 1, 2, 3, UINT64_MAX, UINT64_C(1) << 63, UINT64_C(1) << 32, 255, 4096, 1 << 20};
    uint64_t places = 1 + next_random() % 4;
    for (uint64_t place = 0; place < places && size >= 8; place++) {
        uint64_t word = next_random() % (size / 8) * 8, value = words[next_random() % 10];
        switch (next_random() % 4) {
        case 0: bytes[next_random() % size] ^= (uint8_t)(1u << next_random() % 8); break;
        case 1: memcpy(bytes + word, &value, 8); break;
        case 2: size = next_random() % (size + 1); break;
        default: memcpy(bytes + word, bytes + next_random() % (size / 8) * 8, 8); break;
        }
    }
    return size;
}

int64_t probe_serve(int32_t to_host, const uint8_t *request, uint64_t size) {
    gantry_proxy_frame answer;
    int64_t status;
    gantry_proxy_frame_begin(&answer);
    if (to_host) gantry_proxy_serve_host(gantry_proxy_loopback_link(0), request, size, &answer);
    else gantry_proxy_serve_module(gantry_proxy_loopback_link(1), request, size, &answer);
    if (answer.size < sizeof status) abort();
    memcpy(&status, answer.bytes, sizeof status);
    gantry_proxy_frame_end(&answer);
    return status;
}

static void serve_broken(int32_t to_host, uint64_t number, uint64_t within, const uint8_t *request, uint64_t size,
                         const uint8_t *answer, uint64_t answer_size) {
    (void)number, (void)within, (void)answer_size;
    if (is_fuzzing || answer != NULL) return;
    is_fuzzing = 1;
    for (uint64_t turn = 0; turn < fuzz_turns; turn++) {
        uint64_t used = memory_used;
        uint8_t *copy = malloc(size + 1);
        if (copy == NULL) abort();
        memcpy(copy, request, size);
        uint64_t broken = mangle(copy, size);
        /* Each has the very size, so that a byte read behind it is seen. */
        uint8_t *exact = malloc(broken == 0 ? 1 : broken);
        if (exact == NULL) abort();
        memcpy(exact, copy, broken);
        (void)probe_serve(to_host, exact, broken);
        free(exact);
        free(copy);
        memory_used = used;
        fuzz_served++;
    }
    is_fuzzing = 0;
}

uint64_t probe_fuzz(uint64_t seed, uint64_t turns) {
    fuzz_state = seed * 2 + 1;
    fuzz_turns = turns;
    fuzz_served = 0;
    is_quiet = 1;
    gantry_proxy_observe(serve_broken);
    (void)probe_run(1, PROBE_FULL);
    gantry_proxy_observe(NULL);
    is_quiet = 0;
    return fuzz_served;
}

static double nanoseconds(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec * 1e9 + (double)time.tv_nsec;
}

static int32_t take_row(void *context, const gantry_value_v1 *columns, uint64_t column_count) {
    (void)context, (void)columns, (void)column_count;
    return GANTRY_OK;
}

/* A table of the host's as the module sees it. */
static const void *host_table(const char *id) {
    const void *table = NULL;
    gantry_str_v1 name = {(const uint8_t *)id, strlen(id)};
    if (instance_host->query(instance_host->scope, name, 1, &table) != GANTRY_OK) abort();
    return table;
}

/* Times a small call, a statement with one row, and a request; `cost` is their place in the figures. */
static void measure(int32_t through_proxy, uint64_t calls, double *cost) {
    static const gantry_host_v1 entry_host = {0, query_host}, scope_host = {77, query_host};
    gantry_module_v1 module;
    gantry_call_v1 call;
    gantry_request_v1 request;
    const void *lifecycle, *http;
    void *instance;
    int64_t now;
    gantry_str_v1 ids[] = {{(const uint8_t *)GANTRY_LIFECYCLE_ID, sizeof GANTRY_LIFECYCLE_ID - 1},
                           {(const uint8_t *)GANTRY_HTTP_ID, sizeof GANTRY_HTTP_ID - 1}};
    memory_used = counter = 0;
    if (through_proxy) gantry_proxy_loopback(enter, &entry_host, &module);
    else enter(&entry_host, &module);
    if (module.query(module.module, ids[0], 1, &lifecycle) != GANTRY_OK) abort();
    if (module.query(module.module, ids[1], 1, &http) != GANTRY_OK) abort();
    probe_make_call_v1(&call);
    probe_make_request(&request);
    ((const gantry_lifecycle_v1 *)lifecycle)->create(module.module, &call, &scope_host, tenant, &instance, NULL);
    const gantry_clock_v1 *clock = host_table(GANTRY_CLOCK_ID);
    const gantry_database_v1 *database = host_table(GANTRY_DATABASE_ID);
    uint64_t used = memory_used;
    double start = nanoseconds();
    for (uint64_t turn = 0; turn < calls; turn++) clock->now(&call, &now);
    cost[0] = (nanoseconds() - start) / (double)calls;
    start = nanoseconds();
    for (uint64_t turn = 0; turn < calls; turn++) {
        memory_used = used;
        database->execute(&call, 1, tenant, NULL, 0, take_row, NULL, NULL, NULL);
    }
    cost[2] = (nanoseconds() - start) / (double)calls;
    start = nanoseconds();
    for (uint64_t turn = 0; turn < calls; turn++) ((const gantry_http_v1 *)http)->handle(instance, &call, &request);
    cost[4] = (nanoseconds() - start) / (double)calls;
}

probe_cost probe_measure(uint64_t calls) {
    probe_cost cost;
    is_quiet = 1;
    mode = PROBE_FULL;
    measure(0, calls, &cost.clock_direct);
    measure(1, calls, &cost.clock_proxy);
    is_quiet = 0;
    return cost;
}
