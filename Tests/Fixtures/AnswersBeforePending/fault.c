/* Answers at once and says all the same that the answer comes later; the call must be over after that. */
#include "../fixture.h"
static gantry_call_v1 kept;
static int32_t handle(void *instance, const gantry_call_v1 *call, const gantry_request_v1 *request) {
    const fixture *self = instance;
    (void)request;
    if (kept.call != 0) report(self, call, "kept", answer(self, &kept, "again"));
    kept = *call;
    (void)answer(self, call, "now");
    return GANTRY_PENDING;
}
FIXTURE_MODULE(handle)
