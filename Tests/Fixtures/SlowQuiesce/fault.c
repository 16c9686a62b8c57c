/* Takes longer to quiesce than it was given. */
#define _POSIX_C_SOURCE 199309L
#include <time.h>
#define FIXTURE_QUIESCE dawdle
#include "../fixture.h"
#ifndef SECONDS
#define SECONDS 0
#endif
static int32_t dawdle(void *instance, const gantry_call_v1 *call, gantry_error_v1 *error) {
    const struct timespec pause = {SECONDS, 50000000};
    (void)instance, (void)call, (void)error;
    nanosleep(&pause, NULL);
    return GANTRY_OK;
}
FIXTURE_MODULE(handle_well)
