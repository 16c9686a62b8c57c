/* channel.h: what the parts of a channel share. */
#ifndef GANTRY_PROXY_CHANNEL_H
#define GANTRY_PROXY_CHANNEL_H

#include "../generated/structs.h"
#include "../include/gantry_channel.h"
#include "../side.h"
#include "quick.h"

#include <pthread.h>
#include <stdatomic.h>

enum channel_limit {
    CHANNEL_VERSION = 2,
    CHANNEL_PAGE = 4096,
    CHANNEL_LANES = 256,
    CHANNEL_REASON = 1024,
    CHANNEL_DEPTH = 16,              /* calls within calls on one thread */
    CHANNEL_ANSWER_BYTES = 16 << 20, /* that the host takes as the answer of a call */
    CHANNEL_SMALL_BYTES = 16 << 20   /* most bytes of a lane */
};
#define CHANNEL_MAGIC UINT64_C(0x31564c4e48435447)

/* The first page of the shared memory. The host writes it before there is a worker, and never reads it. */
struct channel_head {
    uint64_t magic;
    uint32_t version;
    uint32_t call_lanes;
    uint32_t return_lanes;
    uint32_t lane_bytes;
};

/* What a piece of a message is. */
enum lane_kind {
    LANE_REQUEST = 1,
    LANE_ANSWER = 2,
    LANE_MORE = 3,   /* to the sender of a message with further pieces: the next one */
    LANE_REFUSED = 4, /* to the same: the message was dropped, and the size is why */
    LANE_BRIEF = 5    /* a request to the host from what must not wait */
};

/* A lane in the shared memory. The other side may write to any of it at any time. */
struct lane_memory {
    _Atomic uint32_t sequence; /* grows with each piece; odd ones are the serving side's turn */
    _Atomic uint32_t kind;
    _Atomic uint64_t size; /* of the whole message */
    uint8_t padding[48];
    uint8_t bytes[];
};

/* A lane as this side knows it; belongs to the thread that begins or serves on it. */
typedef struct channel_lane {
    struct lane_memory *memory;
    uint32_t sequence; /* of the last piece, sent or taken */
    uint32_t index;
    uint32_t next_free;  /* 1 more than the index; 0 for none */
    uint32_t is_started; /* whether the other side, or this one's owner, was told to serve it */
} channel_lane;

struct gantry_channel {
    gantry_proxy_peer peer; /* the first member: the peer is the channel */
    gantry_channel_settings settings;
    gantry_channel_owner owner;
    int32_t is_host;
    int socket;
    uint8_t *memory;
    uint64_t memory_size;
    uint64_t room; /* bytes of a piece */
    atomic_int references;
    atomic_int is_over;
    atomic_int waiting;        /* threads that sleep in a lane */
    atomic_ullong taken_bytes; /* of large messages that are not served yet */
    atomic_ullong calls, served;
    _Atomic(proxy_remote *) module; /* that was entered; gone with the owner's share */
    uint32_t own_count, served_count;
    channel_lane *own_lanes;    /* on which this side begins */
    channel_lane *served_lanes; /* on which it serves; `is_started` belongs to the control's thread */
    pthread_mutex_t mutex;      /* guards what follows */
    pthread_cond_t lane_freed;
    uint32_t first_free; /* 1 more than the index; 0 for none */
    uint32_t busy_lanes;
    char reason[CHANNEL_REASON];
    struct channel_quick quick;
};

/* A thread's turn in a lane: calls within it go the same way. */
struct channel_turn {
    struct channel_turn *outer;
    gantry_channel *channel;
    channel_lane *lane; /* NULL in a quick call: what it calls takes lanes of this side's own */
    int64_t until;
    uint32_t depth;
};

/* Messages over the socket. */
enum control_kind {
    CONTROL_START = 1, /* the value is a lane that wants a thread */
    CONTROL_REPORT = 2 /* text */
};
struct control_message {
    uint32_t kind;
    uint32_t value;
    char text[CHANNEL_REASON];
};

/* Makes the channel over memory that is mapped; takes socket and memory over. NULL when there is no memory. */
gantry_channel *channel_make(const struct channel_head *head, const gantry_channel_owner *owner, int32_t is_host,
                             int socket, uint8_t *memory, uint64_t memory_size);
uint64_t channel_stride(const struct channel_head *head);

void channel_hold(gantry_channel *channel);
void channel_let_go(gantry_channel *channel);

/* The first reason stays; printable text of it only. */
void channel_note_reason(gantry_channel *channel, const char *text, uint64_t size);
void channel_wake_all(gantry_channel *channel);

/* The exchange of the link; `channel_enter_exchange` takes the request's deadline as its very end. */
int32_t channel_exchange(void *transport, const gantry_proxy_frame *request, gantry_proxy_frame *out_answer);
int32_t channel_enter_exchange(void *transport, const gantry_proxy_frame *request, gantry_proxy_frame *out_answer);
gantry_proxy_link channel_link(gantry_channel *channel);
/* An exchange in a lane of its own, whatever the thread is inside of; `kind` is that of its request. */
int32_t channel_exchange_apart(gantry_channel *channel, const gantry_proxy_frame *request,
                               gantry_proxy_frame *out_answer, uint32_t kind);
/* The worker's side: serves a quick request. */
void channel_serve_quickly(gantry_channel *channel, const gantry_proxy_frame *request, gantry_proxy_frame *out_answer);
/* Asks the other side for a thread that serves the lane. */
void channel_ask_for_thread(gantry_channel *channel, uint32_t lane);

/* The futex. Sleeps while the word has the value, until the time of CLOCK_MONOTONIC (0: for ever); whether that has
 * passed. */
void channel_wake(_Atomic uint32_t *word);
int32_t channel_sleep(_Atomic uint32_t *word, uint32_t value, int64_t until);

/* Waits for the other side's next piece; GANTRY_OK, or GANTRY_CHANNEL_GONE. */
int32_t lane_wait(gantry_channel *channel, channel_lane *lane, int64_t until);
/* Sends a message; GANTRY_OK when it is taken, or a failure: unless the channel is over, the turn is this side's. */
int32_t lane_put(gantry_channel *channel, channel_lane *lane, uint32_t kind, const uint8_t *bytes, uint64_t size,
                 int64_t until);
/* Waits for a message and takes it: a request into the one, an answer into the other frame. Adds the bytes that were
 * counted as the channel's to `out_taken`; the caller subtracts them. GANTRY_OK or GANTRY_CHANNEL_GONE. */
int32_t lane_take(gantry_channel *channel, channel_lane *lane, gantry_proxy_frame *request,
                  gantry_proxy_frame *answer, int64_t until, uint32_t *out_kind, uint64_t *out_taken);

#endif
