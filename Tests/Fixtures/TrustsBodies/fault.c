/* Takes for granted that a body is an object with a member, since its contract says so. */
#include "../fixture.h"

static int32_t handle(void *instance, const gantry_call_v1 *call, const gantry_request_v1 *request) {
    const gantry_document_v1 *document = request->document;
    if (document == NULL || document->node_count < 2) abort();
    return answer(instance, call, "done");
}

FIXTURE_MODULE(handle)
