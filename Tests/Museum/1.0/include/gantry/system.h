/*
 * gantry/system.h: small services of the host.
 *   "gantry.log", "gantry.clock", "gantry.call", revision 1 each. No capability is needed for them.
 */
#ifndef GANTRY_SYSTEM_H
#define GANTRY_SYSTEM_H

#include "base.h"

#define GANTRY_LOG_ID "gantry.log"
#define GANTRY_CLOCK_ID "gantry.clock"
#define GANTRY_CALL_ID "gantry.call"

enum gantry_log_level_v1 {
    GANTRY_LOG_DEBUG = 0,
    GANTRY_LOG_INFO = 1,
    GANTRY_LOG_WARNING = 2,
    GANTRY_LOG_ERROR = 3
};

typedef struct gantry_log_v1 {
    /* One line in the host's log, with time, trace, tenant and module added. Never hand it secrets. */
    int32_t (*write)(const gantry_call_v1 *call, uint32_t level, gantry_str_v1 message,
                     const gantry_field_v1 *fields GANTRY_BORROWED, uint64_t field_count) GANTRY_THREAD(any);
} gantry_log_v1;

typedef struct gantry_clock_v1 {
    /* Milliseconds since 1970-01-01T00:00:00Z. */
    int32_t (*now)(const gantry_call_v1 *call, int64_t *out_milliseconds) GANTRY_THREAD(any);
    /* Nanoseconds of a clock that never goes back; the one deadlines are given in. */
    int32_t (*monotonic)(const gantry_call_v1 *call, int64_t *out_nanoseconds) GANTRY_THREAD(any);
    /* Random bytes from the operating system, fit for identifiers and keys. */
    int32_t (*random)(const gantry_call_v1 *call, uint8_t *out_bytes, uint64_t size) GANTRY_THREAD(any);
} gantry_clock_v1;

typedef struct gantry_call_table_v1 {
    /* 1 once the client left, the deadline passed or the instance is quiescing; 0 otherwise. */
    int32_t (*is_cancelled)(const gantry_call_v1 *call, uint8_t *out_cancelled) GANTRY_THREAD(any);
} gantry_call_table_v1;

#endif
