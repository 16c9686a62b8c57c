/* probe.c: starts workers, calls their modules, and ends them. */
#define _GNU_SOURCE
#include "probe.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { MOST_ARGUMENTS = 64, START_SECONDS = 120 };

static int64_t nanoseconds(clockid_t clock) {
    struct timespec time;
    clock_gettime(clock, &time);
    return time.tv_sec * INT64_C(1000000000) + time.tv_nsec;
}

struct lane_thread {
    gantry_channel *channel;
    uint32_t lane;
};

static void *serve_lane(void *argument) {
    struct lane_thread thread = *(struct lane_thread *)argument;
    free(argument);
    gantry_channel_serve(thread.channel, thread.lane);
    return NULL;
}

int32_t prober_start_lane(void *context, gantry_channel *channel, uint32_t lane) {
    struct lane_thread *thread = malloc(sizeof *thread);
    pthread_t number;
    (void)context;
    if (thread == NULL) abort();
    *thread = (struct lane_thread){channel, lane};
    if (pthread_create(&number, NULL, serve_lane, thread) != 0) abort();
    pthread_detach(number);
    return 1;
}

static int32_t admits(void *context, uint64_t call, uint64_t instance) {
    const prober *worker = context;
    return (call == 0 || call == worker->call) && (instance == 0 || instance == worker->instance_handle);
}

/* Descriptors 3 and 4 of the worker: above them first, so that neither is overwritten before it is copied. */
static int spawn(prober *worker) {
    posix_spawn_file_actions_t actions;
    pid_t process;
    int high = fcntl(worker->memory, F_DUPFD_CLOEXEC, 64), socket = fcntl(worker->socket, F_DUPFD_CLOEXEC, 64);
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, socket, 3);
    posix_spawn_file_actions_adddup2(&actions, high, 4);
    int failure = posix_spawn(&process, worker->program, &actions, NULL, worker->arguments, environ);
    posix_spawn_file_actions_destroy(&actions);
    close(high);
    close(socket);
    close(worker->socket);
    close(worker->memory);
    return failure == 0 ? process : -1;
}

/* The worker dies with the thread that has started it, hence that of the control. */
static void *control(void *argument) {
    prober *worker = argument;
    atomic_store(&worker->process, spawn(worker));
    gantry_channel_control(worker->channel);
    return NULL;
}

static void add(prober *worker, const char *name, const char *value) {
    int index = 0;
    while (worker->arguments[index] != NULL) index++;
    if (index + 2 >= MOST_ARGUMENTS) abort();
    worker->arguments[index] = strdup(name);
    if (value != NULL) worker->arguments[index + 1] = strdup(value);
}

static void make_arguments(prober *worker, const char *library, const prober_settings *settings) {
    char text[32];
    worker->arguments = calloc(MOST_ARGUMENTS, sizeof *worker->arguments);
    add(worker, worker->program, NULL);
    add(worker, "--socket", "3");
    add(worker, "--memory", "4");
    add(worker, "--library", library);
    snprintf(text, sizeof text, "%llu", (unsigned long long)settings->memory_bytes);
    if (settings->memory_bytes != 0) add(worker, "--memory-bytes", text);
    if (settings->group != NULL) add(worker, "--group", settings->group);
    if (settings->needed == NULL) return;
    char *names = strdup(settings->needed), *rest = names;
    for (char *name = strtok_r(names, ",", &rest); name != NULL; name = strtok_r(NULL, ",", &rest))
        add(worker, "--needed", name);
    free(names);
}

static int32_t find(const prober *worker, const char *id, const void **out_table) {
    gantry_str_v1 name = {(const uint8_t *)id, strlen(id)};
    return worker->module.query(worker->module.module, name, 1, out_table);
}

static int32_t enter(prober *worker) {
    int64_t deadline = nanoseconds(CLOCK_MONOTONIC) + START_SECONDS * INT64_C(1000000000);
    int32_t status = gantry_channel_enter(worker->channel, &prober_entry_host, deadline, &worker->module);
    if (status != GANTRY_OK) return status;
    const void *lifecycle, *http;
    if (find(worker, GANTRY_LIFECYCLE_ID, &lifecycle) != GANTRY_OK) return GANTRY_E_UNSUPPORTED;
    if (find(worker, GANTRY_HTTP_ID, &http) != GANTRY_OK) return GANTRY_E_UNSUPPORTED;
    worker->lifecycle = lifecycle;
    worker->http = http;
    const gantry_description_v1 *description;
    status = worker->lifecycle->describe(worker->module.module, &description);
    if (status != GANTRY_OK) return status;
    gantry_str_v1 tenant = {(const uint8_t *)"north", 5}, configuration = {(const uint8_t *)"{}", 2};
    gantry_call_v1 call = {.call = worker->call, .instance = worker->instance_handle, .tenant = tenant};
    worker->scope = (gantry_host_v1){worker->instance_handle, prober_query};
    status = worker->lifecycle->create(worker->module.module, &call, &worker->scope, configuration, &worker->instance,
                                       NULL);
    return status == GANTRY_OK ? worker->lifecycle->start(worker->instance, &call, NULL) : status;
}

prober *prober_start(const char *program, const char *library, const prober_settings *settings) {
    prober *worker = calloc(1, sizeof *worker);
    if (worker == NULL) abort();
    gantry_channel_owner owner = {worker, prober_start_lane, admits, prober_note_release, prober_note_brief};
    gantry_channel_settings limits = {
        .call_lanes = settings->call_lanes, .return_lanes = settings->return_lanes,
        .most_tokens = settings->most_tokens, .most_message_bytes = settings->most_message_bytes,
        .overdue_milliseconds = settings->overdue_milliseconds};
    worker->program = strdup(program);
    pthread_mutex_init(&worker->mutex, NULL);
    make_arguments(worker, library, settings);
    prober_admit_worker(worker);
    if (gantry_channel_open(&limits, &owner, &worker->channel, &worker->socket, &worker->memory) != GANTRY_OK) abort();
    if (pthread_create(&worker->control, NULL, control, worker) != 0) abort();
    worker->status = enter(worker);
    return worker;
}

int32_t prober_status(const prober *worker) { return worker->status; }
int32_t prober_process(const prober *worker) { return atomic_load(&worker->process); }
uint64_t prober_call(const prober *worker) { return worker->call; }
uint64_t prober_instance(const prober *worker) { return worker->instance_handle; }
uint64_t prober_answer_size(const prober *worker) { return worker->answer_size; }

const char *prober_reason(prober *worker) {
    gantry_channel_reason(worker->channel, worker->reason, sizeof worker->reason);
    return worker->reason;
}

static gantry_call_v1 make_call(const prober *worker, int64_t deadline_milliseconds) {
    gantry_call_v1 call = {.call = worker->call, .instance = worker->instance_handle};
    if (deadline_milliseconds != 0)
        call.deadline_nanoseconds = nanoseconds(CLOCK_MONOTONIC) + deadline_milliseconds * 1000000;
    return call;
}

static gantry_request_v1 make_request(uint32_t operation, const char *body, uint64_t body_size) {
    return (gantry_request_v1){.operation = operation, .body = {(const uint8_t *)body, body_size}};
}

int32_t prober_handle(prober *worker, uint32_t operation, const char *body, uint64_t body_size,
                     int64_t deadline_milliseconds) {
    gantry_request_v1 request = make_request(operation, body, body_size);
    gantry_call_v1 call = make_call(worker, deadline_milliseconds);
    if (worker->http == NULL) return GANTRY_E_INVALID;
    return worker->http->handle(worker->instance, &call, &request);
}

void prober_note_brief(void *worker, int32_t begins) {
    (void)begins;
    atomic_fetch_add(&((prober *)worker)->brief_count, 1);
}

uint64_t prober_brief_count(prober *worker) { return atomic_load(&worker->brief_count); }

static void note_done(void *context, int32_t status) {
    prober *worker = context;
    pthread_mutex_lock(&worker->mutex);
    if (status == GANTRY_OK) worker->done_count++;
    else worker->failed_count++;
    worker->last_status = status;
    pthread_mutex_unlock(&worker->mutex);
}

int32_t prober_post(prober *worker, uint32_t operation, const char *body, uint64_t body_size,
                    int64_t deadline_milliseconds) {
    gantry_request_v1 request = make_request(operation, body, body_size);
    gantry_call_v1 call = make_call(worker, deadline_milliseconds);
    return gantry_channel_handle(worker->instance, &call, &request, note_done, worker);
}

prober_posts prober_posted(prober *worker) {
    pthread_mutex_lock(&worker->mutex);
    prober_posts posts = {worker->done_count, worker->failed_count, worker->last_status};
    pthread_mutex_unlock(&worker->mutex);
    return posts;
}

const char *prober_taken(prober *worker) {
    pthread_mutex_lock(&worker->mutex);
    memcpy(worker->taken, worker->log, worker->log_size);
    worker->taken[worker->log_size] = 0;
    worker->log_size = 0;
    worker->is_answered = 0;
    pthread_mutex_unlock(&worker->mutex);
    return worker->taken;
}

prober_counts prober_count(prober *worker) {
    gantry_channel_counts counts;
    gantry_channel_count(worker->channel, &counts);
    return (prober_counts){counts.calls, counts.served, counts.refused, counts.busy_call_lanes, counts.tokens};
}

void prober_kill(prober *worker, int32_t signal) { kill(prober_process(worker), signal); }
void prober_break(prober *worker, const char *reason) { gantry_channel_break(worker->channel, reason); }

int32_t prober_wait(prober *worker) {
    int status = 0;
    if (worker->is_reaped || prober_process(worker) <= 0) return worker->exit_status;
    while (waitpid(prober_process(worker), &status, 0) < 0 && errno == EINTR) {}
    worker->is_reaped = 1;
    worker->exit_status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    return worker->exit_status;
}

int32_t prober_end(prober *worker) {
    if (worker->instance != NULL) worker->lifecycle->destroy(worker->instance);
    gantry_channel_close(worker->channel);
    pthread_join(worker->control, NULL);
    prober_await_release(worker);
    int32_t status = prober_wait(worker);
    prober_forget_worker(worker);
    for (int index = 0; worker->arguments[index] != NULL; index++) free(worker->arguments[index]);
    free(worker->arguments);
    free((char *)(uintptr_t)worker->program);
    pthread_mutex_destroy(&worker->mutex);
    free(worker);
    return status;
}

prober_cost prober_measure(prober *worker, uint32_t operation, uint64_t calls) {
    clockid_t other;
    if (clock_getcpuclockid(prober_process(worker), &other) != 0) abort();
    int64_t wall = nanoseconds(CLOCK_MONOTONIC), own = nanoseconds(CLOCK_PROCESS_CPUTIME_ID);
    int64_t theirs = nanoseconds(other);
    for (uint64_t turn = 0; turn < calls; turn++)
        if (prober_handle(worker, operation, "hello", 5, 0) != GANTRY_OK) abort();
    return (prober_cost){(double)(nanoseconds(CLOCK_MONOTONIC) - wall) / (double)calls,
                         (double)(nanoseconds(CLOCK_PROCESS_CPUTIME_ID) - own) / (double)calls,
                         (double)(nanoseconds(other) - theirs) / (double)calls};
}
