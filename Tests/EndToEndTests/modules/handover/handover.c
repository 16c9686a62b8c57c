/* Counts in memory, also by a job, and hands the count to the next generation; and tells how long a secret is. */
#include <gantry_kit.h>

typedef struct counter {
    const gantry_response_v1 *response;
    const gantry_database_v1 *database;
    const gantry_jobs_v1 *jobs;
    const gantry_settings_v1 *settings;
    int64_t count;
} counter;

static int32_t count(void *instance, const gantry_call_v1 *call, const gantry_request_v1 *request) {
    counter *self = instance;
    (void)request;
    gantry_buffer json = {0};
    gantry_add_integer(&json, ++self->count);
    return gantry_send_json(self->response, call, 200, &json);
}

typedef struct work {
    const counter *self;
    const gantry_call_v1 *call;
} work;

static int32_t queue(void *context, uint64_t transaction) {
    work *now = context;
    return now->self->jobs->enqueue(now->call, transaction, GANTRY_TEXT("later"), GANTRY_TEXT(""),
                                    GANTRY_TEXT("{\"by\":10}"), 0, NULL);
}

static int32_t postpone(void *instance, const gantry_call_v1 *call, const gantry_request_v1 *request) {
    const counter *self = instance;
    work now = {self, call};
    (void)request;
    int32_t status = self->database->transact(call, GANTRY_TRANSACTION_WRITE, queue, &now, NULL);
    if (status != GANTRY_OK) return status;
    return self->response->send(call, 204, GANTRY_TEXT(""), NULL, 0, GANTRY_TEXT(""));
}

static int32_t measure(void *context, gantry_str_v1 secret) {
    gantry_add_integer(context, (int64_t)secret.size);
    return GANTRY_OK;
}

static int32_t start(void *instance, const gantry_call_v1 *call, const gantry_request_v1 *request) {
    const counter *self = instance;
    gantry_buffer json = {0};
    (void)request;
    int32_t status = self->settings->secret(call, GANTRY_TEXT("start"), measure, &json);
    if (status == GANTRY_END) gantry_add_raw(&json, "null");
    if (status == GANTRY_OK || status == GANTRY_END) return gantry_send_json(self->response, call, 200, &json);
    gantry_buffer_free(&json);
    return status;
}

static int32_t later(void *instance, const gantry_call_v1 *call, const gantry_job_v1 *job, gantry_error_v1 *error) {
    int64_t by = 1;
    (void)call, (void)error;
    gantry_read_integer(&job->payload, gantry_member(&job->payload, "by"), &by);
    ((counter *)instance)->count += by;
    return GANTRY_OK;
}

static int32_t export_state(void *instance, const gantry_call_v1 *call, gantry_state_fn_v1 take, void *context,
                            gantry_error_v1 *error) {
    (void)call, (void)error;
    gantry_str_v1 bytes = {(const uint8_t *)&((counter *)instance)->count, sizeof(int64_t)};
    return take(context, 1, bytes);
}

static int32_t import_state(void *instance, const gantry_call_v1 *call, uint32_t version, gantry_str_v1 state,
                            gantry_error_v1 *error) {
    (void)call, (void)error;
    if (version != 1 || state.size != sizeof(int64_t)) return GANTRY_E_UNSUPPORTED;
    memcpy(&((counter *)instance)->count, state.data, sizeof(int64_t));
    return GANTRY_OK;
}

static int32_t create(const gantry_host_v1 *host, gantry_str_v1 configuration, void **out_instance,
                      gantry_error_v1 *error) {
    (void)configuration, (void)error;
    counter *self = calloc(1, sizeof *self);
    if (self == NULL) return GANTRY_E_BUSY;
    int32_t status = GANTRY_FIND(host, GANTRY_RESPONSE_ID, &self->response);
    if (status == GANTRY_OK) status = GANTRY_FIND(host, GANTRY_DATABASE_ID, &self->database);
    if (status == GANTRY_OK) status = GANTRY_FIND(host, GANTRY_JOBS_ID, &self->jobs);
    if (status == GANTRY_OK) status = GANTRY_FIND(host, GANTRY_SETTINGS_ID, &self->settings);
    if (status != GANTRY_OK) return free(self), status;
    *out_instance = self;
    return GANTRY_OK;
}

static int32_t destroy(void *instance) {
    free(instance);
    return GANTRY_OK;
}

static const gantry_kit_operation operations[] = {{"count", count}, {"postpone", postpone}, {"start", start}};
static const gantry_kit_job jobs[] = {{"later", later}};
static const gantry_state_v1 state = {export_state, import_state};

static const gantry_kit_module module = {
    .id = "handover",
    .version = "1.0.0",
    .operations = operations,
    .operation_count = GANTRY_COUNT(operations),
    .jobs = jobs,
    .job_count = GANTRY_COUNT(jobs),
    .create = create,
    .destroy = destroy,
    .state = &state,
};

GANTRY_EXPORT(module)
