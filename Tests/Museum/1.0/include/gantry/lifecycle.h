/*
 * gantry/lifecycle.h: table "gantry.module.lifecycle", revision 1, implemented by the module.
 *
 *   load -> entry -> describe -> per tenant: create -> start -> (calls) -> quiesce -> stop -> destroy
 *
 * The host calls these functions one after the other for one instance, never two at a time. Libraries are never
 * unmapped. create may follow destroy for the same tenant any number of times.
 */
#ifndef GANTRY_LIFECYCLE_H
#define GANTRY_LIFECYCLE_H

#include "base.h"

#define GANTRY_LIFECYCLE_ID "gantry.module.lifecycle"

/*
 * What the library implements, compared with the manifest before any instance is created; a contradiction is an
 * error that names both sides. A position in a list is the number by which the host later names the entry.
 * Lives as long as the process.
 */
typedef struct gantry_description_v1 {
    gantry_str_v1 id;
    gantry_str_v1 version;
    const gantry_str_v1 *operations; /* operation ids of the contract that it handles */
    uint64_t operation_count;
    const gantry_str_v1 *subscriptions; /* names of its event handlers */
    uint64_t subscription_count;
    const gantry_str_v1 *jobs; /* names of its job handlers */
    uint64_t job_count;
} gantry_description_v1;

typedef struct gantry_lifecycle_v1 {
    /* Pure and fast: no call into the host, the same answer every time. */
    int32_t (*describe)(void *module, const gantry_description_v1 **out_description) GANTRY_THREAD(host);
    /*
     * Makes the instance for the tenant of `call`. `host` is the instance's own scope for queries: tables that this
     * tenant did not grant answer GANTRY_E_DENIED. `configuration` is a JSON object, already checked against the
     * manifest's schema. `host` and its tables live as long as the instance; `configuration` is borrowed.
     */
    int32_t (*create)(void *module, const gantry_call_v1 *call, const gantry_host_v1 *host,
                      gantry_str_v1 configuration GANTRY_BORROWED, void **out_instance,
                      gantry_error_v1 *error) GANTRY_THREAD(host);
    /* Migrations are applied; calls arrive after GANTRY_OK. */
    int32_t (*start)(void *instance, const gantry_call_v1 *call, gantry_error_v1 *error) GANTRY_THREAD(host);
    /* No new call arrives any more; finish or cancel what is under way before the deadline of `call`. */
    int32_t (*quiesce)(void *instance, const gantry_call_v1 *call, gantry_error_v1 *error) GANTRY_THREAD(host);
    /* Nothing is under way any more. */
    int32_t (*stop)(void *instance, const gantry_call_v1 *call, gantry_error_v1 *error) GANTRY_THREAD(host);
    /* Frees the instance. The host never names it again. */
    int32_t (*destroy)(void *instance) GANTRY_THREAD(host);
} gantry_lifecycle_v1;

#endif
