/* Two operations that must take turns: the same one twice ends the process. */
#define FIXTURE_OPERATIONS TEXT("open"), TEXT("close")
#include "../fixture.h"

static int is_open;

static int32_t handle(void *instance, const gantry_call_v1 *call, const gantry_request_v1 *request) {
    if (is_open == (request->operation == 0)) abort();
    is_open = !is_open;
    return answer(instance, call, "done");
}

FIXTURE_MODULE(handle)
