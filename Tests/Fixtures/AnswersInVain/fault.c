/* Answers later, and tries again for ever where its answer is not taken: a client that has left it never lets go of.
 * With WAITS it answers once its client has left, and not before. */
#define _POSIX_C_SOURCE 200809L
#include "../fixture.h"
#include <time.h>

typedef struct later {
    fixture self; /* the instance may end before it does */
    gantry_call_v1 call;
} later;

static int32_t answer_at_last(void *context) {
    later *work = context;
    const struct timespec pause = {0, 1000000};
#ifdef WAITS
    int32_t status;
    uint8_t is_cancelled = 0;
    const gantry_call_table_v1 *calls = query(work->self.host, GANTRY_CALL_ID, &status);
    while (calls->is_cancelled(&work->call, &is_cancelled) == GANTRY_OK && !is_cancelled) nanosleep(&pause, NULL);
#endif
    while (answer(&work->self, &work->call, "done") != GANTRY_OK) nanosleep(&pause, NULL);
    free(work);
    return GANTRY_OK;
}

static int32_t handle(void *instance, const gantry_call_v1 *call, const gantry_request_v1 *request) {
    const fixture *self = instance;
    int32_t status;
    const gantry_executor_v1 *executor = query(self->host, GANTRY_EXECUTOR_ID, &status);
    later *work = malloc(sizeof *work);
    (void)request;
    if (executor == NULL || work == NULL) return free(work), GANTRY_E_BUSY;
    *work = (later){*self, *call};
    status = executor->submit_blocking(call, answer_at_last, work);
    if (status == GANTRY_OK) return GANTRY_PENDING;
    free(work);
    return status;
}

FIXTURE_MODULE(handle)
