/* gantry.executor.
 * Written by PluginAPI/Generator/generate.py --write; never edit it by hand. */
#include "../probe.h"
#include "values.h"

static int32_t fake_executor_submit(const gantry_call_v1 *call, gantry_work_fn_v1 work, void *context) {
    probe_begin("gantry.executor.submit");
    if (call == NULL) probe_note("no call", 0);
    else probe_note_call_v1(call);
    probe_note("work", work != NULL);
    if (work != NULL) {
        probe_note("work answers", (uint64_t)(int64_t)work(context));
    }
    return probe_answer(GANTRY_OK);
}

static void drive_executor_submit(const gantry_executor_v1 *table, void *object, const gantry_call_v1 *call) {
    (void)object;
    static const uint32_t context_number = 23;
    int32_t answered = table->submit(call, probe_is_sparse() ? NULL : driver_work_fn_v1,
                                     (void *)(uintptr_t)&context_number);
    probe_note("answers", (uint64_t)(int64_t)answered);
}

static int32_t fake_executor_submit_blocking(const gantry_call_v1 *call, gantry_work_fn_v1 work, void *context) {
    probe_begin("gantry.executor.submit_blocking");
    if (call == NULL) probe_note("no call", 0);
    else probe_note_call_v1(call);
    probe_note("work", work != NULL);
    if (work != NULL) {
        probe_note("work answers", (uint64_t)(int64_t)work(context));
    }
    return probe_answer(GANTRY_OK);
}

static void drive_executor_submit_blocking(const gantry_executor_v1 *table, void *object, const gantry_call_v1 *call) {
    (void)object;
    static const uint32_t context_number = 32;
    int32_t answered = table->submit_blocking(call, probe_is_sparse() ? NULL : driver_work_fn_v1,
                                              (void *)(uintptr_t)&context_number);
    probe_note("answers", (uint64_t)(int64_t)answered);
}

static int32_t fake_executor_submit_after(const gantry_call_v1 *call, int64_t delay_nanoseconds,
                                          gantry_work_fn_v1 work, void *context, uint64_t *out_timer) {
    probe_begin("gantry.executor.submit_after");
    if (call == NULL) probe_note("no call", 0);
    else probe_note_call_v1(call);
    probe_note("delay_nanoseconds", (uint64_t)(int64_t)delay_nanoseconds);
    probe_note("work", work != NULL);
    if (work != NULL) {
        probe_note("work answers", (uint64_t)(int64_t)work(context));
    }
    probe_note("out_timer", out_timer != NULL);
    if (out_timer != NULL && probe_succeeds()) *out_timer = (uint64_t)probe_number();
    return probe_answer(GANTRY_OK);
}

static void drive_executor_submit_after(const gantry_executor_v1 *table, void *object, const gantry_call_v1 *call) {
    (void)object;
    int64_t delay_nanoseconds;
    delay_nanoseconds = (int64_t)probe_number();
    static const uint32_t context_number = 30;
    uint64_t out_timer = {0};
    int32_t answered = table->submit_after(call, delay_nanoseconds, probe_is_sparse() ? NULL : driver_work_fn_v1,
                                           (void *)(uintptr_t)&context_number, probe_is_sparse() ? NULL : &out_timer);
    probe_note("answers", (uint64_t)(int64_t)answered);
    probe_note("out_timer", (uint64_t)(int64_t)out_timer);
}

static int32_t fake_executor_cancel(const gantry_call_v1 *call, uint64_t timer) {
    probe_begin("gantry.executor.cancel");
    if (call == NULL) probe_note("no call", 0);
    else probe_note_call_v1(call);
    probe_note("timer", (uint64_t)(int64_t)timer);
    return probe_answer(GANTRY_OK);
}

static void drive_executor_cancel(const gantry_executor_v1 *table, void *object, const gantry_call_v1 *call) {
    (void)object;
    uint64_t timer;
    timer = (uint64_t)probe_number();
    int32_t answered = table->cancel(call, timer);
    probe_note("answers", (uint64_t)(int64_t)answered);
}

const gantry_executor_v1 probe_executor_fake = {.submit = fake_executor_submit,
    .submit_blocking = fake_executor_submit_blocking, .submit_after = fake_executor_submit_after,
    .cancel = fake_executor_cancel};

void probe_drive_executor(const void *table, void *object, const gantry_call_v1 *call) {
    const gantry_executor_v1 *functions = table;
    drive_executor_submit(functions, object, call);
    drive_executor_submit_blocking(functions, object, call);
    drive_executor_submit_after(functions, object, call);
    drive_executor_cancel(functions, object, call);
}
