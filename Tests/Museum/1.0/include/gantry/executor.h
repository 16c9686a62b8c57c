/*
 * gantry/executor.h: table "gantry.executor", revision 1, implemented by the host: threads for work that goes on after
 * a handler has answered GANTRY_PENDING, so that no module needs threads of its own. No capability is needed.
 *
 * Of the call only the instance counts: the struct may be one that is over, or one kept since `create`. Work that was
 * accepted runs exactly once. `stop` of the instance is called when none is left; from then on new work is refused with
 * GANTRY_E_STALE.
 */
#ifndef GANTRY_EXECUTOR_H
#define GANTRY_EXECUTOR_H

#include "base.h"

#define GANTRY_EXECUTOR_ID "gantry.executor"

/* One piece of work. The answer is ignored. */
typedef int32_t (*gantry_work_fn_v1)(void *context);

typedef struct gantry_executor_v1 {
    /*
     * Runs short work soon, on a thread of the host's: it must not wait. Of an instance that is entered serially, it
     * never runs beside another entry. Pieces may overtake each other.
     */
    int32_t (*submit)(const gantry_call_v1 *call, gantry_work_fn_v1 work, void *context) GANTRY_THREAD(any);
    /*
     * Runs work that may wait, beside everything else, also of an instance that is entered serially: it must not touch
     * the instance's state. GANTRY_E_BUSY when too much of it is queued.
     */
    int32_t (*submit_blocking)(const gantry_call_v1 *call, gantry_work_fn_v1 work, void *context) GANTRY_THREAD(any);
    /* As `submit`, after at least `delay_nanoseconds`. Timers that wait when the instance quiesces fire at once. */
    int32_t (*submit_after)(const gantry_call_v1 *call, int64_t delay_nanoseconds, gantry_work_fn_v1 work,
                            void *context, uint64_t *out_timer) GANTRY_THREAD(any);
    /* GANTRY_OK: the work will not run. GANTRY_E_ALREADY or GANTRY_E_STALE: it has run, runs, or was taken back. */
    int32_t (*cancel)(const gantry_call_v1 *call, uint64_t timer) GANTRY_THREAD(any);
} gantry_executor_v1;

#endif
