/*
 * gantry/cache.h: table "gantry.cache", revision 1, implemented by the host: values that may vanish at any time. Needs
 * the capability `cache`. Each instance has keys and an amount of memory of its own; the least recently used values
 * make room. Nothing waits, so it may be used in `inline` routes.
 */
#ifndef GANTRY_CACHE_H
#define GANTRY_CACHE_H

#include "base.h"

#define GANTRY_CACHE_ID "gantry.cache"

typedef struct gantry_cache_v1 {
    /* Hands the value to `on_value` before returning; GANTRY_END when there is none. */
    int32_t (*get)(const gantry_call_v1 *call, gantry_str_v1 key, gantry_bytes_fn_v1 on_value,
                   void *context) GANTRY_THREAD(any);
    /* Keeps a value for at most `lifetime_milliseconds`; 0 for as long as there is room. Keys: 1 to 512 bytes. */
    int32_t (*set)(const gantry_call_v1 *call, gantry_str_v1 key, gantry_str_v1 value GANTRY_BORROWED,
                   int64_t lifetime_milliseconds) GANTRY_THREAD(any);
    /* GANTRY_END when there was none. */
    int32_t (*remove)(const gantry_call_v1 *call, gantry_str_v1 key) GANTRY_THREAD(any);
    /*
     * Adds to a counter in one step and tells its new value. One that does not exist begins at 0 and gets the lifetime.
     * GANTRY_E_INVALID when the key holds a value that `set` put there, or when the sum does not fit.
     */
    int32_t (*add)(const gantry_call_v1 *call, gantry_str_v1 key, int64_t amount, int64_t lifetime_milliseconds,
                   int64_t *out_value) GANTRY_THREAD(any);
} gantry_cache_v1;

#endif
