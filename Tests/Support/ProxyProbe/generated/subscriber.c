/* gantry.module.events.
 * Written by PluginAPI/Generator/generate.py --write; never edit it by hand. */
#include "../probe.h"
#include "values.h"

static int32_t fake_subscriber_deliver(void *instance, const gantry_call_v1 *call, const gantry_event_v1 *event,
                                       gantry_error_v1 *error) {
    probe_begin("gantry.module.events.deliver");
    probe_note("instance", instance != NULL);
    if (call == NULL) probe_note("no call", 0);
    else probe_note_call_v1(call);
    if (event == NULL) probe_note("no event", 0);
    else probe_note_event_v1(event);
    probe_note("error", error != NULL);
    probe_fail(error, "deliver fails");
    return probe_answer(GANTRY_OK);
}

static void drive_subscriber_deliver(const gantry_subscriber_v1 *table, void *object, const gantry_call_v1 *call) {
    (void)call;
    gantry_event_v1 event;
    probe_make_event_v1(&event);
    uint8_t error_room[64] = {0};
    gantry_error_v1 error = {0, sizeof error_room, 0, 0, error_room};
    int32_t answered = table->deliver(object, call, probe_is_sparse() ? NULL : &event,
                                      probe_is_sparse() ? NULL : &error);
    probe_note("answers", (uint64_t)(int64_t)answered);
    probe_note("code", (uint64_t)(int64_t)error.code);
    probe_note_text("error", (gantry_str_v1){error_room, error.message_size});
}

const gantry_subscriber_v1 probe_subscriber_fake = {.deliver = fake_subscriber_deliver};

void probe_drive_subscriber(const void *table, void *object, const gantry_call_v1 *call) {
    const gantry_subscriber_v1 *functions = table;
    drive_subscriber_deliver(functions, object, call);
}
