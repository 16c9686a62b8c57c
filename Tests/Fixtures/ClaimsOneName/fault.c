/* Claims a name that is there once in a process: another build of it, or another tenant's instance, finds it taken. */
#define _POSIX_C_SOURCE 200809L
#define FIXTURE_CREATE claim
#include "../fixture.h"

/* Each copy of the library has its own; the environment is everybody's. */
static int is_mine;

static int32_t claim(void *module, const gantry_call_v1 *call, const gantry_host_v1 *host,
                     gantry_str_v1 configuration, void **out_instance, gantry_error_v1 *error) {
    if (!is_mine && getenv("FIXTURE_CLAIMED") != NULL) return complain(error, "the name is taken");
    is_mine = 1;
    setenv("FIXTURE_CLAIMED", "1", 1);
    return create(module, call, host, configuration, out_instance, error);
}

FIXTURE_MODULE(handle_well)
