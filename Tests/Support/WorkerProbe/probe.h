/* probe.h: what the parts of the probe share. */
#ifndef PROBE_H
#define PROBE_H

#include <gantry_channel.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/types.h>

#include "include/worker_probe.h"

enum { PROBER_LOG = 1 << 16 };

struct prober {
    gantry_channel *channel;
    const char *program;
    char **arguments;
    int socket, memory;
    pthread_t control;
    atomic_int process; /* 0 before it is started, -1 when it could not be */
    int32_t status;
    int32_t exit_status;
    int32_t is_reaped;
    atomic_int is_released;
    atomic_ullong brief_count; /* beginnings and ends */
    atomic_llong quick_count;  /* quick calls of the hostile peer's host that have not ended */
    uint64_t call, instance_handle;
    gantry_host_v1 scope;
    gantry_module_v1 module;
    const gantry_lifecycle_v1 *lifecycle;
    const gantry_http_v1 *http;
    void *instance;
    char reason[1024];
    pthread_mutex_t mutex; /* guards what the module left */
    uint64_t log_size, answer_size, done_count, failed_count;
    int32_t last_status, is_answered;
    char log[PROBER_LOG], taken[PROBER_LOG];
};

/* The host of all workers, and the worker whose call it is; NULL for none. */
extern const gantry_host_v1 prober_entry_host;
int32_t prober_query(uint64_t scope, gantry_str_v1 id, uint32_t revision, const void **out_table);
prober *prober_of(uint64_t call);
void prober_admit_worker(prober *worker);
void prober_forget_worker(prober *worker);
/* For the channel's owner: that it is released, and waiting for that. */
void prober_note_release(void *worker);
void prober_await_release(prober *worker);
void prober_note_brief(void *worker, int32_t begins);
/* For the channel's owner: a thread for a lane. */
int32_t prober_start_lane(void *context, gantry_channel *channel, uint32_t lane);

#endif
