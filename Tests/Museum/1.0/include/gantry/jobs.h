/*
 * gantry/jobs.h: durable background work of one instance.
 *   "gantry.jobs", revision 1, implemented by the host. Needs the capability `jobs`.
 *   "gantry.module.jobs", revision 1, implemented by the module.
 */
#ifndef GANTRY_JOBS_H
#define GANTRY_JOBS_H

#include "base.h"
#include "document.h"

#define GANTRY_JOBS_ID "gantry.jobs"
#define GANTRY_RUNNER_ID "gantry.module.jobs"

/* A job as it is run. Borrowed until `run` returns. */
typedef struct gantry_job_v1 {
    uint32_t job;     /* position in the description's list */
    uint32_t attempt; /* counted from 1; a run cut off by a crash counts */
    gantry_str_v1 id;
    gantry_document_v1 payload;
} gantry_job_v1;

typedef struct gantry_jobs_v1 {
    /*
     * Queues a job with the transaction: it exists exactly when the transaction is committed. `name` must stand under
     * `jobs` of the manifest; `payload` is a JSON object; `not_before_milliseconds` is wall-clock time, 0 for at once.
     * Jobs of one name and one `key` run one after the other in the order of their queueing; an empty key orders
     * nothing.
     */
    int32_t (*enqueue)(const gantry_call_v1 *call, uint64_t transaction, gantry_str_v1 name, gantry_str_v1 key,
                       gantry_str_v1 payload GANTRY_BORROWED, int64_t not_before_milliseconds,
                       gantry_error_v1 *error) GANTRY_THREAD(transaction);
} gantry_jobs_v1;

typedef struct gantry_runner_v1 {
    /* GANTRY_OK: done. Anything else: tried again later with backoff, then marked failed. */
    int32_t (*run)(void *instance, const gantry_call_v1 *call, const gantry_job_v1 *job GANTRY_BORROWED,
                   gantry_error_v1 *error) GANTRY_THREAD(host);
} gantry_runner_v1;

#endif
