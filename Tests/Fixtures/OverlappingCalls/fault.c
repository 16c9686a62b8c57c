/* Notices when two threads are inside one instance at a time. */
#include "../fixture.h"
#include <stdatomic.h>
#include <sched.h>
static atomic_int inside, most;
static int32_t handle(void *instance, const gantry_call_v1 *call, const gantry_request_v1 *request) {
    int now = atomic_fetch_add(&inside, 1) + 1, seen = atomic_load(&most);
    (void)request;
    while (now > seen && !atomic_compare_exchange_weak(&most, &seen, now)) {}
    for (int turn = 0; turn < 200; turn++) sched_yield();
    atomic_fetch_sub(&inside, 1);
    char line[16];
    snprintf(line, sizeof line, "%d", atomic_load(&most));
    return answer(instance, call, line);
}
FIXTURE_MODULE(handle)
