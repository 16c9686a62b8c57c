/* Does wrong what the path asks for. Linked into no product: see test_containment.py. */
#define _GNU_SOURCE
#define FIXTURE_ID "mischief"
#define FIXTURE_OPERATIONS TEXT("blocking"), TEXT("inline")
#define FIXTURE_CREATE create_mischief
#include "../Fixtures/fixture.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

static const gantry_jobs_v1 *jobs;

static int32_t create_mischief(void *module, const gantry_call_v1 *call, const gantry_host_v1 *host,
                               gantry_str_v1 configuration, void **out_instance, gantry_error_v1 *error) {
    int32_t status;
    jobs = query(host, GANTRY_JOBS_ID, &status);
    if (memmem(configuration.data, configuration.size, "die", 3) != NULL) abort();
    return create(module, call, host, configuration, out_instance, error);
}

static volatile int *nowhere;
static volatile int zero, one = 1;

static void spin(void) {
    for (volatile unsigned count = 0;; count++) continue;
}

/* Uses up its stack. */
static int recurse(volatile int depth) {
    volatile char frame[512];
    frame[depth % 512] = (char)depth;
    return depth < 0 ? 0 : recurse(depth + 1) + frame[depth % 512];
}

static void *own_thread(void *what) {
    (void)what;
    *nowhere = 1;
    return NULL;
}

/* Stops the whole process a moment later, when nothing is under way. */
static void *freeze(void *what) {
    (void)what;
    usleep(300000);
    kill(getpid(), SIGSTOP);
    return NULL;
}

static void eat_memory(void) {
    for (;;) {
        size_t size = 4 << 20;
        char *piece = malloc(size);
        if (piece != NULL) memset(piece, 1, size);
    }
}

/* Opens until nothing is left, and keeps all. */
static int leak_descriptors(void) {
    int count = 0;
    while (open("/dev/null", O_RDONLY | O_CLOEXEC) >= 0) count++;
    return count;
}

/* Everything through the interface that nobody may pass. */
static int32_t answer_garbage(const fixture *self, const gantry_call_v1 *call) {
    gantry_str_v1 wild = {(const uint8_t *)"x", UINT64_MAX}, empty = {NULL, 7};
    gantry_field_v1 header = {{(const uint8_t *)"a\r\nb", 4}, {(const uint8_t *)"\n", 1}};
    gantry_call_v1 forged = *call;
    self->response->send(call, 200, wild, NULL, 0, empty);
    self->response->send(call, 99999, text("text/plain"), &header, 1, text("x"));
    self->response->fail(call, 7, wild, empty, text("{"));
    self->response->refuse(call, NULL, 1000);
    for (uint64_t bit = 0; bit < 64; bit++) {
        forged.call = call->call ^ UINT64_C(1) << bit;
        self->response->send(&forged, 200, text("text/plain"), NULL, 0, text("forged"));
        forged.instance = call->instance ^ UINT64_C(1) << bit;
        self->response->send(&forged, 200, text("text/plain"), NULL, 0, text("forged"));
    }
    return 4711;
}

static int is_mapped(const uint8_t *page) {
    unsigned char resident;
    return mincore((void *)(uintptr_t)page, 4096, &resident) == 0;
}

/* Finds the memory that is shared with the host by its first word, and writes nonsense all over it. */
static int spoil_ring(int rounds) {
    uint64_t magic = UINT64_C(0x31564c4e48435447);
    uintptr_t near = (uintptr_t)(void *)&malloc & ~(uintptr_t)4095;
    for (uintptr_t distance = 0; distance < (uintptr_t)1 << 30; distance += 4096) {
        uint8_t *page = (uint8_t *)(near - distance);
        if (!is_mapped(page) || memcmp(page, &magic, sizeof magic) != 0) continue;
        for (int round = 0; round < rounds; round++)
            for (uint8_t *byte = page + 4096; is_mapped((uint8_t *)((uintptr_t)byte & ~(uintptr_t)4095)); byte += 64)
                for (int index = 0; index < 16; index++) byte[index] = (uint8_t)(rand() + round);
        return 1;
    }
    return 0;
}

static int32_t dwell(void *context) {
    (void)context;
    spin();
    return GANTRY_OK;
}

static int32_t dwell_in_transaction(void *context, uint64_t transaction) {
    (void)context, (void)transaction;
    spin();
    return GANTRY_OK;
}

static int32_t enqueue(void *context, uint64_t transaction) {
    const gantry_call_v1 *call = context;
    return jobs->enqueue(call, transaction, text("work"), text(""), text("{}"), 0, NULL);
}

static int32_t misbehave(const fixture *self, const gantry_call_v1 *call, gantry_str_v1 what) {
    pthread_t thread;
    int32_t status;
    const gantry_executor_v1 *executor = query(self->host, GANTRY_EXECUTOR_ID, &status);
    if (is(what, "segfault")) *nowhere = 1;
    if (is(what, "recurse")) one = recurse(0);
    if (is(what, "trap")) __builtin_trap();
    if (is(what, "abort")) abort();
    if (is(what, "divide")) one = one / zero;
    if (is(what, "exit")) _exit(7);
    if (is(what, "thread") && pthread_create(&thread, NULL, own_thread, NULL) == 0) pthread_join(thread, NULL);
    if (is(what, "loop")) spin();
    if (is(what, "freeze")) pthread_create(&thread, NULL, freeze, NULL);
    if (is(what, "transaction"))
        self->database->transact(call, GANTRY_TRANSACTION_WRITE, dwell_in_transaction, NULL, NULL);
    if (is(what, "work")) executor->submit(call, dwell, NULL);
    if (is(what, "memory")) eat_memory();
    if (is(what, "garbage")) return answer_garbage(self, call);
    if (is(what, "ring")) return answer(self, call, spoil_ring(1000) ? "spoilt" : "not found");
    if (is(what, "files")) {
        char line[32];
        snprintf(line, sizeof line, "%d", leak_descriptors());
        return answer(self, call, line);
    }
    if (is(what, "job")) {
        void *context = (void *)(uintptr_t)call;
        status = self->database->transact(call, GANTRY_TRANSACTION_WRITE, enqueue, context, NULL);
        return status == GANTRY_OK ? answer(self, call, "queued") : status;
    }
    return answer(self, call, "done");
}

static int32_t handle(void *instance, const gantry_call_v1 *call, const gantry_request_v1 *request) {
    return misbehave(instance, call, request->path_parameters[0]);
}

/* Ends the process at its first attempt of each job. */
static int32_t run(void *instance, const gantry_call_v1 *call, const gantry_job_v1 *job, gantry_error_v1 *error) {
    (void)error;
    if (job->attempt == 1) abort();
    report(instance, call, "job_attempt", (int32_t)job->attempt);
    return GANTRY_OK;
}

static int32_t describe_mischief(void *module, const gantry_description_v1 **out) {
    static const gantry_str_v1 operations[] = {FIXTURE_OPERATIONS}, names[] = {TEXT("work")};
    static const gantry_description_v1 description = {
        TEXT(FIXTURE_ID), TEXT(FIXTURE_VERSION), operations, 2, NULL, 0, names, 1};
    (void)module;
    *out = &description;
    return GANTRY_OK;
}

static int32_t tables(void *module, gantry_str_v1 id, uint32_t revision, const void **out_table) {
    static const gantry_lifecycle_v1 lifecycle = {
        describe_mischief, create_mischief, succeed, succeed, succeed, destroy};
    static const gantry_http_v1 http = {handle, check_nothing};
    static const gantry_runner_v1 runner = {run};
    (void)module;
    if (revision != 1) return GANTRY_E_UNSUPPORTED;
    if (is(id, GANTRY_LIFECYCLE_ID)) return *out_table = &lifecycle, GANTRY_OK;
    if (is(id, GANTRY_HTTP_ID)) return *out_table = &http, GANTRY_OK;
    if (is(id, GANTRY_RUNNER_ID)) return *out_table = &runner, GANTRY_OK;
    return GANTRY_E_UNSUPPORTED;
}

FIXTURE_NOTE FIXTURE_ENTRY
