/*
 * gantry/stream.h: table "gantry.stream", revision 1, implemented by the host: bodies that are too large or too slow to
 * be handed over whole, in both directions, by credit: whoever is too fast is told so and woken when there is room.
 * No capability is needed. The call itself is the stream: it has one request body and one response body.
 *
 *   handle:  watch(call, wake, ctx); start(call, 200, ...); write ... until GANTRY_E_BUSY; return GANTRY_PENDING
 *   wake:    WRITABLE -> write on ... finish(call)
 *   wake:    CLOSED   -> the client left, the deadline passed before `start`, or the answer is given: the call is over
 *
 * A route whose manifest entry says `stream: true` gets its request body through `read` and finds `body` empty and
 * `document` NULL in the request; every other route gets it whole.
 */
#ifndef GANTRY_STREAM_H
#define GANTRY_STREAM_H

#include "base.h"

#define GANTRY_STREAM_ID "gantry.stream"

enum gantry_stream_event_v1 {
    GANTRY_STREAM_READABLE = 1, /* `read` has bytes or knows the end */
    GANTRY_STREAM_WRITABLE = 2, /* `write` takes bytes again */
    GANTRY_STREAM_CLOSED = 4    /* the call is over; the last time that the function is called */
};

/*
 * Told what has changed: a sum of gantry_stream_event_v1. READABLE and WRITABLE follow a GANTRY_E_BUSY of `read` or
 * `write`, once each; CLOSED comes exactly once to everybody who watches, also after `finish` and `reset`, and
 * never while a call to this table for the same stream is on the stack. Called on a thread of the host's choosing, one
 * call at a time; it must not wait.
 */
typedef int32_t (*gantry_wake_fn_v1)(void *context, uint32_t events);

typedef struct gantry_stream_v1 {
    /* Names the function that is woken. Once for a call, before anything else of this table; else GANTRY_E_ALREADY. */
    int32_t (*watch)(const gantry_call_v1 *call, gantry_wake_fn_v1 wake, void *context) GANTRY_THREAD(any);
    /*
     * Reads what has arrived of the request's body, at most `capacity` bytes. GANTRY_END when all was read,
     * GANTRY_E_BUSY when nothing has arrived yet, GANTRY_E_LIMIT when the client sent more than the route allows.
     */
    int32_t (*read)(const gantry_call_v1 *call, uint8_t *out_bytes, uint64_t capacity,
                    uint64_t *out_size) GANTRY_THREAD(any);
    /*
     * Sends status and headers of the response. GANTRY_E_ALREADY when the call was answered or started before. From now
     * on the call has no deadline: it lasts for as long as the client takes what is written.
     */
    int32_t (*start)(const gantry_call_v1 *call, uint32_t http_status, gantry_str_v1 content_type,
                     const gantry_field_v1 *headers GANTRY_BORROWED, uint64_t header_count) GANTRY_THREAD(any);
    /*
     * Takes as much of `bytes` as there is credit for, and says how much. GANTRY_E_BUSY when that is nothing. What was
     * taken is copied. The credit is a few chunks for each stream; it returns as the client reads.
     */
    int32_t (*write)(const gantry_call_v1 *call, gantry_str_v1 bytes GANTRY_BORROWED,
                     uint64_t *out_accepted) GANTRY_THREAD(any);
    /* Ends the response in order. The call is over. */
    int32_t (*finish)(const gantry_call_v1 *call) GANTRY_THREAD(any);
    /* Breaks the response off, so that the client sees that it is not whole. The call is over. */
    int32_t (*reset)(const gantry_call_v1 *call) GANTRY_THREAD(any);
    /*
     * Waits until one of `events` (READABLE, WRITABLE) holds, for handlers that own a thread, and says which.
     * GANTRY_E_CANCELLED once the call is over. Not together with `watch`.
     */
    int32_t (*wait)(const gantry_call_v1 *call, uint32_t events, uint32_t *out_events) GANTRY_THREAD(blocking);
} gantry_stream_v1;

#endif
