/* worker_probe.h: a host that starts real workers and answers their modules with tables of its own. */
#ifndef WORKER_PROBE_H
#define WORKER_PROBE_H

#include "hostile_peer.h"

#include <stdint.h>

typedef struct prober prober;

typedef struct prober_settings {
    uint32_t call_lanes;
    uint32_t return_lanes;
    uint32_t most_tokens;
    uint64_t most_message_bytes;
    uint64_t overdue_milliseconds;
    uint64_t memory_bytes; /* option of gantry-worker; 0: not given */
    const char *group;     /* option of gantry-worker; NULL: not given */
    const char *needed;    /* libraries, with commas between; NULL for none */
} prober_settings;

/*
 * Starts `program` for the library, enters the module and makes an instance. Always gives a worker: `prober_status`
 * says how far it came, `prober_reason` why no further.
 */
prober *prober_start(const char *program, const char *library, const prober_settings *settings);
int32_t prober_status(const prober *worker);
const char *prober_reason(prober *worker);
int32_t prober_process(const prober *worker);

/* Lets the module handle a request for the operation; the deadline is so many milliseconds from now, 0 for none. */
int32_t prober_handle(prober *worker, uint32_t operation, const char *body, uint64_t body_size,
                     int64_t deadline_milliseconds);
/* The same as a quick call, which this does not wait for: what `gantry_channel_handle` answers, and how many have ended
 * with GANTRY_OK and otherwise, and the last one how. */
typedef struct prober_posts {
    uint64_t done, failed;
    int32_t last;
} prober_posts;
int32_t prober_post(prober *worker, uint32_t operation, const char *body, uint64_t body_size,
                    int64_t deadline_milliseconds);
prober_posts prober_posted(prober *worker);
/* How often a thread of the host has begun, or ended, to serve what must not wait. */
uint64_t prober_brief_count(prober *worker);

/* What the module wrote to the log and answered since the last call of this function; valid until the next. */
const char *prober_taken(prober *worker);
uint64_t prober_answer_size(const prober *worker);

/* The handles that the host gave to this worker. */
uint64_t prober_call(const prober *worker);
uint64_t prober_instance(const prober *worker);

typedef struct prober_counts {
    uint64_t calls, served, refused;
    uint32_t busy_lanes, tokens;
} prober_counts;
prober_counts prober_count(prober *worker);

void prober_kill(prober *worker, int32_t signal);
void prober_break(prober *worker, const char *reason);
/* Waits for the process's end; its exit code, or 128 and the signal's number. */
int32_t prober_wait(prober *worker);
/* Destroys the instance, closes the channel and waits; gives the exit status as `prober_wait` does. */
int32_t prober_end(prober *worker);

/* Nanoseconds of wall time and of processor time, of both processes, for each of `calls` requests of the operation. */
typedef struct prober_cost {
    double wall, host_processor, worker_processor;
} prober_cost;
prober_cost prober_measure(prober *worker, uint32_t operation, uint64_t calls);

#endif
