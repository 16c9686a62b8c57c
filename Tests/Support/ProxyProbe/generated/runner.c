/* gantry.module.jobs.
 * Written by PluginAPI/Generator/generate.py --write; never edit it by hand. */
#include "../probe.h"
#include "values.h"

static int32_t fake_runner_run(void *instance, const gantry_call_v1 *call, const gantry_job_v1 *job,
                               gantry_error_v1 *error) {
    probe_begin("gantry.module.jobs.run");
    probe_note("instance", instance != NULL);
    if (call == NULL) probe_note("no call", 0);
    else probe_note_call_v1(call);
    if (job == NULL) probe_note("no job", 0);
    else probe_note_job_v1(job);
    probe_note("error", error != NULL);
    probe_fail(error, "run fails");
    return probe_answer(GANTRY_OK);
}

static void drive_runner_run(const gantry_runner_v1 *table, void *object, const gantry_call_v1 *call) {
    (void)call;
    gantry_job_v1 job;
    probe_make_job_v1(&job);
    uint8_t error_room[64] = {0};
    gantry_error_v1 error = {0, sizeof error_room, 0, 0, error_room};
    int32_t answered = table->run(object, call, probe_is_sparse() ? NULL : &job, probe_is_sparse() ? NULL : &error);
    probe_note("answers", (uint64_t)(int64_t)answered);
    probe_note("code", (uint64_t)(int64_t)error.code);
    probe_note_text("error", (gantry_str_v1){error_room, error.message_size});
}

const gantry_runner_v1 probe_runner_fake = {.run = fake_runner_run};

void probe_drive_runner(const void *table, void *object, const gantry_call_v1 *call) {
    const gantry_runner_v1 *functions = table;
    drive_runner_run(functions, object, call);
}
