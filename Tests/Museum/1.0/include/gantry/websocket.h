/*
 * gantry/websocket.h: table "gantry.websocket", revision 1, implemented by the host: connections over which both sides
 * send messages (RFC 6455). No capability is needed; the route's manifest entry has a member `websocket`.
 *
 *   handle:    accept(call, ..., on_event, context, &socket); send what comes first; resume(call, socket); GANTRY_OK
 *   on_event:  TEXT, BINARY -> what the client sent, whole; CLOSED -> the end, after which nothing follows
 *
 * An opening arrives as a request and may be answered like one, which refuses it. The host has checked the handshake,
 * and for each message masking, size, the order of fragments and UTF-8; it sends the pings.
 *
 * The call of the opening lives as long as the socket: until CLOSED has been handled it names tenant, principal and
 * trace for every other table, and has no deadline. To `resume`, `send` and `close` only its instance counts, so any
 * call of the instance will do, also one that is over. A socket of another instance answers GANTRY_E_STALE.
 */
#ifndef GANTRY_WEBSOCKET_H
#define GANTRY_WEBSOCKET_H

#include "base.h"

#define GANTRY_WEBSOCKET_ID "gantry.websocket"

enum gantry_socket_event_v1 {
    GANTRY_SOCKET_TEXT = 1,     /* a message of UTF-8 text */
    GANTRY_SOCKET_BINARY = 2,   /* a message of bytes */
    GANTRY_SOCKET_WRITABLE = 3, /* `send` takes messages again; once after each GANTRY_E_BUSY */
    GANTRY_SOCKET_CLOSED = 4    /* the end; the last time that the function is called */
};

/*
 * Told what happens on one socket, in order and one call at a time. `event` is one gantry_socket_event_v1; `data` is
 * the message, or the reason of CLOSED; `code` is 0, or the close code of CLOSED: 1005 for none, 1006 for a connection
 * that broke off. GANTRY_OK takes a message. GANTRY_E_BUSY leaves it untaken: it comes again after `resume`, and
 * nothing is read from the client meanwhile. Any other answer closes the socket with 1011. The answer to WRITABLE and
 * CLOSED is ignored. CLOSED comes exactly once, never while a call to this table for the same socket is on the stack;
 * what the client sent before its own close comes before it.
 *
 * Called on the threads of the route: of `inline` on an event loop, of `async` on a thread for short work, where it
 * must not wait; of `blocking` on a thread that may wait. Never beside another entry of an instance that is entered
 * serially.
 */
typedef int32_t (*gantry_socket_fn_v1)(void *context, uint32_t event, uint32_t code, gantry_str_v1 data);

typedef struct gantry_websocket_v1 {
    /*
     * Answers the opening: the socket is open, and may be sent to. Nothing is handed to `on_event` but CLOSED before
     * the first `resume`. `protocol` is one of the subprotocols that the client names in `sec-websocket-protocol`, or
     * empty. GANTRY_E_INVALID when the call is no opening, GANTRY_E_ALREADY when it was answered, GANTRY_E_CANCELLED
     * when the client has left.
     */
    int32_t (*accept)(const gantry_call_v1 *call, gantry_str_v1 protocol, gantry_socket_fn_v1 on_event, void *context,
                      uint64_t *out_socket) GANTRY_THREAD(any);
    /* Hands over what the client sends, from now on or again. GANTRY_E_STALE when the socket is over. */
    int32_t (*resume)(const gantry_call_v1 *call, uint64_t socket) GANTRY_THREAD(any);
    /*
     * Sends one message; `kind` is TEXT or BINARY, `data` is copied. Messages arrive in the order of the calls. When
     * the queue for the client is full, the manifest decides: the socket is closed with 4410 and the answer is
     * GANTRY_E_LIMIT, or nothing is sent and the answer is GANTRY_E_BUSY. GANTRY_E_INVALID for text that is not UTF-8,
     * GANTRY_E_STALE once the socket is over.
     */
    int32_t (*send)(const gantry_call_v1 *call, uint64_t socket, uint32_t kind,
                    gantry_str_v1 data GANTRY_BORROWED) GANTRY_THREAD(any);
    /*
     * Closes in order, after what was sent: 1000, 1001, 1003, 1007 to 1014, or 3000 to 4999, and a reason of at most
     * 123 bytes. Messages that were not handed over are dropped; CLOSED follows with this code. GANTRY_E_STALE once the
     * socket is over.
     */
    int32_t (*close)(const gantry_call_v1 *call, uint64_t socket, uint32_t code,
                     gantry_str_v1 reason GANTRY_BORROWED) GANTRY_THREAD(any);
} gantry_websocket_v1;

#endif
