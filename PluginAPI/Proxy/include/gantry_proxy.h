/*
 * gantry_proxy.h: the interface over bytes. Every call of one side becomes a request of bytes that the other side
 * reads, checks, performs and answers; callbacks travel back as calls of their own. No pointer crosses.
 *
 * The host's side holds the real tables of the host and stubs of the module's; the module's side the other way round.
 * What carries the bytes is a link: the loopback, with both sides in one process, or a channel (gantry_channel.h) to
 * another process.
 */
#ifndef GANTRY_PROXY_H
#define GANTRY_PROXY_H

#include <gantry/gantry.h>

/* Bytes that grow. `failed` is set once there was no memory or the limit was reached; what is put then is dropped. */
typedef struct gantry_proxy_frame {
    uint8_t *bytes;
    uint64_t size;
    uint64_t capacity;
    int32_t failed;
    int64_t deadline; /* of the call that is carried, CLOCK_MONOTONIC; 0 when it has none */
    _Alignas(16) uint8_t room[1024]; /* spares most calls an allocation */
} gantry_proxy_frame;

/* Who is at the other end of a link. What was given to one peer is good for no other. */
typedef struct gantry_proxy_peer gantry_proxy_peer;

/*
 * Carries a request to the other side and brings its answer; meanwhile it serves what the other side asks, on the
 * calling thread. Answers GANTRY_OK, or a failure when there is no answer.
 */
typedef struct gantry_proxy_link {
    int32_t (*exchange)(void *transport, const gantry_proxy_frame *request, gantry_proxy_frame *out_answer);
    void *transport;
    gantry_proxy_peer *peer;
} gantry_proxy_link;

/*
 * Performs a request that came over `back` and puts the answer into the frame, which must be empty. The bytes must be
 * this side's own: nobody else may change them meanwhile. Whatever they hold, the answer is at least a status.
 */
void gantry_proxy_serve_host(const gantry_proxy_link *back, const uint8_t *request, uint64_t size,
                             gantry_proxy_frame *out_answer);
void gantry_proxy_serve_module(const gantry_proxy_link *back, const uint8_t *request, uint64_t size,
                               gantry_proxy_frame *out_answer);

/* Frames: empty, appended to, and given back. */
void gantry_proxy_frame_begin(gantry_proxy_frame *frame);
void gantry_proxy_frame_append(gantry_proxy_frame *frame, const void *bytes, uint64_t size);
void gantry_proxy_frame_end(gantry_proxy_frame *frame);

/*
 * Enters a module as `entry(host, out_module)` does, with both sides of the proxy in between. `host` must be the same
 * for all modules of a process and live as long as it.
 */
int32_t gantry_proxy_loopback(gantry_entry_fn_v1 entry, const gantry_host_v1 *host, gantry_module_v1 *out_module);

/* The two links of the loopback: what each side would send over. */
const gantry_proxy_link *gantry_proxy_loopback_link(int32_t to_host);

#endif
