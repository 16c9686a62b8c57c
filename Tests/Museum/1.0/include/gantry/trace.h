/*
 * gantry/trace.h: table "gantry.trace", revision 1, implemented by the host: spans within the trace of a call, after
 * the W3C trace context. No capability is needed.
 */
#ifndef GANTRY_TRACE_H
#define GANTRY_TRACE_H

#include "base.h"

#define GANTRY_TRACE_ID "gantry.trace"

typedef struct gantry_trace_v1 {
    /*
     * Begins a span below the one of `call`. `out_call` is a copy of `call` with the new span in it: what is done with
     * it belongs to the span. A span that is not ended ends with the call.
     */
    int32_t (*begin)(const gantry_call_v1 *call, gantry_str_v1 name, gantry_call_v1 *out_call) GANTRY_THREAD(any);
    /* Adds a fact to the span of `call`. Never hand it secrets. */
    int32_t (*attribute)(const gantry_call_v1 *call, gantry_str_v1 name, gantry_str_v1 value) GANTRY_THREAD(any);
    /* Ends the span of `call`; `status` is GANTRY_OK or how it failed. GANTRY_E_STALE when it was ended before. */
    int32_t (*end)(const gantry_call_v1 *call, int32_t status) GANTRY_THREAD(any);
    /* The header `traceparent` for a call to the outside: 55 bytes. The host's HTTP client adds it by itself. */
    int32_t (*header)(const gantry_call_v1 *call, uint8_t *out_text) GANTRY_THREAD(any);
} gantry_trace_v1;

#endif
