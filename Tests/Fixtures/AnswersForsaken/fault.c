/* The first call is answered by the second one, when nobody waits for it any more. */
#include "../fixture.h"
static gantry_call_v1 waiting;
static int32_t handle(void *instance, const gantry_call_v1 *call, const gantry_request_v1 *request) {
    const fixture *self = instance;
    const gantry_call_table_v1 *calls;
    uint8_t cancelled = 0;
    int32_t status;
    (void)request;
    calls = query(self->host, GANTRY_CALL_ID, &status);
    if (waiting.call == 0) {
        waiting = *call;
        calls->is_cancelled(call, &cancelled);
        report(self, call, "before", cancelled);
        return GANTRY_PENDING;
    }
    calls->is_cancelled(&waiting, &cancelled);
    report(self, call, "after", cancelled);
    report(self, call, "late", answer(self, &waiting, "late"));
    report(self, call, "again", answer(self, &waiting, "again"));
    waiting.call = 0;
    return answer(self, call, "done");
}
FIXTURE_MODULE(handle)
