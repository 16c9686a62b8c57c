/*
 * gantry_channel.h: the link between the host's process and a worker's.
 *
 * One socket pair carries control and tells of the other's death; one sealed shared memory carries requests and answers
 * in lanes. A lane belongs to one exchange at a time: the thread that begins it, and one thread of the other side that
 * serves it. Calls within the call go the same way on the same two threads, as in the loopback.
 *
 * The host believes nothing that a worker writes: every message is copied before it is looked at, tokens and handles
 * are good only over the channel that they were given to, and whatever breaks the rules ends the channel with a reason.
 *
 *     host                                        worker
 *     gantry_channel_open                         gantry_worker started with both descriptors
 *     posix_spawn, close the worker's descriptors gantry_channel_join
 *     a thread: gantry_channel_control            (restricts itself)
 *     gantry_channel_enter        ------------->  loads the library, calls its entry
 *     calls of the module it gave ------------->  (threads by `start`)
 *     threads by `start`          <-------------  calls of the module's own threads
 *     gantry_channel_break, _close
 *
 * Every function may be called on any thread.
 */
#ifndef GANTRY_CHANNEL_H
#define GANTRY_CHANNEL_H

#include "gantry_proxy.h"

#if defined(__cplusplus)
extern "C" {
#endif

/*
 * Statuses of an exchange that never cross to a module: what the stubs of a worker's module answer besides its own.
 */
enum gantry_channel_status {
    GANTRY_CHANNEL_GONE = -100, /* the worker is dead, was cut off, or the channel was closed: see the reason */
    GANTRY_CHANNEL_FULL = -101  /* no lane became free before the call's deadline: nothing was called */
};

typedef struct gantry_channel gantry_channel;

/* What `admits` answers. A handle that leads to nothing is cleared before a table sees it: otherwise a worker could
 * name one that another tenant's call is about to get, and be in time between the two looks. */
enum gantry_channel_admission {
    GANTRY_CHANNEL_ADMITTED = 1,
    GANTRY_CHANNEL_CALL_OVER = 2,
    GANTRY_CHANNEL_INSTANCE_OVER = 4
};

/* How much one worker may hold of the host. 0 in a field means the value in brackets. */
typedef struct gantry_channel_settings {
    uint32_t call_lanes;    /* calls of the host at a time: as many threads of the worker (32, at most 256) */
    uint32_t return_lanes;  /* calls of the worker's threads at a time: as many threads of the host (16, at most 256) */
    uint32_t lane_bytes;    /* shared bytes of a lane; larger messages travel in pieces (131072) */
    uint32_t most_tokens;   /* callbacks that the host keeps for the worker at a time (65536) */
    uint64_t most_message_bytes; /* largest message that is taken from the worker (134217728) */
    uint64_t most_memory_bytes;  /* of all messages taken from the worker and not yet served (268435456) */
    /* A call that is not over so long after its own deadline cuts the worker off; 0: never. Calls without a deadline
     * are not looked at. */
    uint64_t overdue_milliseconds;
} gantry_channel_settings;

/* What the channel asks of whoever owns it, until it says that it is released. */
typedef struct gantry_channel_owner {
    void *context;
    /* Starts a thread that calls `gantry_channel_serve(channel, lane)`. Must not wait. Answers whether it could. Called
     * at most once for each lane: on the thread of `gantry_channel_control`, and on the one that makes the first call
     * of `gantry_channel_handle`. */
    int32_t (*start)(void *context, gantry_channel *channel, uint32_t lane);
    /* The host's side: whether the call's handle (0: none) and the instance's handle (0: none) are both of instances
     * that live in this worker, and of the same one: 0, and the worker gets GANTRY_E_STALE before any table is called,
     * or bits of gantry_channel_admission. Called on any thread, often. */
    int32_t (*admits)(void *context, uint64_t call, uint64_t instance);
    /* Nothing asks any more, and the channel's memory is gone: after `gantry_channel_close`, when the last thread has
     * left and the last instance is destroyed. NULL where nobody needs to know. Called on any thread. */
    void (*released)(void *context);
    /* The host's side: the calling thread goes on to serve what must not wait, or has served it. NULL where that makes
     * no difference. Called on any thread. */
    void (*brief)(void *context, int32_t begins);
} gantry_channel_owner;

/*
 * The host's side: makes the channel, and the two descriptors that the worker inherits (both close on exec in this
 * process: give them by file actions, then close them). GANTRY_OK, GANTRY_E_INVALID for settings out of bounds, or
 * GANTRY_E_BUSY with errno when the system has no descriptors or memory left.
 */
int32_t gantry_channel_open(const gantry_channel_settings *settings, const gantry_channel_owner *owner,
                            gantry_channel **out_channel, int *out_socket, int *out_memory);

/*
 * Watches the socket on the calling thread: starts threads for lanes, takes what the worker reports, and returns at the
 * channel's end, when every waiting thread was told. Exactly one thread of the owner calls it, soon after the opening
 * and in any case: the channel's memory goes only after it. It may begin after `gantry_channel_close`.
 */
void gantry_channel_control(gantry_channel *channel);

/* Serves a lane on the calling thread until the channel's end. Exactly once for each lane that `start` was called for,
 * also when the channel was closed meanwhile. */
void gantry_channel_serve(gantry_channel *channel, uint32_t lane);

/*
 * The host's side: lets the worker load its library and enters the module as `entry(host, out_module)` does. Waits for
 * it until `deadline_nanoseconds` of CLOCK_MONOTONIC (0: as long as it takes); when it passes, the channel is broken.
 * `host` must live as long as the channel. What `out_module` leads to is good until `gantry_channel_close`. GANTRY_OK,
 * the entry's own status, GANTRY_CHANNEL_GONE with a reason of the channel, or GANTRY_E_FAILED when the library cannot
 * be loaded: then the reason says why.
 */
int32_t gantry_channel_enter(gantry_channel *channel, const gantry_host_v1 *host, int64_t deadline_nanoseconds,
                             gantry_module_v1 *out_module);

/* The status of the handler, or GANTRY_CHANNEL_GONE. Called once, on the channel's thread for quick calls, which must
 * not be kept waiting. */
typedef void (*gantry_channel_done_fn)(void *context, int32_t status);

/*
 * The host's side: has an instance handle a request that must not wait (an `inline` route), as `gantry.module.http`
 * does, but does not wait for it: GANTRY_OK, and `done` is called, perhaps before this returns. What the handler has
 * answered has arrived by then. The worker runs all of these one after the other on one thread of its own. The
 * arguments are borrowed until this returns. GANTRY_CHANNEL_FULL when it has to go another way, since it is too large,
 * too many are under way, one of them does not return, or the instance is behind no channel; GANTRY_CHANNEL_GONE when
 * the channel is over: in both cases nothing was called.
 */
int32_t gantry_channel_handle(void *instance, const gantry_call_v1 *call, const gantry_request_v1 *request,
                              gantry_channel_done_fn done, void *context);

/*
 * The host's side: the worker's sign of life. Asks for one unless one is awaited, and gives the time of CLOCK_MONOTONIC
 * in nanoseconds since when; 0 when it cannot be asked for now. `gantry_channel_awaited` only tells: 0 for none.
 */
int64_t gantry_channel_ping(gantry_channel *channel, int64_t now_nanoseconds);
int64_t gantry_channel_awaited(const gantry_channel *channel);

/* Ends the channel: every exchange under way and every later one answers GANTRY_CHANNEL_GONE at once. The first reason
 * stays; `reason` is text that ends with 0. The worker sees its socket close and ends by itself, if it can. */
void gantry_channel_break(gantry_channel *channel, const char *reason);

/* Whether the channel is over. */
int32_t gantry_channel_is_over(const gantry_channel *channel);

/* Copies why the channel is over, or why the library could not be loaded, as text that ends with 0; empty while there
 * is nothing to say. Answers the text's size. What the worker wrote in it is cut and free of control characters. */
uint64_t gantry_channel_reason(gantry_channel *channel, char *out_text, uint64_t capacity);

/* What went over the channel, for figures. */
typedef struct gantry_channel_counts {
    uint64_t calls;    /* begun by this side */
    uint64_t served;   /* begun by the other side, also within calls */
    uint64_t refused;  /* of those, named what is not the worker's own */
    uint32_t busy_call_lanes;
    uint32_t tokens;
} gantry_channel_counts;
void gantry_channel_count(gantry_channel *channel, gantry_channel_counts *out_counts);

/*
 * Breaks the channel, if it is not over, and gives up the owner's share of it. It does not wait; memory goes when the
 * last thread has left and the last instance was destroyed. Instances that are not destroyed yet may still be called
 * (GANTRY_CHANNEL_GONE) and must be destroyed; `out_module` of `gantry_channel_enter` is over.
 */
void gantry_channel_close(gantry_channel *channel);

/*
 * The worker's side.
 */

/* Takes the inherited descriptors over. As `gantry_channel_open`; `owner->admits` is not called here. */
int32_t gantry_channel_join(int socket, int memory, const gantry_channel_owner *owner, gantry_channel **out_channel);

/* Loads the library: the entry, or NULL with the reason as text that ends with 0. Called once, on a thread that serves,
 * by the host's `gantry_channel_enter`. Set before `gantry_channel_control`. */
typedef gantry_entry_fn_v1 (*gantry_channel_load_fn)(void *context, char *out_reason, uint64_t capacity);
void gantry_channel_offer(gantry_channel *channel, gantry_channel_load_fn load, void *context);

/* Tells the host why this process ends before it was entered; becomes the channel's reason there. */
void gantry_channel_report(int socket, const char *text);

/*
 * The command line of gantry-worker; all of it is optional but the first three.
 *
 *     gantry-worker --socket 3 --memory 4 --library PATH
 *         --needed NAME       a library that the module's links against, by its DT_NEEDED name: loaded while files can
 *                             still be read; may be repeated
 *         --memory-bytes N    address space of the process (RLIMIT_AS)
 *         --open-files N      descriptors (RLIMIT_NOFILE), 64 without it
 *         --processes N       threads of this user in all (RLIMIT_NPROC)
 *         --read PATH         a file or folder that the module may read besides; may be repeated
 *         --group PATH        a cgroup v2 folder, delegated to this user, to move into
 *
 * It keeps descriptors 0, 1, 2 and the two of the channel, and closes all others. It is killed when the thread that
 * has spawned it ends (PR_SET_PDEATHSIG means the thread): spawn it on one that stays, such as the one that goes on to
 * `gantry_channel_control`. Its exit codes:
 */
enum gantry_worker_exit {
    GANTRY_WORKER_DONE = 0,       /* the host closed the channel */
    GANTRY_WORKER_USAGE = 64,     /* the command line is wrong */
    GANTRY_WORKER_CHANNEL = 65,   /* the descriptors are no channel, or of another version */
    GANTRY_WORKER_THREADS = 66,   /* it had more than one thread before it restricted itself */
    GANTRY_WORKER_LIMITS = 67,    /* a resource limit or the cgroup could not be set */
    GANTRY_WORKER_LANDLOCK = 68,  /* the kernel has no Landlock, or refused the rules */
    GANTRY_WORKER_SECCOMP = 69    /* the kernel refused the filter */
};

#if defined(__cplusplus)
}
#endif

#endif
