/* hostile.c: a module whose one operation makes as many attacks as it is told, from the seed that it is told. */
#include "hostile.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>

#define TEXT(literal) {(const uint8_t *)(literal), sizeof(literal) - 1}
enum { TABLES = 40, MEMORY = 1 << 20 };

typedef struct instance {
    const gantry_response_v1 *response;
    const gantry_stream_v1 *stream;
    const void *tables[TABLES];
    const char *ids[TABLES];
    int count;
} instance;

/* Of the instance that was created last: what another thread or another tenant's call gets to hold of. */
static _Atomic(instance *) shared;
/* Calls that are over by now. */
static gantry_call_v1 gone[HOSTILE_KEPT];
static atomic_uint gone_count;
static _Thread_local struct hostile *mine;

uint64_t hostile_next(struct hostile *h) {
    h->state += UINT64_C(0x9E3779B97F4A7C15);
    uint64_t mixed = h->state;
    mixed = (mixed ^ (mixed >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    mixed = (mixed ^ (mixed >> 27)) * UINT64_C(0x94D049BB133111EB);
    return mixed ^ (mixed >> 31);
}

uint64_t hostile_number(struct hostile *h) {
    static const uint64_t special[] = {0, 1, 2, 3, 7, 200, 404, 500, 1000, UINT64_MAX, INT64_MAX, (uint64_t)INT64_MIN,
                                       UINT32_MAX, INT32_MAX, 1ull << 20, 1ull << 40};
    uint64_t dice = hostile_next(h) % 10;
    if (dice < 4) return special[hostile_next(h) % (sizeof special / sizeof special[0])];
    if (dice < 8) return h->kept[hostile_next(h) % HOSTILE_KEPT];
    return hostile_next(h);
}

double hostile_real(struct hostile *h) {
    static const double special[] = {0, 1, -1, 1e308, -1e308, 5e-324};
    uint64_t dice = hostile_next(h) % 8;
    if (dice < 6) return special[dice];
    double zero = 0;
    return dice == 6 ? zero / zero : 1 / zero;
}

/* How many of a list with room for HOSTILE_LIST, or more than any memory has. */
uint64_t hostile_count(struct hostile *h, int is_there) {
    uint64_t dice = hostile_next(h) % 8;
    if (dice == 0) return UINT64_MAX >> hostile_next(h) % 4;
    if (!is_there) return hostile_next(h) % 3;
    return hostile_next(h) % (HOSTILE_LIST + 1);
}

/* Never more than the room has; what is more than that is a lie about the module's own memory. */
uint64_t hostile_capacity(struct hostile *h) { return hostile_next(h) % (HOSTILE_ROOM + 1); }

gantry_str_v1 hostile_text(struct hostile *h) {
    static const char *const texts[] = {
        "", "a", "{}", "[]", "{\"a\":1}", "null", "text/plain", "application/json", "x-y", "x\r\ny: z", "\xff\xfe",
        "a\0b", "SELECT 1", "INSERT INTO notes (name) VALUES ($1)", "SELECT * FROM notes", "DELETE FROM notes",
        "BEGIN", "COMMIT", "PRAGMA journal_mode=OFF", "ATTACH 'x' AS y", "SELECT load_extension('x')",
        "DROP TABLE notes", "hostile.done", "work", "gantry.database", "https://example.com/", "http://127.0.0.1:1/",
        "file:///etc/passwd", "../../etc/passwd", "usr_1", "admin", "superadmin",
        "WITH RECURSIVE x(n) AS (SELECT 1 UNION ALL SELECT n+1 FROM x LIMIT 10) SELECT n FROM x"};
    uint64_t dice = hostile_next(h) % 16;
    if (dice == 0) return (gantry_str_v1){NULL, 5};
    if (dice == 1) return (gantry_str_v1){(const uint8_t *)"x", UINT64_MAX >> hostile_next(h) % 4};
    if (dice == 2) return (gantry_str_v1){h->room, hostile_next(h) % HOSTILE_ROOM};
    if (dice == 3) return (gantry_str_v1){NULL, 0};
    const char *found = texts[hostile_next(h) % (sizeof texts / sizeof texts[0])];
    /* The one with a NUL in it goes on behind that. */
    uint64_t size = found[0] == 'a' && found[1] == 0 ? 1 + hostile_next(h) % 2 : strlen(found);
    return (gantry_str_v1){(const uint8_t *)found, size};
}

gantry_str_v1 *hostile_texts(struct hostile *h) {
    gantry_str_v1 *list = hostile_memory(h, HOSTILE_LIST * sizeof *list);
    for (int i = 0; i < HOSTILE_LIST; i++) list[i] = hostile_text(h);
    return list;
}

const gantry_call_v1 *hostile_call(struct hostile *h) {
    uint64_t dice = hostile_next(h) % 16;
    if (dice == 0) return NULL;
    if (dice == 1) return &h->old[hostile_next(h) % HOSTILE_KEPT];
    if (dice > 3) return &h->call;
    gantry_call_v1 *call = hostile_memory(h, sizeof *call);
    *call = h->call;
    if (dice == 2) call->call = hostile_number(h);
    else call->instance = hostile_number(h);
    call->tenant = (gantry_str_v1)TEXT("another");
    return call;
}

gantry_error_v1 *hostile_error(struct hostile *h) {
    uint64_t dice = hostile_next(h) % 6;
    if (dice == 0) return NULL;
    h->error = (gantry_error_v1){7, 64, 3, 9, h->room};
    if (dice == 1) h->error.message_capacity = 0;
    if (dice == 2) h->error = (gantry_error_v1){0, 0, 0, 0, NULL};
    return &h->error;
}

uint8_t *hostile_room(struct hostile *h) { return hostile_next(h) % 8 == 0 ? NULL : h->room; }
void *hostile_result(struct hostile *h) { return hostile_next(h) % 8 == 0 ? NULL : &h->results[hostile_next(h) % 4]; }

/* Memory that lives as long as the attack; the same again once there is no more. */
void *hostile_memory(struct hostile *h, uint64_t size) {
    size = (size + 15) & ~UINT64_C(15);
    if (h->used + size > MEMORY) h->used = 0;
    void *memory = h->memory + h->used;
    h->used += size;
    return memory;
}

int hostile_depth(struct hostile *h, int by) {
    h->depth += by;
    return h->depth < 3;
}

void hostile_keep(struct hostile *h, uint64_t number) { h->kept[hostile_next(h) % HOSTILE_KEPT] = number; }

static void attack(struct hostile *h) {
    const hostile_attack *chosen = &hostile_attacks[hostile_next(h) % hostile_attack_count];
    instance *self = shared;
    for (int i = 0; self != NULL && i < self->count; i++)
        if (strcmp(self->ids[i], chosen->table) == 0) {
            (void)chosen->make(h, self->tables[i]);
            for (int j = 0; j < 4; j++) hostile_keep(h, h->results[j]);
        }
}

/* A callback may come on any thread, also when the attack that lent it is over: it has an attack of its own there. */
struct hostile *hostile_entered(void *context) {
    static _Thread_local struct hostile own;
    static _Thread_local uint8_t room[64], memory[1 << 10];
    if (mine != NULL && context == mine) return mine;
    if (own.room == NULL) {
        own.state = (uint64_t)(uintptr_t)context;
        own.room = room;
        own.memory = memory;
        own.nested = 100;
    }
    return &own;
}

int32_t hostile_back(struct hostile *h) {
    static const int32_t answers[] = {0, 0, 0, 0, 1, 2, -1, -3, -4, -5, -6, -8, -11, 77, -77, INT32_MIN};
    if (h->nested < 3) {
        h->nested++;
        for (uint64_t left = hostile_next(h) % 4; left > 0; left--) attack(h);
        h->nested--;
    }
    return answers[hostile_next(h) % (sizeof answers / sizeof answers[0])];
}

static void run(uint64_t seed, uint64_t count, const gantry_call_v1 *call) {
    struct hostile *h = calloc(1, sizeof *h);
    h->room = calloc(1, HOSTILE_ROOM);
    h->memory = calloc(1, MEMORY);
    h->state = seed;
    h->call = *call;
    memcpy(h->old, gone, sizeof gone);
    mine = h;
    for (uint64_t left = count; left > 0; left--) attack(h);
    mine = NULL;
    gone[atomic_fetch_add(&gone_count, 1) % HOSTILE_KEPT] = (gantry_call_v1){
        call->call, call->instance, (gantry_str_v1)TEXT("gone"), call->deadline_nanoseconds, 0, 0, 0};
    /* Callbacks that were lent compare its address alone; the memory that was lent is the host's no more. */
    free(h->room);
    free(h->memory);
    free(h);
}

struct elsewhere {
    uint64_t seed, count;
    const gantry_call_v1 *call;
};

static void *run_elsewhere(void *argument) {
    const struct elsewhere *work = argument;
    run(work->seed, work->count, work->call);
    return NULL;
}

static int32_t handle(void *context, const gantry_call_v1 *call, const gantry_request_v1 *request) {
    const instance *self = context;
    char path[64] = {0};
    unsigned long long seed = 1, count = 100;
    if (request->path_parameter_count == 2) {
        for (int i = 0; i < 2; i++) {
            gantry_str_v1 word = request->path_parameters[i];
            memset(path, 0, sizeof path);
            memcpy(path, word.data, word.size < sizeof path ? word.size : sizeof path - 1);
            *(i == 0 ? &seed : &count) = strtoull(path, NULL, 10);
        }
    }
    if (request->operation == 1) return self->response->send(call, 204, (gantry_str_v1)TEXT(""), NULL, 0,
                                                             (gantry_str_v1)TEXT(""));
    pthread_t thread;
    struct elsewhere work = {seed + 1, count / 2, call};
    int is_apart = seed % 4 == 0 && pthread_create(&thread, NULL, run_elsewhere, &work) == 0;
    run(seed, count, call);
    if (is_apart) pthread_join(thread, NULL);
    /* What was begun is ended, so that nobody waits for it. */
    (void)self->stream->finish(call);
    (void)self->response->send(call, 200, (gantry_str_v1)TEXT("text/plain"), NULL, 0, (gantry_str_v1)TEXT("survived"));
    return GANTRY_OK;
}

static int32_t check(void *context, const gantry_call_v1 *call, const gantry_request_v1 *request,
                     const gantry_finding_v1 *known, uint64_t known_count, gantry_finding_fn_v1 report, void *opaque,
                     gantry_error_v1 *error) {
    (void)context, (void)call, (void)request, (void)known, (void)known_count, (void)report, (void)opaque, (void)error;
    return GANTRY_OK;
}

static int32_t create(void *module, const gantry_call_v1 *call, const gantry_host_v1 *host, gantry_str_v1 configuration,
                      void **out_instance, gantry_error_v1 *error) {
    instance *self = calloc(1, sizeof *self);
    (void)module, (void)call, (void)configuration, (void)error;
    for (uint32_t i = 0; i < hostile_attack_count; i++) {
        const char *id = hostile_attacks[i].table;
        int is_known = 0;
        for (int j = 0; j < self->count; j++) is_known |= strcmp(self->ids[j], id) == 0;
        const void *table = NULL;
        gantry_str_v1 name = {(const uint8_t *)id, strlen(id)};
        if (is_known || self->count == TABLES || host->query(host->scope, name, 1, &table) != GANTRY_OK) continue;
        self->ids[self->count] = id;
        self->tables[self->count++] = table;
        if (strcmp(id, GANTRY_RESPONSE_ID) == 0) self->response = table;
        if (strcmp(id, GANTRY_STREAM_ID) == 0) self->stream = table;
    }
    if (self->response == NULL || self->stream == NULL) return GANTRY_E_FAILED;
    shared = self;
    *out_instance = self;
    return GANTRY_OK;
}

static int32_t step(void *context, const gantry_call_v1 *call, gantry_error_v1 *error) {
    (void)context, (void)call, (void)error;
    return GANTRY_OK;
}

/* Stays, since other tenants' calls use what was created last. */
static int32_t destroy(void *context) {
    (void)context;
    return GANTRY_OK;
}

static int32_t deliver(void *context, const gantry_call_v1 *call, const gantry_event_v1 *event,
                       gantry_error_v1 *error) {
    (void)context, (void)event, (void)error;
    run(call->call, 20, call);
    return GANTRY_OK;
}

static int32_t work(void *context, const gantry_call_v1 *call, const gantry_job_v1 *job, gantry_error_v1 *error) {
    (void)context, (void)job, (void)error;
    run(call->call, 20, call);
    return GANTRY_OK;
}

static int32_t describe(void *module, const gantry_description_v1 **out) {
    static const gantry_str_v1 operations[] = {TEXT("attack"), TEXT("rest")}, handlers[] = {TEXT("onDone")},
                               jobs[] = {TEXT("work")};
    static const gantry_description_v1 description = {TEXT("hostile"), TEXT("1.0.0"), operations, 2,
                                                      handlers,        1,             jobs,       1};
    (void)module;
    *out = &description;
    return GANTRY_OK;
}

static int32_t query(void *module, gantry_str_v1 id, uint32_t revision, const void **out_table) {
    static const gantry_lifecycle_v1 lifecycle = {describe, create, step, step, step, destroy};
    static const gantry_http_v1 http = {handle, check};
    static const gantry_subscriber_v1 subscriber = {deliver};
    static const gantry_runner_v1 runner = {work};
    static const struct {
        gantry_str_v1 id;
        const void *table;
    } tables[] = {{TEXT(GANTRY_LIFECYCLE_ID), &lifecycle}, {TEXT(GANTRY_HTTP_ID), &http},
                  {TEXT(GANTRY_SUBSCRIBER_ID), &subscriber}, {TEXT(GANTRY_RUNNER_ID), &runner}};
    (void)module;
    for (size_t i = 0; i < 4; i++)
        if (revision == 1 && id.size == tables[i].id.size && memcmp(id.data, tables[i].id.data, id.size) == 0)
            return *out_table = tables[i].table, GANTRY_OK;
    return GANTRY_E_UNSUPPORTED;
}

GANTRY_MODULE_NOTE(GANTRY_RUNTIME_NONE);

int32_t gantry_entry_v1(const gantry_host_v1 *host, gantry_module_v1 *out_module) {
    (void)host;
    *out_module = (gantry_module_v1){NULL, query};
    return GANTRY_OK;
}
