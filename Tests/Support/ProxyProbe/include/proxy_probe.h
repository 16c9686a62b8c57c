/* proxy_probe.h: a host and a module that write down every call, driven directly or through the proxy. */
#ifndef PROXY_PROBE_H
#define PROXY_PROBE_H

#include <stdint.h>

enum probe_mode {
    PROBE_FULL = 0,   /* every argument is given, every call succeeds */
    PROBE_SPARSE = 1, /* pointers that may be NULL are NULL */
    PROBE_FAILING = 2 /* every call fails with an error */
};

/*
 * Calls every function of every table and gives the log of it, one line a fact; NULL when the module could not be
 * entered. The text is valid until the next run. Not from several threads at a time.
 */
const char *probe_run(int32_t through_proxy, int32_t mode);

/*
 * Runs through the proxy, and serves each request that goes by again in `turns` broken forms that follow from `seed`:
 * cut, with bits turned, with words replaced by large ones. Gives how many were served.
 */
uint64_t probe_fuzz(uint64_t seed, uint64_t turns);

/* Serves one request and gives the status that is answered. */
int64_t probe_serve(int32_t to_host, const uint8_t *request, uint64_t size);

/*
 * Keeps callbacks beyond the calls that brought them and calls them when they are due, and once more. Gives how often a
 * callback ran and how often one that was over was told GANTRY_E_STALE; `wrong` counts every other outcome.
 */
typedef struct probe_lives {
    uint32_t ran, stale, wrong;
} probe_lives;
probe_lives probe_lasting(void);

/* Four threads make `calls` statements each, and completions come on further threads; gives what went wrong. */
uint32_t probe_crowd(uint64_t calls);

/* Nanoseconds for each call of a small function, a row and a request, directly and through the proxy. */
typedef struct probe_cost {
    double clock_direct, clock_proxy;
    double rows_direct, rows_proxy;
    double request_direct, request_proxy;
} probe_cost;
probe_cost probe_measure(uint64_t calls);

#endif
