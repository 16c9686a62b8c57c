/*
 * gantry_services.h: functions of a type that is known only at run time, made and called with libffi. What crosses
 * between modules are values; these functions turn a typed call into values, and values into a typed call.
 *
 * What is made here lives as long as the process, once for each declaration, as tables do: there is no function that
 * could be called after it was freed, and the number of declarations is bounded by the manifests.
 */
#ifndef GANTRY_SERVICES_RUNTIME_H
#define GANTRY_SERVICES_RUNTIME_H

#include <gantry/gantry.h>

enum gantry_service_type {
    GANTRY_SERVICE_NONE = 0, /* of a result */
    GANTRY_SERVICE_STRING = 1,
    GANTRY_SERVICE_BYTES = 2,
    GANTRY_SERVICE_BOOL = 3,
    GANTRY_SERVICE_I64 = 4,
    GANTRY_SERVICE_F64 = 5
};

/* A declaration, read and prepared. Constant, and lives as long as the process. */
typedef struct gantry_service {
    gantry_str_v1 signature;
    uint32_t parameter_count;
    uint8_t parameters[GANTRY_SERVICE_PARAMETERS];
    uint8_t result;
} gantry_service;

/* Takes a typed call as values. */
typedef int32_t (*gantry_service_handler)(const gantry_service *service, const gantry_call_v1 *call,
                                          const gantry_value_v1 *arguments, gantry_service_result_fn_v1 on_result,
                                          void *result_context);

/* Lets the library set up what it makes functions with: for a process that is about to restrict itself. */
int32_t gantry_service_prepare(void);

/* Reads a declaration: GANTRY_E_INVALID for one that is not spelled as gantry/services.h says. Any thread. */
int32_t gantry_service_find(gantry_str_v1 signature, const gantry_service **out_service);

/* The function of the declared type that hands its calls to `handler`; the same one each time. Any thread. */
int32_t gantry_service_import(const gantry_service *service, gantry_service_handler handler,
                              gantry_service_fn_v1 *out_function);

/*
 * Calls an exporting module's function of the declared type. The caller has checked number and types of the arguments.
 * `on_result` gets what the function answered with GANTRY_OK; of a text as often as the function gives one.
 */
int32_t gantry_service_invoke(const gantry_service *service, gantry_service_fn_v1 function, void *instance,
                              const gantry_call_v1 *call, const gantry_value_v1 *arguments,
                              gantry_service_result_fn_v1 on_result, void *result_context);

/* The type in gantry_value_v1 of a declared type. */
int32_t gantry_service_value_type(uint8_t type);

#endif
