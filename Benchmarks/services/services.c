/*
 * Measures what libffi takes of a call between modules, without the host in between: a function of the declared type
 * that hands on values (what an importing module calls), and values that become a typed call (what the host does with
 * an exporting module). Prints nanoseconds for each call, the least of several rounds.
 */
#define _POSIX_C_SOURCE 199309L
#include <gantry_services.h>

#include <stdio.h>
#include <string.h>
#include <time.h>

enum { ROUNDS = 9, CALLS = 1000000 };

static const gantry_service *services[2];
static gantry_service_fn_v1 exported[2];
static int64_t total;

static int32_t add(void *instance, const gantry_call_v1 *call, int64_t a, int64_t b, int64_t *out) {
    (void)instance, (void)call;
    *out = a + b;
    return GANTRY_OK;
}

static int32_t measure_text(void *instance, const gantry_call_v1 *call, gantry_str_v1 name, gantry_str_v1 user,
                            uint8_t *out) {
    (void)instance, (void)call;
    *out = (name.size + user.size) & 1;
    return GANTRY_OK;
}

/* Takes the values and does nothing with them. */
static int32_t take(const gantry_service *service, const gantry_call_v1 *call, const gantry_value_v1 *arguments,
                    gantry_service_result_fn_v1 on_result, void *context) {
    gantry_value_v1 result = {GANTRY_VALUE_INTEGER, 0, service->result == GANTRY_SERVICE_BOOL, 0, {NULL, 0}};
    (void)call, (void)arguments;
    return on_result(context, &result);
}

/* Takes the values and calls the exporting function with them. */
static int32_t pass(const gantry_service *service, const gantry_call_v1 *call, const gantry_value_v1 *arguments,
                    gantry_service_result_fn_v1 on_result, void *context) {
    return gantry_service_invoke(service, exported[service == services[1]], &total, call, arguments, on_result,
                                 context);
}

static int32_t keep(void *context, const gantry_value_v1 *value) {
    *(int64_t *)context += value->integer;
    return GANTRY_OK;
}

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec * 1e9 + (double)time.tv_nsec;
}

typedef int32_t (*numbers_fn)(const gantry_call_v1 *, int64_t, int64_t, int64_t *);
typedef int32_t (*texts_fn)(const gantry_call_v1 *, gantry_str_v1, gantry_str_v1, uint8_t *);

static void call_numbers(gantry_service_fn_v1 function, const gantry_call_v1 *call) {
    int64_t out = 0;
    ((numbers_fn)function)(call, total, 2, &out);
    total += out & 1;
}

static void call_texts(gantry_service_fn_v1 function, const gantry_call_v1 *call) {
    static const gantry_str_v1 name = {(const uint8_t *)"new-list", 8}, user = {(const uint8_t *)"usr_1", 5};
    uint8_t out = 0;
    ((texts_fn)function)(call, name, user, &out);
    total += out;
}

static double least(void (*body)(gantry_service_fn_v1, const gantry_call_v1 *), gantry_service_fn_v1 function) {
    gantry_call_v1 call;
    double best = 1e18;
    memset(&call, 0, sizeof call);
    for (int round = 0; round < ROUNDS; round++) {
        double start = now();
        for (int index = 0; index < CALLS; index++) body(function, &call);
        double took = (now() - start) / CALLS;
        if (took < best) best = took;
    }
    return best;
}

/* The call of an exporting function alone. */
static void invoke(gantry_service_fn_v1 function, const gantry_call_v1 *call) {
    gantry_value_v1 arguments[2] = {{GANTRY_VALUE_INTEGER, 0, 1, 0, {NULL, 0}},
                                    {GANTRY_VALUE_INTEGER, 0, 2, 0, {NULL, 0}}};
    gantry_service_invoke(services[0], function, &total, call, arguments, keep, &total);
}

int main(void) {
    const char *declarations[2] = {"bench.add(i64, i64) -> i64", "bench.is_odd(string, string) -> bool"};
    void (*const bodies[2])(gantry_service_fn_v1, const gantry_call_v1 *) = {call_numbers, call_texts};
    exported[0] = (gantry_service_fn_v1)add, exported[1] = (gantry_service_fn_v1)measure_text;
    for (int index = 0; index < 2; index++) {
        gantry_str_v1 text = {(const uint8_t *)declarations[index], strlen(declarations[index])};
        gantry_service_fn_v1 closure, whole;
        if (gantry_service_find(text, &services[index]) != GANTRY_OK) return 1;
        if (gantry_service_import(services[index], take, &closure) != GANTRY_OK) return 1;
        if (gantry_service_import(services[index], pass, &whole) != GANTRY_OK) return 1;
        printf("%-38s closure to values %5.1f ns, closure and call %5.1f ns\n", declarations[index],
               least(bodies[index], closure), least(bodies[index], whole));
    }
    printf("%-38s values to call %5.1f ns\n", declarations[0], least(invoke, exported[0]));
    return total == 42;
}
