/* Reads what was lent to it for one request during the next one. */
#include "../fixture.h"

static gantry_str_v1 kept;
static volatile uint8_t seen;

static int32_t handle(void *instance, const gantry_call_v1 *call, const gantry_request_v1 *request) {
    if (kept.size > 0) seen = kept.data[0];
    kept = request->request_id;
    return answer(instance, call, "done");
}

FIXTURE_MODULE(handle)
