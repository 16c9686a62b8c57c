/* service.h: what reading a declaration and calling by it share. */
#ifndef GANTRY_SERVICE_H
#define GANTRY_SERVICE_H

#include "include/gantry_services.h"

#include <ffi.h>

/* Handlers of one process: the host's, and that of a worker's side of the proxy. */
enum { SERVICE_HANDLERS = 4, SERVICE_ARGUMENTS = GANTRY_SERVICE_PARAMETERS + 4 };

typedef struct prepared_closure {
    const struct prepared_service *prepared;
    gantry_service_handler handler;
    gantry_service_fn_v1 function;
} prepared_closure;

typedef struct prepared_service {
    gantry_service service; /* the first member: a pointer to it is one to the whole */
    struct prepared_service *next;
    ffi_type *importing_types[SERVICE_ARGUMENTS];
    ffi_type *exporting_types[SERVICE_ARGUMENTS];
    ffi_cif importing;
    ffi_cif exporting;
    prepared_closure closures[SERVICE_HANDLERS];
} prepared_service;

/* Reads the declaration into `service`, whose text is left alone; 0 when it is not spelled as it must be. */
int32_t service_read(gantry_str_v1 signature, gantry_service *service);
/* Fills in how its functions are called. */
int32_t service_prepare_calls(prepared_service *prepared);

#endif
