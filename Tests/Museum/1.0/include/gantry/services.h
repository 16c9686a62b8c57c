/*
 * gantry/services.h: typed functions that one module exports and another imports through the host.
 *   "gantry.services", revision 1, implemented by the host. Needs the capability `services`, and the service under
 *   `services.imports` of the manifest.
 *   "gantry.module.services", revision 1, implemented by the module: what stands under `services.exports`.
 *
 * A service is declared like `flags.is_enabled(string, string) -> bool`: the exporting module's id, a name of
 * lower-case letters, digits and underscores, at most eight parameters, and one result or none (then nothing follows
 * the bracket). Types are string, bytes, bool, i64 and f64; what has several members travels as JSON in a string.
 * There is one spelling, with one space behind each comma and around the arrow, so that two declarations mean the
 * same exactly when their bytes are the same. A released service keeps its declaration; what needs another one gets
 * another name.
 *
 * The function that follows from it takes the context first, parameters by value (string and bytes as gantry_str_v1,
 * bool as uint8_t, which is 0 or 1, i64 as int64_t, f64 as double), and the result through a pointer:
 *
 *   int32_t f(const gantry_call_v1 *call, gantry_str_v1 flag, gantry_str_v1 user, uint8_t *out_result);
 *
 * A result of the type string or bytes goes to a callback, which is called exactly once before GANTRY_OK and may be
 * NULL: `gantry_bytes_fn_v1 on_result, void *result_context`. The exporting module's function has its instance in
 * front: `int32_t f(void *instance, const gantry_call_v1 *call, gantry_str_v1 flag, ...)`.
 *
 * The importing side in C:
 *
 *   typedef int32_t (*is_enabled_fn)(const gantry_call_v1 *, gantry_str_v1, gantry_str_v1, uint8_t *);
 *   gantry_service_fn_v1 found;
 *   int32_t status = services->find(call, text("flags.is_enabled(string, string) -> bool"), &found, NULL);
 *   if (status == GANTRY_OK) status = ((is_enabled_fn)found)(call, text("new-list"), user, &is_enabled);
 *
 * and the exporting side:
 *
 *   static int32_t is_enabled(void *instance, const gantry_call_v1 *call, gantry_str_v1 flag, gantry_str_v1 user,
 *                             uint8_t *out_result) { ... }
 *   static int32_t function(void *module, gantry_str_v1 signature, gantry_service_fn_v1 *out_function) {
 *       if (!equals(signature, "flags.is_enabled(string, string) -> bool")) return GANTRY_E_UNSUPPORTED;
 *       *out_function = (gantry_service_fn_v1)is_enabled;
 *       return GANTRY_OK;
 *   }
 *   static const gantry_exporter_v1 exporter = {function, NULL};
 *
 * The host is between both: it checks the caller's handle, the tenant, the grant, deadline and depth, enters the
 * exporting module's instance of the same tenant (and starts it first where nobody has wanted it yet), judges text,
 * truth values and sizes both ways, and counts. What a call of a service answers:
 *
 *   GANTRY_OK, or the failure that the exporting function answered
 *   GANTRY_E_UNSUPPORTED  the tenant does not have the exporting module, or not one with this very declaration
 *   GANTRY_E_DENIED       not imported by the manifest, or not granted
 *   GANTRY_E_STALE        the call or the instance is over
 *   GANTRY_E_CANCELLED    the deadline passed
 *   GANTRY_E_THREAD       within the body of a transaction; or the service may wait and this thread may not
 *   GANTRY_E_BUSY         the exporting instance is just being started or ended, or takes no more calls: try again
 *   GANTRY_E_LIMIT        too many services deep, or too many bytes
 *   GANTRY_E_INVALID      an argument that is no UTF-8, no span, or a truth value other than 0 and 1
 *   GANTRY_E_FAILED       the exporting function broke its declaration, or answered something unknown
 */
#ifndef GANTRY_SERVICES_H
#define GANTRY_SERVICES_H

#include "base.h"
#include "database.h"

#define GANTRY_SERVICES_ID "gantry.services"
#define GANTRY_EXPORTER_ID "gantry.module.services"

/* Parameters that a service has at most. */
#define GANTRY_SERVICE_PARAMETERS 8

/* Stands for a function of the declared type; cast to it before the call. Compilers let this type be cast to any. */
typedef void (*gantry_service_fn_v1)(void);

/*
 * Takes the result of a service as a value: i64 and bool as GANTRY_VALUE_INTEGER, f64 as GANTRY_VALUE_REAL, string as
 * GANTRY_VALUE_TEXT, bytes as GANTRY_VALUE_BLOB. Borrowed until it returns.
 */
typedef int32_t (*gantry_service_result_fn_v1)(void *context, const gantry_value_v1 *result);

typedef struct gantry_services_v1 {
    /*
     * Finds an imported service. `signature` is the declaration as the importing module was built with it; one that
     * differs from the manifest's answers GANTRY_E_DENIED. The exporting module need not be there: its absence is what
     * calls answer. The function lives as long as the process; a call whose handle is over answers GANTRY_E_STALE.
     */
    int32_t (*find)(const gantry_call_v1 *call, gantry_str_v1 signature, gantry_service_fn_v1 *out_function,
                    gantry_error_v1 *error) GANTRY_THREAD(any);
    /*
     * Calls an imported service by values, for those who have no function pointers of a type that they learn late.
     * `on_result` is called exactly once before GANTRY_OK where the service has a result; NULL drops it. Such a
     * call also says in `error` what kept it from being made.
     */
    int32_t (*call)(const gantry_call_v1 *call, gantry_str_v1 signature,
                    const gantry_value_v1 *arguments GANTRY_BORROWED, uint64_t argument_count,
                    gantry_service_result_fn_v1 on_result, void *result_context,
                    gantry_error_v1 *error) GANTRY_THREAD(any);
} gantry_services_v1;

typedef struct gantry_exporter_v1 {
    /*
     * The function behind an exported service, asked once after `describe`: GANTRY_E_UNSUPPORTED for one that is
     * not exported. GANTRY_OK with NULL left in place means that the service is served by `call`.
     */
    int32_t (*function)(void *module, gantry_str_v1 signature,
                        gantry_service_fn_v1 *out_function) GANTRY_THREAD(host);
    /*
     * Serves a call by values; NULL in the table of a module that gives a function for each service. `on_result` is to
     * be called exactly once before GANTRY_OK where the service has a result. What it answers is passed on.
     */
    int32_t (*call)(void *instance, const gantry_call_v1 *call, gantry_str_v1 signature,
                    const gantry_value_v1 *arguments GANTRY_BORROWED, uint64_t argument_count,
                    gantry_service_result_fn_v1 on_result, void *result_context,
                    gantry_error_v1 *error) GANTRY_THREAD(host);
} gantry_exporter_v1;

#endif
