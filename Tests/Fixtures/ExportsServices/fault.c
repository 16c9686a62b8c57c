/* Exports services. `fault` breaks its declaration in the way that its argument names. */
#define _POSIX_C_SOURCE 200809L
#define FIXTURE_ID "provider"
#include "../fixture.h"
#include <stdatomic.h>
#include <time.h>

static int32_t give(gantry_bytes_fn_v1 on_result, void *context, gantry_str_v1 bytes) {
    return on_result == NULL ? GANTRY_OK : on_result(context, bytes);
}

static int32_t mix(void *instance, const gantry_call_v1 *call, gantry_str_v1 name, gantry_str_v1 bytes, uint8_t flag,
                   int64_t number, double real, gantry_bytes_fn_v1 on_result, void *context) {
    char line[256];
    (void)instance, (void)call;
    snprintf(line, sizeof line, "%.*s/%d/%d/%lld/%.2f", (int)name.size, (const char *)name.data, (int)bytes.size, flag,
             (long long)number, real);
    return give(on_result, context, text(line));
}

static int32_t twice(void *instance, const gantry_call_v1 *call, int64_t number, int64_t *out) {
    (void)instance, (void)call;
    *out = number * 2;
    return GANTRY_OK;
}

static int32_t is_long(void *instance, const gantry_call_v1 *call, gantry_str_v1 name, uint8_t *out) {
    (void)instance, (void)call;
    *out = name.size > 3;
    return GANTRY_OK;
}

static int32_t half(void *instance, const gantry_call_v1 *call, double number, double *out) {
    (void)instance, (void)call;
    *out = number / 2;
    return GANTRY_OK;
}

static int32_t reverse(void *instance, const gantry_call_v1 *call, gantry_str_v1 bytes, gantry_bytes_fn_v1 on_result,
                       void *context) {
    uint8_t turned[64];
    (void)instance, (void)call;
    if (bytes.size > sizeof turned) return GANTRY_E_LIMIT;
    for (uint64_t index = 0; index < bytes.size; index++) turned[index] = bytes.data[bytes.size - 1 - index];
    gantry_str_v1 result = {turned, bytes.size};
    return give(on_result, context, result);
}

static int32_t note(void *instance, const gantry_call_v1 *call, gantry_str_v1 line) {
    char copy[64] = {0};
    memcpy(copy, line.data, line.size < 63 ? line.size : 63);
    report(instance, call, copy, 1);
    return GANTRY_OK;
}

static int32_t wide(void *instance, const gantry_call_v1 *call, gantry_str_v1 a, gantry_str_v1 b, gantry_str_v1 c,
                    int64_t d, double e, double f, uint8_t g, gantry_str_v1 h, int64_t *out) {
    (void)instance, (void)call;
    *out = (int64_t)(a.size + b.size * 10 + c.size * 100 + h.size * 1000) + d + (int64_t)(e + f) + g * 100000;
    return GANTRY_OK;
}

static int32_t quick(void *instance, const gantry_call_v1 *call, int64_t *out) {
    const fixture *self = instance;
    /* Short work may not wait, wherever it is called from. */
    *out = self->database == NULL ? -99 : self->database->transact(call, 0, NULL, NULL, NULL);
    return GANTRY_OK;
}

static int32_t context(void *instance, const gantry_call_v1 *call, gantry_bytes_fn_v1 on_result, void *context) {
    char line[128];
    (void)instance;
    snprintf(line, sizeof line, "%.*s/%d/%llx", (int)call->tenant.size, (const char *)call->tenant.data,
             call->deadline_nanoseconds != 0, (unsigned long long)call->trace_id_low);
    return give(on_result, context, text(line));
}

static int32_t fault(void *instance, const gantry_call_v1 *call, int64_t kind, gantry_bytes_fn_v1 on_result,
                     void *context) {
    const gantry_str_v1 broken = {(const uint8_t *)"\xff\xfe", 2}, nowhere = {NULL, 5};
    (void)instance, (void)call;
    switch (kind) {
    case 0: return GANTRY_OK;                                           /* without a result */
    case 1: return give(on_result, context, broken);                    /* no text */
    case 2: return give(on_result, context, nowhere);                   /* no span */
    case 3: give(on_result, context, text("a"));                        /* twice */
            return give(on_result, context, text("b"));
    case 4: return GANTRY_PENDING;
    case 5: return -77;
    case 6: return GANTRY_E_CONFLICT;
    case 7: return GANTRY_E_STALE;
    default: return give(on_result, context, text("well"));
    }
}

static int32_t odd(void *instance, const gantry_call_v1 *call, uint8_t *out) {
    (void)instance, (void)call;
    *out = 7;
    return GANTRY_OK;
}

static atomic_int released;

/* Ends when it is released, and not when it is told that its time is over: whoever called it must be free to do so. */
static int32_t stall(void *instance, const gantry_call_v1 *call, gantry_str_v1 name, gantry_bytes_fn_v1 on_result,
                     void *context) {
    const fixture *self = instance;
    const struct timespec pause = {0, 1000000};
    char line[64];
    int32_t status;
    uint8_t is_cancelled = 0;
    const gantry_call_table_v1 *calls = query(self->host, GANTRY_CALL_ID, &status);
    for (int left = 60000; left > 0 && !atomic_load(&released); left--) nanosleep(&pause, NULL);
    calls->is_cancelled(call, &is_cancelled);
    snprintf(line, sizeof line, "told %.*s", (int)name.size, (const char *)name.data);
    report(self, call, line, is_cancelled);
    return give(on_result, context, text("late"));
}

static int32_t release(void *instance, const gantry_call_v1 *call) {
    (void)instance, (void)call;
    atomic_store(&released, 1);
    return GANTRY_OK;
}

static int32_t function(void *module, gantry_str_v1 signature, gantry_service_fn_v1 *out_function) {
    static const struct { const char *signature; gantry_service_fn_v1 function; } services[] = {
        {"provider.mix(string, bytes, bool, i64, f64) -> string", (gantry_service_fn_v1)mix},
        {"provider.twice(i64) -> i64", (gantry_service_fn_v1)twice},
        {"provider.is_long(string) -> bool", (gantry_service_fn_v1)is_long},
        {"provider.half(f64) -> f64", (gantry_service_fn_v1)half},
        {"provider.reverse(bytes) -> bytes", (gantry_service_fn_v1)reverse},
        {"provider.note(string)", (gantry_service_fn_v1)note},
        {"provider.wide(string, bytes, string, i64, f64, f64, bool, string) -> i64", (gantry_service_fn_v1)wide},
        {"provider.quick() -> i64", (gantry_service_fn_v1)quick},
        {"provider.context() -> string", (gantry_service_fn_v1)context},
        {"provider.fault(i64) -> string", (gantry_service_fn_v1)fault},
        {"provider.odd() -> bool", (gantry_service_fn_v1)odd},
        {"provider.stall(string) -> string", (gantry_service_fn_v1)stall},
        {"provider.release()", (gantry_service_fn_v1)release},
    };
    (void)module;
    for (size_t index = 0; index < sizeof services / sizeof services[0]; index++) {
        if (!is(signature, services[index].signature)) continue;
        *out_function = services[index].function;
        return GANTRY_OK;
    }
    return GANTRY_E_UNSUPPORTED;
}

static int32_t all_tables(void *module, gantry_str_v1 id, uint32_t revision, const void **out_table);
#define tables own_tables
FIXTURE_NOTE FIXTURE_TABLES(handle_well)
#undef tables
static int32_t all_tables(void *module, gantry_str_v1 id, uint32_t revision, const void **out_table) {
    static const gantry_exporter_v1 exporter = {function, NULL};
    if (revision == 1 && is(id, GANTRY_EXPORTER_ID)) return *out_table = &exporter, GANTRY_OK;
    return own_tables(module, id, revision, out_table);
}
#define tables all_tables
FIXTURE_ENTRY
