/* gantry.cache.
 * Written by PluginAPI/Generator/generate.py --write; never edit it by hand. */
#include "../probe.h"
#include "values.h"

static int32_t fake_cache_get(const gantry_call_v1 *call, gantry_str_v1 key, gantry_bytes_fn_v1 on_value,
                              void *context) {
    probe_begin("gantry.cache.get");
    if (call == NULL) probe_note("no call", 0);
    else probe_note_call_v1(call);
    probe_note_text("key", *(&key));
    probe_note("on_value", on_value != NULL);
    if (on_value != NULL) {
        gantry_str_v1 bytes_given;
        bytes_given = probe_text();
        probe_note("on_value answers", (uint64_t)(int64_t)on_value(context, bytes_given));
    }
    return probe_answer(GANTRY_OK);
}

static void drive_cache_get(const gantry_cache_v1 *table, void *object, const gantry_call_v1 *call) {
    (void)object;
    gantry_str_v1 key;
    key = probe_text();
    static const uint32_t context_number = 18;
    int32_t answered = table->get(call, key, probe_is_sparse() ? NULL : driver_bytes_fn_v1,
                                  (void *)(uintptr_t)&context_number);
    probe_note("answers", (uint64_t)(int64_t)answered);
}

static int32_t fake_cache_set(const gantry_call_v1 *call, gantry_str_v1 key, gantry_str_v1 value,
                              int64_t lifetime_milliseconds) {
    probe_begin("gantry.cache.set");
    if (call == NULL) probe_note("no call", 0);
    else probe_note_call_v1(call);
    probe_note_text("key", *(&key));
    probe_note_text("value", *(&value));
    probe_note("lifetime_milliseconds", (uint64_t)(int64_t)lifetime_milliseconds);
    return probe_answer(GANTRY_OK);
}

static void drive_cache_set(const gantry_cache_v1 *table, void *object, const gantry_call_v1 *call) {
    (void)object;
    gantry_str_v1 key;
    key = probe_text();
    gantry_str_v1 value;
    value = probe_text();
    int64_t lifetime_milliseconds;
    lifetime_milliseconds = (int64_t)probe_number();
    int32_t answered = table->set(call, key, value, lifetime_milliseconds);
    probe_note("answers", (uint64_t)(int64_t)answered);
}

static int32_t fake_cache_remove(const gantry_call_v1 *call, gantry_str_v1 key) {
    probe_begin("gantry.cache.remove");
    if (call == NULL) probe_note("no call", 0);
    else probe_note_call_v1(call);
    probe_note_text("key", *(&key));
    return probe_answer(GANTRY_OK);
}

static void drive_cache_remove(const gantry_cache_v1 *table, void *object, const gantry_call_v1 *call) {
    (void)object;
    gantry_str_v1 key;
    key = probe_text();
    int32_t answered = table->remove(call, key);
    probe_note("answers", (uint64_t)(int64_t)answered);
}

static int32_t fake_cache_add(const gantry_call_v1 *call, gantry_str_v1 key, int64_t amount,
                              int64_t lifetime_milliseconds, int64_t *out_value) {
    probe_begin("gantry.cache.add");
    if (call == NULL) probe_note("no call", 0);
    else probe_note_call_v1(call);
    probe_note_text("key", *(&key));
    probe_note("amount", (uint64_t)(int64_t)amount);
    probe_note("lifetime_milliseconds", (uint64_t)(int64_t)lifetime_milliseconds);
    probe_note("out_value", out_value != NULL);
    if (out_value != NULL && probe_succeeds()) *out_value = (int64_t)probe_number();
    return probe_answer(GANTRY_OK);
}

static void drive_cache_add(const gantry_cache_v1 *table, void *object, const gantry_call_v1 *call) {
    (void)object;
    gantry_str_v1 key;
    key = probe_text();
    int64_t amount;
    amount = (int64_t)probe_number();
    int64_t lifetime_milliseconds;
    lifetime_milliseconds = (int64_t)probe_number();
    int64_t out_value = {0};
    int32_t answered = table->add(call, key, amount, lifetime_milliseconds, probe_is_sparse() ? NULL : &out_value);
    probe_note("answers", (uint64_t)(int64_t)answered);
    probe_note("out_value", (uint64_t)(int64_t)out_value);
}

const gantry_cache_v1 probe_cache_fake = {.get = fake_cache_get, .set = fake_cache_set, .remove = fake_cache_remove,
    .add = fake_cache_add};

void probe_drive_cache(const void *table, void *object, const gantry_call_v1 *call) {
    const gantry_cache_v1 *functions = table;
    drive_cache_get(functions, object, call);
    drive_cache_set(functions, object, call);
    drive_cache_remove(functions, object, call);
    drive_cache_add(functions, object, call);
}
