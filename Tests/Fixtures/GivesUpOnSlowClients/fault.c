/* Streams, and fails where its client does not take a piece at once. */
#include "../fixture.h"

static int32_t wake(void *context, uint32_t events) {
    (void)context, (void)events;
    return GANTRY_OK;
}

static int32_t handle(void *instance, const gantry_call_v1 *call, const gantry_request_v1 *request) {
    const fixture *self = instance;
    uint64_t taken = 0;
    int32_t status;
    const gantry_stream_v1 *stream = query(self->host, GANTRY_STREAM_ID, &status);
    (void)request;
    if (stream == NULL) return status;
    status = stream->watch(call, wake, NULL);
    if (status == GANTRY_OK) status = stream->start(call, 200, text("text/plain"), NULL, 0);
    for (int piece = 0; status == GANTRY_OK && piece < 4; piece++)
        status = stream->write(call, text("0123456789"), &taken);
    if (status == GANTRY_OK) status = stream->finish(call);
    return status;
}

FIXTURE_MODULE(handle)
