/*
 * services.c: functions of a type that is known only at run time do not cross; their declarations do, and calls of
 * them cross by values. On the module's side libffi makes the functions that a module finds, and calls those that it
 * exports.
 */
#include "generated/tables.h"
#include "side.h"

#include <gantry_services.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

enum { FIND = 0, FUNCTION = 0 };

/* A function that a module exports. Never freed, as modules are not. */
struct proxy_export {
    struct proxy_export *next;
    const gantry_service *service;
    gantry_service_fn_v1 function;
};

static uint32_t number_of(const proxy_table *tables, const char *id) {
    uint32_t number = 0;
    while (strcmp(tables[number].id, id) != 0) number++;
    return number;
}

static int32_t call_host(const gantry_service *service, const gantry_call_v1 *call, const gantry_value_v1 *arguments,
                         gantry_service_result_fn_v1 on_result, void *result_context) {
    return proxy_services_stub.call(call, service->signature, arguments, service->parameter_count, on_result,
                                    result_context, NULL);
}

int32_t proxy_stub_find(const gantry_call_v1 *call, gantry_str_v1 signature, gantry_service_fn_v1 *out_function,
                        gantry_error_v1 *error) {
    proxy_exchange exchange;
    const gantry_service *service;
    if (out_function == NULL) return GANTRY_E_INVALID;
    *out_function = NULL;
    proxy_begin_host(&exchange, number_of(proxy_host_tables, GANTRY_SERVICES_ID), FIND);
    proxy_put_call(&exchange.request, call);
    proxy_put_text(&exchange.request, signature, PROXY_MESSAGE);
    proxy_put_room(&exchange.request, error);
    int32_t status = proxy_send(&exchange);
    proxy_get_error(&exchange.answer, error, status);
    status = proxy_finish(&exchange, status);
    if (status == GANTRY_OK) status = gantry_service_find(signature, &service);
    return status == GANTRY_OK ? gantry_service_import(service, call_host, out_function) : status;
}

int32_t proxy_serve_find(proxy_service *service, uint32_t table) {
    gantry_call_v1 call_storage;
    gantry_error_v1 error_storage;
    uint8_t *message;
    gantry_service_fn_v1 function = NULL;
    const gantry_call_v1 *call = proxy_get_call(&service->request, service->tenant, &call_storage);
    gantry_str_v1 signature = proxy_get_text(&service->request);
    gantry_error_v1 *error = proxy_get_room(&service->request, &error_storage, &message);
    if (!proxy_complete(&service->request)) return GANTRY_E_INVALID;
    const gantry_services_v1 *services = proxy_host_table(service, table);
    int32_t status = services->find(call, signature, &function, error);
    proxy_put_error(service->response, error, message);
    return status;
}

int32_t proxy_stub_function(void *module, gantry_str_v1 signature, gantry_service_fn_v1 *out_function) {
    proxy_exchange exchange;
    if (module == NULL || out_function == NULL) return GANTRY_E_INVALID;
    *out_function = NULL;
    proxy_begin_module(&exchange, module, number_of(proxy_module_tables, GANTRY_EXPORTER_ID), FUNCTION);
    proxy_put_text(&exchange.request, signature, PROXY_MESSAGE);
    return proxy_finish(&exchange, proxy_send(&exchange));
}

static const struct proxy_export *export_of(const proxy_module *module, gantry_str_v1 signature) {
    const struct proxy_export *export = atomic_load_explicit(&module->exports, memory_order_acquire);
    for (; export != NULL && signature.data != NULL; export = export->next) {
        gantry_str_v1 known = export->service->signature;
        if (known.size == signature.size && memcmp(known.data, signature.data, known.size) == 0) return export;
    }
    return NULL;
}

/* Remembers what the module gave for a service; the newest stands first. */
static int32_t keep(proxy_module *module, const gantry_service *service, gantry_service_fn_v1 function) {
    const struct proxy_export *known = export_of(module, service->signature);
    if (known != NULL && known->function == function) return GANTRY_OK;
    struct proxy_export *kept = malloc(sizeof *kept);
    if (kept == NULL) return GANTRY_E_BUSY;
    *kept = (struct proxy_export){atomic_load(&module->exports), service, function};
    while (!atomic_compare_exchange_weak(&module->exports, &kept->next, kept)) continue;
    return GANTRY_OK;
}

int32_t proxy_serve_function(proxy_service *service, uint32_t table) {
    const gantry_service *found;
    gantry_service_fn_v1 function = NULL;
    proxy_module *module = proxy_get_module(service);
    gantry_str_v1 signature = proxy_get_text(&service->request);
    if (!proxy_complete(&service->request) || module->tables[table] == NULL) return GANTRY_E_INVALID;
    const gantry_exporter_v1 *exporter = module->tables[table];
    if (exporter->function == NULL) return GANTRY_E_UNSUPPORTED;
    int32_t status = exporter->function(module->real.module, signature, &function);
    if (status != GANTRY_OK) return status;
    if (function == NULL) return exporter->call == NULL ? GANTRY_E_UNSUPPORTED : GANTRY_OK;
    status = gantry_service_find(signature, &found);
    return status == GANTRY_OK ? keep(module, found, function) : status;
}

/* The host judges arguments before it sends them; a pointer of another type is nothing to rely on all the same. */
static int32_t are_fit(const gantry_service *service, const gantry_value_v1 *arguments, uint64_t argument_count) {
    if (service->parameter_count != argument_count || (arguments == NULL && argument_count != 0)) return 0;
    for (uint64_t index = 0; index < argument_count; index++)
        if (arguments[index].type != gantry_service_value_type(service->parameters[index])) return 0;
    return 1;
}

int32_t proxy_serve_call(proxy_service *service, uint32_t table) {
    const void *functions;
    gantry_call_v1 call_storage;
    gantry_error_v1 error_storage;
    uint8_t *message;
    gantry_value_v1 *arguments = NULL;
    uint64_t argument_count = 0;
    static const uint8_t ends[PROXY_FUNCTIONS] = {0};
    proxy_cursor *request = &service->request;
    proxy_instance *instance = proxy_get_instance(service, table, &functions);
    proxy_adopt(service, ends);
    void *result_context = proxy_context(service, 0);
    const gantry_call_v1 *call = proxy_get_call(request, service->tenant, &call_storage);
    gantry_str_v1 signature = proxy_get_text(request);
    if (proxy_get_count(request, &argument_count, 6)) {
        arguments = proxy_allocate(request, argument_count, sizeof *arguments);
        for (uint64_t index = 0; arguments != NULL && index < argument_count; index++)
            proxy_get_value_v1(request, arguments + index);
    }
    gantry_error_v1 *error = proxy_get_room(request, &error_storage, &message);
    if (!proxy_complete(request)) return GANTRY_E_INVALID;
    gantry_service_result_fn_v1 on_result = result_context != NULL ? proxy_call_service_result_fn_v1 : NULL;
    const gantry_exporter_v1 *exporter = functions;
    const struct proxy_export *export = export_of(instance->module, signature);
    int32_t status = GANTRY_E_UNSUPPORTED;
    if (export == NULL && exporter->call != NULL) {
        status = exporter->call(instance->instance, call, signature, arguments, argument_count, on_result,
                                result_context, error);
    } else if (export != NULL) {
        status = !are_fit(export->service, arguments, argument_count)
                     ? GANTRY_E_INVALID
                     : gantry_service_invoke(export->service, export->function, instance->instance, call, arguments,
                                             on_result, result_context);
    }
    proxy_put_error(service->response, error, message);
    return status;
}

uint64_t proxy_present(uint32_t table, uint64_t present) {
    /* Whatever the module has, calls by values are served here. */
    return strcmp(proxy_module_tables[table].id, GANTRY_EXPORTER_ID) == 0 ? present | 3 : present;
}
