/* Leaves every answer to two threads that race for it. Whoever comes second must be told so. */
#include "../fixture.h"
#include <pthread.h>
struct later {
    const fixture *self;
    gantry_call_v1 call;
    int32_t statuses[2];
};
static void *answer_later(void *argument) {
    struct later *later = argument;
    return (void *)(intptr_t)answer(later->self, &later->call, "later");
}
static void *race(void *argument) {
    struct later *later = argument;
    pthread_t other;
    void *second = NULL;
    if (pthread_create(&other, NULL, answer_later, later) != 0) abort();
    void *first = answer_later(later);
    pthread_join(other, &second);
    /* One of them is GANTRY_OK, the other GANTRY_E_ALREADY or, when the call is over by then, GANTRY_E_STALE. */
    if ((first == NULL) == (second == NULL)) abort();
    free(later);
    return NULL;
}
static int32_t handle(void *instance, const gantry_call_v1 *call, const gantry_request_v1 *request) {
    struct later *later = calloc(1, sizeof *later);
    pthread_t thread;
    (void)request;
    if (later == NULL) return GANTRY_E_BUSY;
    later->self = instance;
    later->call = *call;
    if (pthread_create(&thread, NULL, race, later) != 0) return GANTRY_E_BUSY;
    pthread_detach(thread);
    return GANTRY_PENDING;
}
FIXTURE_MODULE(handle)
