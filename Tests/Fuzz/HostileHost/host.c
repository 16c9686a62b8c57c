/*
 * host.c: enters a module's library as a host that means harm, once for each seed, each in a process of its own.
 *
 *   hostile-host LIBRARY FIRST COUNT [SECONDS]
 *
 * Prints the seeds whose process crashed or had not ended after SECONDS, and fails when there are any.
 */
#include "host.h"

#include <dlfcn.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { CALLS = 40, KEPT = 4096, BLOCKS = 512 };

static uint64_t seed;
/* Of sixteen decisions, how many are hostile: few let a module come further. */
static uint64_t malice;
static atomic_uint threads;

/* What was lent lies here until the host takes it back, and is overwritten then. */
static _Thread_local struct {
    void *memory;
    uint64_t size;
} blocks[BLOCKS];
static _Thread_local int block_count;

typedef struct kept {
    hostile_caller call;
    hostile_function function;
    void *context;
} kept;

static pthread_mutex_t guard = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t news = PTHREAD_COND_INITIALIZER;
static kept all[KEPT];
static int kept_count, called_count;
static int is_over;

struct hostile *hostile_here(void) {
    static _Thread_local struct hostile own;
    if (own.state == 0) own.state = (seed + 1) * UINT64_C(0x2545F4914F6CDD1D) + atomic_fetch_add(&threads, 1) + 1;
    return &own;
}

uint64_t hostile_next(struct hostile *h) {
    h->state += UINT64_C(0x9E3779B97F4A7C15);
    uint64_t mixed = h->state;
    mixed = (mixed ^ (mixed >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    mixed = (mixed ^ (mixed >> 27)) * UINT64_C(0x94D049BB133111EB);
    return mixed ^ (mixed >> 31);
}

static int means_harm(struct hostile *h) { return hostile_next(h) % 16 < malice; }

uint64_t hostile_number(struct hostile *h) {
    static const uint64_t special[] = {UINT64_MAX, INT64_MAX, (uint64_t)INT64_MIN, UINT32_MAX, INT32_MAX,
                                       (uint64_t)INT32_MIN, 1ull << 40, 1ull << 20, 999};
    if (means_harm(h)) return hostile_next(h) % 4 ? special[hostile_next(h) % 9] : hostile_next(h);
    return hostile_next(h) % 6;
}

double hostile_real(struct hostile *h) {
    static const double special[] = {0, 1, -1, 1e308, -1e308, 5e-324};
    double zero = 0;
    uint64_t dice = hostile_next(h) % 8;
    return dice < 6 ? special[dice] : dice == 6 ? zero / zero : 1 / zero;
}

/* Statuses, kinds of events, and what is neither. */
uint32_t hostile_event(struct hostile *h) {
    if (means_harm(h)) return (uint32_t)hostile_number(h);
    return hostile_next(h) % 3 ? (uint32_t)(hostile_next(h) % 6) : (uint32_t)-(int32_t)(hostile_next(h) % 13);
}

/* What a list has, or more than any memory. A number of 32 bits could be true of any list. */
uint64_t hostile_count(struct hostile *h, int is_there, size_t width) {
    if (!is_there) return means_harm(h) ? hostile_number(h) : 0;
    if (width == 8 && means_harm(h)) return UINT64_MAX >> hostile_next(h) % 20;
    return hostile_next(h) % (HOSTILE_LIST + 1);
}

gantry_str_v1 hostile_text(struct hostile *h) {
    static const char *const texts[] = {
        "", "a", "7", "-1", "{}", "[1]", "{\"a\":1}", "null", "true", "application/json", "2026-11-22T01:02:03Z",
        "x\r\ny: z", "\xff\xfe\xc0", "\xf0\x9f\x98", "note", "https://example.com/", "usr_1", "admin", "1e400", "\\u"};
    if (means_harm(h)) {
        if (hostile_next(h) % 2) return (gantry_str_v1){NULL, hostile_number(h)};
        return (gantry_str_v1){(const uint8_t *)"x", UINT64_MAX >> hostile_next(h) % 20};
    }
    const char *found = texts[hostile_next(h) % (sizeof texts / sizeof texts[0])];
    /* Memory of its own, so that a byte read behind it is seen. */
    uint64_t size = strlen(found);
    uint8_t *copy = hostile_memory(h, size);
    memcpy(copy, found, size);
    return (gantry_str_v1){copy, size};
}

gantry_str_v1 *hostile_texts(struct hostile *h) {
    gantry_str_v1 *list = hostile_memory(h, HOSTILE_LIST * sizeof *list);
    for (int i = 0; i < HOSTILE_LIST; i++) list[i] = hostile_text(h);
    return list;
}

void hostile_document(struct hostile *h, gantry_document_v1 *out) {
    static const gantry_node_v1 object[] = {{0, 14, 3, 1, GANTRY_NODE_OBJECT, 0, 0},
                                            {2, 4, 2, 0, GANTRY_NODE_STRING, GANTRY_NODE_NAME, 0},
                                            {8, 5, 3, 0, GANTRY_NODE_STRING, 0, 0}};
    static const gantry_node_v1 number[] = {{0, 5, 1, 0, GANTRY_NODE_NUMBER, 0, 0}};
    *out = (gantry_document_v1){{NULL, 0}, NULL, 0};
    uint64_t dice = hostile_next(h) % 4;
    if (dice == 0) *out = (gantry_document_v1){{(const uint8_t *)"{\"name\":\"hello\"}", 16}, object, 3};
    if (dice == 1) *out = (gantry_document_v1){{(const uint8_t *)"1e400", 5}, number, 1};
    if (!means_harm(h)) return;
    if (hostile_next(h) % 2) out->nodes = NULL;
    else out->bytes = (gantry_str_v1){NULL, hostile_number(h)};
    out->node_count = out->nodes == NULL ? hostile_number(h) : UINT64_MAX >> hostile_next(h) % 20;
}

void *hostile_memory(struct hostile *h, uint64_t size) {
    (void)h;
    void *memory = calloc(1, size == 0 ? 1 : size);
    if (memory == NULL || block_count == BLOCKS) abort();
    blocks[block_count].memory = memory;
    blocks[block_count++].size = size;
    return memory;
}

/* Takes back what was lent since there were `count` blocks. */
static void take_back(int count) {
    while (block_count > count) {
        block_count--;
        memset(blocks[block_count].memory, 0xDD, blocks[block_count].size);
        free(blocks[block_count].memory);
    }
}

int hostile_depth(struct hostile *h, int by) {
    h->depth += by;
    return h->depth < 3;
}

int64_t hostile_clock(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

int32_t hostile_answer(struct hostile *h) {
    static const int32_t hostile[] = {1, 2, 3, 77, INT32_MAX, INT32_MIN, -99, -1, -2, -3, -4, -5, -6, -7, -8, -9, -10,
                                      -11, -12};
    return means_harm(h) ? hostile[hostile_next(h) % (sizeof hostile / sizeof hostile[0])] : GANTRY_OK;
}

/* Says anything of the caller's record, and writes no more than it has room for. */
void hostile_record(struct hostile *h, gantry_error_v1 *out) {
    if (out == NULL || hostile_next(h) % 2) return;
    out->code = (int32_t)hostile_number(h);
    out->message_size = 0;
    if (out->message != NULL && out->message_capacity > 0) {
        out->message_size = (uint32_t)(hostile_next(h) % out->message_capacity);
        memset(out->message, (int)(hostile_next(h) % 256), out->message_size);
    }
    if (!means_harm(h)) return;
    if (hostile_next(h) % 2) out->message_size = (uint32_t)hostile_number(h);
    else out->message = NULL;
}

void hostile_write(struct hostile *h, uint8_t *out, uint64_t room) {
    if (out == NULL || room == 0 || room > 1 << 20) return;
    memset(out, (int)(hostile_next(h) % 256), hostile_next(h) % (room + 1));
}

static void call_back(struct hostile *h, hostile_caller call, hostile_function function, void *context) {
    if (function == NULL || h->nested > 2) return;
    int count = block_count;
    h->nested++;
    call(h, function, context);
    h->nested--;
    take_back(count);
}

void hostile_lend(struct hostile *h, hostile_caller call, hostile_function function, void *context) {
    uint64_t times = means_harm(h) ? hostile_next(h) % 4 : 1;
    for (; times > 0; times--) call_back(h, call, function, context);
}

void hostile_keep(struct hostile *h, hostile_caller call, hostile_function function, void *context) {
    pthread_mutex_lock(&guard);
    if (kept_count < KEPT) all[kept_count++] = (kept){call, function, context};
    pthread_cond_broadcast(&news);
    pthread_mutex_unlock(&guard);
    if (means_harm(h)) call_back(h, call, function, context);
}

/* Calls what was kept, in its order and once, and at times an old one again. */
static void *call_kept(void *unused) {
    struct hostile *h = hostile_here();
    (void)unused;
    pthread_mutex_lock(&guard);
    while (!is_over) {
        if (called_count == kept_count) {
            pthread_cond_wait(&news, &guard);
            continue;
        }
        kept next = all[called_count], old = all[hostile_next(h) % (unsigned)(called_count + 1)];
        pthread_mutex_unlock(&guard);
        call_back(h, next.call, next.function, next.context);
        if (means_harm(h)) call_back(h, old.call, old.function, old.context);
        pthread_mutex_lock(&guard);
        called_count++;
        pthread_cond_broadcast(&news);
    }
    pthread_mutex_unlock(&guard);
    return NULL;
}

/* Waits until nothing is kept that was not called: what was accepted is done at last. */
static void settle(void) {
    pthread_mutex_lock(&guard);
    while (called_count < kept_count) pthread_cond_wait(&news, &guard);
    pthread_mutex_unlock(&guard);
}

/* Once more each of them, with what ends streams and sockets among it: nothing is left that could be waited for. */
static void call_all(struct hostile *h) {
    pthread_mutex_lock(&guard);
    int count = kept_count;
    pthread_mutex_unlock(&guard);
    for (int i = 0; i < count; i++)
        for (int times = 0; times < 3; times++) call_back(h, all[i].call, all[i].function, all[i].context);
}

static int32_t query(uint64_t scope, gantry_str_v1 id, uint32_t revision, const void **out_table) {
    struct hostile *h = hostile_here();
    (void)scope, (void)revision;
    if (hostile_next(h) % 64 < malice) {
        if (hostile_next(h) % 2) *out_table = NULL;
        return hostile_answer(h);
    }
    for (uint32_t i = 0; i < hostile_table_count; i++)
        if (strlen(hostile_tables[i].id) == id.size && memcmp(hostile_tables[i].id, id.data, id.size) == 0)
            return *out_table = hostile_tables[i].table, GANTRY_OK;
    return GANTRY_E_UNSUPPORTED;
}

static const gantry_host_v1 host = {1, query};
static gantry_module_v1 module;
static const gantry_lifecycle_v1 *lifecycle;
static const gantry_http_v1 *http;
static const gantry_subscriber_v1 *subscriber;
static const gantry_runner_v1 *runner;
static const gantry_exporter_v1 *exporter;
static const gantry_state_v1 *state;

static const void *ask(const char *id) {
    const void *table = NULL;
    gantry_str_v1 name = {(const uint8_t *)id, strlen(id)};
    return module.query(module.module, name, 1, &table) == GANTRY_OK ? table : NULL;
}

static int32_t take_result(void *context, const gantry_value_v1 *value) {
    (void)context, (void)value;
    return hostile_answer(hostile_here());
}

static int32_t take_state(void *context, uint32_t version, gantry_str_v1 bytes) {
    (void)context, (void)version, (void)bytes;
    return hostile_answer(hostile_here());
}

static int32_t take_finding(void *context, const gantry_finding_v1 *finding) {
    (void)context, (void)finding;
    return hostile_answer(hostile_here());
}

static gantry_error_v1 *some_record(struct hostile *h) {
    if (means_harm(h)) return NULL;
    gantry_error_v1 *record = hostile_memory(h, sizeof *record);
    uint32_t room = means_harm(h) ? 0 : 64;
    *record = (gantry_error_v1){0, room, 0, 0, room == 0 ? NULL : hostile_memory(h, room)};
    return record;
}

static gantry_call_v1 *some_call(struct hostile *h) {
    gantry_call_v1 *call = hostile_memory(h, sizeof *call);
    hostile_fill_gantry_call_v1(h, call);
    /* What waits without a limit would do so by right. */
    call->deadline_nanoseconds = hostile_clock() + (int64_t)(hostile_next(h) % 200) * 1000000;
    return call;
}

static void serve(struct hostile *h, void *instance, const gantry_call_v1 *call) {
    gantry_value_v1 *arguments = hostile_memory(h, HOSTILE_LIST * sizeof *arguments);
    for (int i = 0; i < HOSTILE_LIST; i++) hostile_fill_gantry_value_v1(h, &arguments[i]);
    if (means_harm(h)) arguments = NULL;
    static const char *const names[] = {"relay.describe(string, i64, f64, bool) -> string",
                                        "relay.reverse(bytes) -> bytes", "relay.remember(string)",
                                        "relay.ask(string) -> i64", "tally.count(string) -> i64"};
    const char *name = names[hostile_next(h) % 5];
    gantry_str_v1 signature = means_harm(h) ? hostile_text(h) : (gantry_str_v1){(const uint8_t *)name, strlen(name)};
    (void)exporter->call(instance, call, signature, arguments, hostile_count(h, arguments != NULL, 8), take_result,
                         NULL, some_record(h));
}

static void attack(struct hostile *h, void *instance) {
    const gantry_call_v1 *call = some_call(h);
    uint64_t dice = hostile_next(h) % 12;
    if (dice < 7 && http != NULL) {
        gantry_request_v1 *request = hostile_memory(h, sizeof *request);
        hostile_fill_gantry_request_v1(h, request);
        if (!means_harm(h)) request->operation = (uint32_t)(hostile_next(h) % 12);
        if (dice > 0) (void)http->handle(instance, call, request);
        else (void)http->check(instance, call, request, NULL, 0, take_finding, NULL, some_record(h));
    } else if (dice == 7 && subscriber != NULL) {
        gantry_event_v1 *event = hostile_memory(h, sizeof *event);
        hostile_fill_gantry_event_v1(h, event);
        (void)subscriber->deliver(instance, call, event, some_record(h));
    } else if (dice == 8 && runner != NULL) {
        gantry_job_v1 *job = hostile_memory(h, sizeof *job);
        hostile_fill_gantry_job_v1(h, job);
        (void)runner->run(instance, call, job, some_record(h));
    } else if (dice == 9 && exporter != NULL && exporter->call != NULL) {
        serve(h, instance, call);
    } else if (dice == 10 && state != NULL) {
        if (hostile_next(h) % 2) (void)state->export_state(instance, call, take_state, NULL, some_record(h));
        else (void)state->import_state(instance, call, hostile_event(h), hostile_text(h), some_record(h));
    }
}

/* One instance's life. */
static void live(struct hostile *h) {
    void *instance = NULL;
    int32_t status = lifecycle->create(module.module, some_call(h), &host, hostile_text(h), &instance, some_record(h));
    take_back(0);
    if (status != GANTRY_OK || instance == NULL) return;
    (void)lifecycle->start(instance, some_call(h), some_record(h));
    for (int left = CALLS; left > 0; left--) {
        attack(h, instance);
        take_back(0);
        if (hostile_next(h) % 4 == 0) settle();
    }
    settle();
    (void)lifecycle->quiesce(instance, some_call(h), some_record(h));
    settle();
    call_all(h);
    (void)lifecycle->quiesce(instance, some_call(h), some_record(h));
    (void)lifecycle->stop(instance, some_call(h), some_record(h));
    settle();
    (void)lifecycle->destroy(instance);
    call_all(h);
    take_back(0);
}

static void run(gantry_entry_fn_v1 entry) {
    struct hostile *h = hostile_here();
    malice = seed % 8;
    if (entry(&host, &module) != GANTRY_OK || module.query == NULL) _exit(2);
    lifecycle = ask(GANTRY_LIFECYCLE_ID);
    http = ask(GANTRY_HTTP_ID);
    subscriber = ask(GANTRY_SUBSCRIBER_ID);
    runner = ask(GANTRY_RUNNER_ID);
    exporter = ask(GANTRY_EXPORTER_ID);
    state = ask(GANTRY_STATE_ID);
    if (lifecycle == NULL) _exit(2);
    pthread_t thread;
    if (pthread_create(&thread, NULL, call_kept, NULL) != 0) _exit(2);
    live(h);
    live(h);
    pthread_mutex_lock(&guard);
    is_over = 1;
    pthread_cond_broadcast(&news);
    pthread_mutex_unlock(&guard);
    pthread_join(thread, NULL);
}

int main(int count, char **arguments) {
    if (count < 4) return fprintf(stderr, "usage: hostile-host LIBRARY FIRST COUNT [SECONDS]\n"), 2;
    uint64_t first = strtoull(arguments[2], NULL, 10), seeds = strtoull(arguments[3], NULL, 10);
    unsigned seconds = count > 4 ? (unsigned)strtoul(arguments[4], NULL, 10) : 60;
    int failures = 0;
    for (seed = first; seed < first + seeds; seed++) {
        pid_t child = fork();
        if (child == 0) {
            alarm(seconds);
            void *library = dlopen(arguments[1], RTLD_NOW | RTLD_LOCAL);
            gantry_entry_fn_v1 entry = library == NULL ? NULL : (gantry_entry_fn_v1)dlsym(library, "gantry_entry_v1");
            if (entry == NULL) return fprintf(stderr, "%s\n", dlerror()), 2;
            run(entry);
            _exit(0);
        }
        int status = 0;
        if (child < 0 || waitpid(child, &status, 0) != child) return 2;
        if (status == 0) continue;
        failures++;
        if (WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM) printf("seed %llu: hangs\n", (unsigned long long)seed);
        else if (WIFSIGNALED(status)) printf("seed %llu: signal %d\n", (unsigned long long)seed, WTERMSIG(status));
        else printf("seed %llu: exit %d\n", (unsigned long long)seed, WEXITSTATUS(status));
        fflush(stdout);
    }
    printf("%llu seeds, %d failed\n", (unsigned long long)seeds, failures);
    return failures == 0 ? 0 : 1;
}
