/*
 * gantry/services.h: typed functions that one module exports and another imports through the host.
 *   "gantry.services", revision 1, implemented by the host. Needs the service under `services.imports` of the manifest.
 *   "gantry.module.services", revision 1, implemented by the module: what stands under `services.exports`.
 *
 * A service is declared like `flags.is_enabled(string, string) -> bool`; parameters and result are of the types
 * string, bytes, bool, i64, f64. The function that follows from it takes the context first, parameters by value (text
 * and bytes as gantry_str_v1, bool as uint8_t), and the result through a pointer:
 *
 *   int32_t f(const gantry_call_v1 *call, gantry_str_v1 flag, gantry_str_v1 user, uint8_t *out_result);
 *
 * A result of the type string or bytes goes to a callback: `gantry_bytes_fn_v1 on_result, void *context`. The exporting
 * module's function has its instance in front: `int32_t f(void *instance, const gantry_call_v1 *call, ...)`.
 *
 * Draft: the manifest's declarations are checked; the calls are not brokered yet, so `find` answers
 * GANTRY_E_UNSUPPORTED.
 */
#ifndef GANTRY_SERVICES_H
#define GANTRY_SERVICES_H

#include "base.h"

#define GANTRY_SERVICES_ID "gantry.services"
#define GANTRY_EXPORTER_ID "gantry.module.services"

/* Stands for a function of the declared type; cast to it before the call. */
typedef int32_t (*gantry_service_fn_v1)(void);

typedef struct gantry_services_v1 {
    /*
     * Finds an imported service. `signature` is the declaration as the importing module was built with it; one that
     * differs from the manifest's answers GANTRY_E_INVALID. The function lives as long as the instance and answers
     * GANTRY_E_UNSUPPORTED while the tenant does not have the exporting module enabled.
     */
    int32_t (*find)(const gantry_call_v1 *call, gantry_str_v1 signature, gantry_service_fn_v1 *out_function,
                      gantry_error_v1 *error) GANTRY_THREAD(any);
} gantry_services_v1;

typedef struct gantry_exporter_v1 {
    /* The function behind an exported service; asked once, after `describe`. */
    int32_t (*function)(void *module, gantry_str_v1 signature,
                        gantry_service_fn_v1 *out_function) GANTRY_THREAD(host);
} gantry_exporter_v1;

#endif
