/* Imports services: calls each well, then attacks. What it is answered goes to the log. */
#define _POSIX_C_SOURCE 200809L
#define FIXTURE_ID "importer"
#define FIXTURE_OPERATIONS TEXT("run"), TEXT("attack"), TEXT("inline"), TEXT("late")
#define FIXTURE_CREATE ask
#include "../fixture.h"

static const gantry_services_v1 *services;

static int32_t ask(void *module, const gantry_call_v1 *call, const gantry_host_v1 *host, gantry_str_v1 configuration,
                   void **out_instance, gantry_error_v1 *error) {
    int32_t status = create(module, call, host, configuration, out_instance, error);
    const void *found = query(host, GANTRY_SERVICES_ID, &status);
    if (found != NULL) services = found;
    report(*out_instance, call, "query", status);
    return GANTRY_OK;
}

typedef int32_t (*mix_fn)(const gantry_call_v1 *, gantry_str_v1, gantry_str_v1, uint8_t, int64_t, double,
                          gantry_bytes_fn_v1, void *);
typedef int32_t (*twice_fn)(const gantry_call_v1 *, int64_t, int64_t *);
typedef int32_t (*is_long_fn)(const gantry_call_v1 *, gantry_str_v1, uint8_t *);
typedef int32_t (*half_fn)(const gantry_call_v1 *, double, double *);
typedef int32_t (*reverse_fn)(const gantry_call_v1 *, gantry_str_v1, gantry_bytes_fn_v1, void *);
typedef int32_t (*note_fn)(const gantry_call_v1 *, gantry_str_v1);
typedef int32_t (*wide_fn)(const gantry_call_v1 *, gantry_str_v1, gantry_str_v1, gantry_str_v1, int64_t, double, double,
                           uint8_t, gantry_str_v1, int64_t *);
typedef int32_t (*number_fn)(const gantry_call_v1 *, int64_t *);
typedef int32_t (*text_fn)(const gantry_call_v1 *, gantry_bytes_fn_v1, void *);
typedef int32_t (*fault_fn)(const gantry_call_v1 *, int64_t, gantry_bytes_fn_v1, void *);
typedef int32_t (*truth_fn)(const gantry_call_v1 *, uint8_t *);
typedef int32_t (*turn_fn)(const gantry_call_v1 *, gantry_str_v1, gantry_bytes_fn_v1, void *);
typedef int32_t (*plain_fn)(const gantry_call_v1 *);

static int32_t keep(void *context, gantry_str_v1 bytes) {
    char *room = context;
    size_t used = strlen(room);
    memcpy(room + used, bytes.data, bytes.size < 400 ? bytes.size : 400);
    return GANTRY_OK;
}

static gantry_service_fn_v1 found(const fixture *self, const gantry_call_v1 *call, const char *signature) {
    gantry_service_fn_v1 function = NULL;
    int32_t status = services->find(call, text(signature), &function, NULL);
    if (status != GANTRY_OK) report(self, call, signature, status);
    return function;
}

static int32_t run(void *instance, const gantry_call_v1 *call) {
    const fixture *self = instance;
    char mixed[512] = {0}, turned[512] = {0}, body[2048];
    int64_t number = 0, large = 0, quick = 0;
    double real = 0;
    uint8_t is_long = 9;
    mix_fn mix = (mix_fn)found(self, call, "provider.mix(string, bytes, bool, i64, f64) -> string");
    twice_fn twice = (twice_fn)found(self, call, "provider.twice(i64) -> i64");
    is_long_fn long_enough = (is_long_fn)found(self, call, "provider.is_long(string) -> bool");
    half_fn half = (half_fn)found(self, call, "provider.half(f64) -> f64");
    reverse_fn reverse = (reverse_fn)found(self, call, "provider.reverse(bytes) -> bytes");
    note_fn note = (note_fn)found(self, call, "provider.note(string)");
    wide_fn wide =
        (wide_fn)found(self, call, "provider.wide(string, bytes, string, i64, f64, f64, bool, string) -> i64");
    number_fn quickly = (number_fn)found(self, call, "provider.quick() -> i64");
    if (mix == NULL || wide == NULL || quickly == NULL) return answer(self, call, "not found");
    int32_t status = mix(call, text("Ada"), text("\x01\x02"), 1, -5, 2.5, keep, mixed);
    status |= twice(call, 21, &number) | long_enough(call, text("longer"), &is_long) | half(call, 2.5, &real);
    status |= reverse(call, text("abc"), keep, turned) | note(call, text("noted"));
    status |= wide(call, text("a"), text("bb"), text("ccc"), 10000, 1.5, 2.5, 1, text("dddd"), &large);
    status |= quickly(call, &quick) | reverse(call, text("dropped"), NULL, NULL);
    snprintf(body, sizeof body, "%d %s %lld %d %.2f %s %lld %lld", (int)status, mixed, (long long)number, is_long, real,
             turned, (long long)large, (long long)quick);
    return answer(self, call, body);
}

static int32_t count(void *context, const gantry_value_v1 *value) {
    *(int64_t *)context += value->type == GANTRY_VALUE_INTEGER ? value->integer : 1000;
    return GANTRY_OK;
}

/* Calls within a transaction: of nobody else. */
static int32_t body_of_transaction(void *context, uint64_t transaction) {
    int64_t out = 0;
    void **facts = context;
    (void)transaction;
    number_fn quick;
    memcpy(&quick, &facts[2], sizeof quick);
    report(facts[0], facts[1], "in transaction", quick(facts[1], &out));
    return GANTRY_OK;
}

static void attack_handles(const fixture *self, const gantry_call_v1 *call, twice_fn twice) {
    static gantry_call_v1 former;
    static const uint8_t other[] = "south";
    int64_t out = 0;
    gantry_call_v1 crafted = *call;
    crafted.tenant = (gantry_str_v1){other, 5};
    report(self, call, "other tenant's name", twice(&crafted, 4, &out));
    crafted = *call;
    crafted.instance ^= 1;
    report(self, call, "other instance", twice(&crafted, 4, &out));
    crafted = *call;
    crafted.call ^= 1;
    report(self, call, "other call", twice(&crafted, 4, &out));
    if (former.call != 0) report(self, call, "former call", twice(&former, 4, &out));
    report(self, call, "no call", twice(NULL, 4, &out));
    former = *call;
}

static void attack_values(const fixture *self, const gantry_call_v1 *call) {
    const gantry_str_v1 twice = text("provider.twice(i64) -> i64"), note = text("provider.note(string)");
    gantry_service_fn_v1 function;
    gantry_value_v1 value = {GANTRY_VALUE_INTEGER, 0, 7, 0, {NULL, 0}};
    int64_t sum = 0;
    report(self, call, "values", services->call(call, twice, &value, 1, count, &sum, NULL));
    report(self, call, "sum", (int32_t)sum);
    report(self, call, "dropped", services->call(call, twice, &value, 1, NULL, NULL, NULL));
    report(self, call, "too few", services->call(call, twice, NULL, 0, count, &sum, NULL));
    report(self, call, "too many", services->call(call, twice, &value, 1 << 20, count, &sum, NULL));
    report(self, call, "nowhere", services->call(call, twice, NULL, 1, count, &sum, NULL));
    value.type = GANTRY_VALUE_REAL;
    report(self, call, "wrong type", services->call(call, twice, &value, 1, count, &sum, NULL));
    value = (gantry_value_v1){GANTRY_VALUE_TEXT, 0, 0, 0, {NULL, 4}};
    report(self, call, "no span", services->call(call, note, &value, 1, count, &sum, NULL));
    value.bytes = (gantry_str_v1){(const uint8_t *)"\xc0", 1};
    report(self, call, "no text", services->call(call, note, &value, 1, count, &sum, NULL));
    report(self, call, "other spelling", services->find(call, text("provider.twice(i64)->i64"), &function, NULL));
    report(self, call, "other type", services->find(call, text("provider.twice(f64) -> i64"), &function, NULL));
    report(self, call, "not imported", services->find(call, text("provider.secret() -> i64"), &function, NULL));
    report(self, call, "no signature", services->find(call, (gantry_str_v1){NULL, 9}, &function, NULL));
    report(self, call, "no place", services->find(call, twice, NULL, NULL));
}

static int32_t attack(void *instance, const gantry_call_v1 *call) {
    static const uint8_t broken[] = {0xff};
    const fixture *self = instance;
    char room[4096] = {0}, name[32], told[256] = {0};
    gantry_error_v1 error = {0, sizeof told, 0, 0, (uint8_t *)told};
    int64_t out = 0;
    uint8_t truth = 0;
    fault_fn fault = (fault_fn)found(self, call, "provider.fault(i64) -> string");
    note_fn note = (note_fn)found(self, call, "provider.note(string)");
    number_fn absent = (number_fn)found(self, call, "absent.thing() -> i64");
    truth_fn odd = (truth_fn)found(self, call, "provider.odd() -> bool");
    text_fn context = (text_fn)found(self, call, "provider.context() -> string");
    number_fn quick = (number_fn)found(self, call, "provider.quick() -> i64");
    attack_handles(self, call, (twice_fn)found(self, call, "provider.twice(i64) -> i64"));
    attack_values(self, call);
    for (int kind = 0; kind < 9; kind++) {
        snprintf(name, sizeof name, "fault %d", kind);
        report(self, call, name, fault(call, kind, keep, room));
    }
    report(self, call, "odd", odd(call, &truth));
    report(self, call, "broken text", note(call, (gantry_str_v1){broken, 1}));
    report(self, call, "absent", absent(call, &out));
    report(self, call, "said", services->call(call, text("absent.thing() -> i64"), NULL, 0, NULL, NULL, &error));
    self->log->write(call, GANTRY_LOG_INFO, (gantry_str_v1){(const uint8_t *)told, error.message_size}, NULL, 0);
    void *facts[3] = {instance, (void *)(uintptr_t)call, NULL};
    memcpy(&facts[2], &quick, sizeof quick);
    report(self, call, "transaction", self->database->transact(call, 1, body_of_transaction, facts, NULL));
    room[0] = 0;
    memset(room, 0, sizeof room);
    report(self, call, "context", context(call, keep, room));
    return answer(self, call, room);
}

/* On a thread that may not wait. */
static int32_t inline_calls(void *instance, const gantry_call_v1 *call) {
    const fixture *self = instance;
    int64_t out = 0;
    number_fn quick = (number_fn)found(self, call, "provider.quick() -> i64");
    twice_fn twice = (twice_fn)found(self, call, "provider.twice(i64) -> i64");
    report(self, call, "inline to inline", quick(call, &out));
    report(self, call, "inline to blocking", twice(call, 1, &out));
    return answer(self, call, "done");
}

/* Calls what does not return before its time is over, and takes back what it has lent. */
static int32_t late(void *instance, const gantry_call_v1 *call) {
    const fixture *self = instance;
    turn_fn stall = (turn_fn)found(self, call, "provider.stall(string) -> string");
    plain_fn release = (plain_fn)found(self, call, "provider.release()");
    char *name = strdup("lent"), *room = calloc(1, 512);
    report(self, call, "stall", stall(call, text(name), keep, room));
    report(self, call, "given", (int32_t)strlen(room));
    free(name);
    free(room);
    report(self, call, "release", release(call));
    return answer(self, call, "free");
}

static int32_t handle(void *instance, const gantry_call_v1 *call, const gantry_request_v1 *request) {
    if (services == NULL) return answer(instance, call, "no table");
    switch (request->operation) {
    case 0: return run(instance, call);
    case 1: return attack(instance, call);
    case 3: return late(instance, call);
    default: return inline_calls(instance, call);
    }
}
FIXTURE_MODULE(handle)
