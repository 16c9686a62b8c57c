/*
 * quick.h: requests that no thread of the host waits for.
 *
 * What must not wait takes no lane: its request lies in a slot of the shared memory, and the slot's number goes through
 * a ring to one thread of the worker, which serves one after the other. A second ring brings the slots back, with the
 * handler's status and the answer that it has given in one piece, to one thread of the host. Either side is woken only
 * if it says that it sleeps.
 */
#ifndef GANTRY_PROXY_QUICK_H
#define GANTRY_PROXY_QUICK_H

#include "../include/gantry_channel.h"
#include "../runtime.h"

#include <pthread.h>
#include <stdatomic.h>

enum { QUICK_SLOTS = 64, QUICK_BYTES = 16384, QUICK_ROOM = QUICK_BYTES - 64 };
/* So long after it was last seen to get on, the worker's thread gets no further requests. */
#define QUICK_PATIENCE INT64_C(20000000)

/* In the shared memory. The other side may write to any of it at any time. */
struct quick_slot {
    _Atomic uint64_t size; /* of the request, or of the answer with what is held before it */
    _Atomic uint64_t held; /* bytes of the answer that are a request of the handler's own, to be served first */
    uint8_t padding[48];
    uint8_t bytes[QUICK_ROOM];
};
struct quick_ring {
    _Alignas(64) _Atomic uint32_t count;  /* grows with each number that was put in; what its reader sleeps on */
    _Alignas(64) _Atomic uint32_t sleeps; /* whether its reader wants to be woken */
    _Alignas(64) _Atomic uint32_t slots[QUICK_SLOTS];
};
struct quick_memory {
    struct quick_ring requests;
    struct quick_ring answers;
    _Alignas(64) struct quick_slot slots[QUICK_SLOTS];
};

/* The host's: a slot, and who is told when it comes back. */
struct quick_call {
    gantry_channel_done_fn done;
    void *context;
    uint32_t next_free; /* 1 more than the index; 0 for none */
    int32_t is_under_way;
};

struct channel_quick {
    struct quick_memory *memory;
    pthread_mutex_t mutex; /* guards what follows */
    int32_t is_started;
    uint32_t requested; /* numbers put into the ring of this side */
    /* The host's. */
    uint32_t first_free;
    uint32_t under_way;
    int64_t moved; /* when the worker's thread was last seen to get on, or to have nothing to do */
    struct quick_call calls[QUICK_SLOTS];
    _Atomic int64_t pinged; /* when a sign of life was asked for that has not come; 0 for never */
    /* The worker's: the answer that its handler has given and the host has not got. */
    gantry_proxy_frame held;
    int32_t is_direct; /* its next answer is not held: somebody else has something to do with the call */
    _Atomic uint64_t call; /* that the handler is in; 0 for none */
};

struct channel_turn;

void quick_begin(gantry_channel *channel, struct quick_memory *memory);
void quick_end(gantry_channel *channel);
/* Both threads, until the channel's end. */
void quick_serve_host(gantry_channel *channel);
void quick_serve_worker(gantry_channel *channel);

/* The worker's side, before a request goes to the host: whether it was an answer that is held instead. Otherwise what
 * is held and may concern it has gone before. */
int32_t quick_hold(gantry_channel *channel, const struct channel_turn *turn, const gantry_proxy_frame *request,
                   gantry_proxy_frame *out_answer);
/* The handler of the request begins; it has ended, and what is held goes to `out_bytes`: its size. */
void quick_enter(gantry_channel *channel, const gantry_proxy_frame *request);
uint64_t quick_take_held(gantry_channel *channel, uint8_t *out_bytes, uint64_t room);

#endif
