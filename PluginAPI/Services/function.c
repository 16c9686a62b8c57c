/* function.c: typed functions that hand on values, and values that become arguments of typed functions. */
#include "service.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
/* Guard: lock. What stands in the list is constant but for `closures`, which `lock` guards too. */
static prepared_service *known;

static ffi_type *text_members[] = {&ffi_type_pointer, &ffi_type_uint64, NULL};
static ffi_type text_type = {0, 0, FFI_TYPE_STRUCT, text_members};

static ffi_type *ffi_type_of(uint8_t type) {
    switch (type) {
    case GANTRY_SERVICE_BOOL: return &ffi_type_uint8;
    case GANTRY_SERVICE_I64: return &ffi_type_sint64;
    case GANTRY_SERVICE_F64: return &ffi_type_double;
    default: return &text_type;
    }
}

static int32_t is_text(uint8_t type) { return type == GANTRY_SERVICE_STRING || type == GANTRY_SERVICE_BYTES; }

int32_t service_prepare_calls(prepared_service *prepared) {
    const gantry_service *service = &prepared->service;
    uint32_t count = 0;
    prepared->exporting_types[count++] = &ffi_type_pointer;
    prepared->exporting_types[count++] = &ffi_type_pointer;
    for (uint32_t index = 0; index < service->parameter_count; index++)
        prepared->exporting_types[count++] = ffi_type_of(service->parameters[index]);
    if (service->result != GANTRY_SERVICE_NONE) prepared->exporting_types[count++] = &ffi_type_pointer;
    if (is_text(service->result)) prepared->exporting_types[count++] = &ffi_type_pointer;
    /* The importing side has no instance in front. */
    memcpy(prepared->importing_types, prepared->exporting_types + 1, (count - 1) * sizeof(ffi_type *));
    return ffi_prep_cif(&prepared->exporting, FFI_DEFAULT_ABI, count, &ffi_type_sint32, prepared->exporting_types) ==
               FFI_OK &&
           ffi_prep_cif(&prepared->importing, FFI_DEFAULT_ABI, count - 1, &ffi_type_sint32,
                        prepared->importing_types) == FFI_OK;
}

static const prepared_service *make(gantry_str_v1 signature) {
    gantry_service service = {{NULL, 0}, 0, {0}, 0};
    if (!service_read(signature, &service)) return NULL;
    prepared_service *prepared = calloc(1, sizeof *prepared + signature.size);
    if (prepared == NULL) return NULL;
    prepared->service = service;
    memcpy(prepared + 1, signature.data, signature.size);
    prepared->service.signature = (gantry_str_v1){(const uint8_t *)(prepared + 1), signature.size};
    if (!service_prepare_calls(prepared)) {
        free(prepared);
        return NULL;
    }
    prepared->next = known;
    known = prepared;
    return prepared;
}

int32_t gantry_service_find(gantry_str_v1 signature, const gantry_service **out_service) {
    *out_service = NULL;
    if (signature.data == NULL) return GANTRY_E_INVALID;
    pthread_mutex_lock(&lock);
    const prepared_service *prepared = known;
    for (; prepared != NULL; prepared = prepared->next) {
        gantry_str_v1 text = prepared->service.signature;
        if (text.size == signature.size && memcmp(text.data, signature.data, text.size) == 0) break;
    }
    if (prepared == NULL) prepared = make(signature);
    pthread_mutex_unlock(&lock);
    if (prepared == NULL) return GANTRY_E_INVALID;
    *out_service = &prepared->service;
    return GANTRY_OK;
}

/* Where the result of a typed call goes. */
typedef struct result_place {
    uint8_t type;
    void *out;
    gantry_bytes_fn_v1 on_result;
    void *context;
} result_place;

static int32_t take_result(void *context, const gantry_value_v1 *value) {
    const result_place *place = context;
    if (value == NULL || value->type != gantry_service_value_type(place->type)) return GANTRY_E_INVALID;
    if (is_text(place->type))
        return place->on_result == NULL ? GANTRY_OK : place->on_result(place->context, value->bytes);
    if (place->out == NULL) return GANTRY_OK;
    if (place->type == GANTRY_SERVICE_BOOL) *(uint8_t *)place->out = value->integer != 0;
    else if (place->type == GANTRY_SERVICE_I64) *(int64_t *)place->out = value->integer;
    else *(double *)place->out = value->real;
    return GANTRY_OK;
}

static void enter(ffi_cif *interface, void *answer, void **arguments, void *context) {
    const prepared_closure *closure = context;
    const gantry_service *service = &closure->prepared->service;
    gantry_value_v1 values[GANTRY_SERVICE_PARAMETERS];
    (void)interface;
    memset(values, 0, service->parameter_count * sizeof values[0]);
    for (uint32_t index = 0; index < service->parameter_count; index++) {
        const void *argument = arguments[index + 1];
        gantry_value_v1 *value = &values[index];
        value->type = gantry_service_value_type(service->parameters[index]);
        switch (service->parameters[index]) {
        case GANTRY_SERVICE_BOOL: value->integer = *(const uint8_t *)argument; break;
        case GANTRY_SERVICE_I64: value->integer = *(const int64_t *)argument; break;
        case GANTRY_SERVICE_F64: value->real = *(const double *)argument; break;
        default: value->bytes = *(const gantry_str_v1 *)argument;
        }
    }
    result_place place = {service->result, NULL, NULL, NULL};
    void **rest = arguments + 1 + service->parameter_count;
    if (is_text(service->result)) {
        place.on_result = *(gantry_bytes_fn_v1 *)rest[0];
        place.context = *(void **)rest[1];
    } else if (service->result != GANTRY_SERVICE_NONE) {
        place.out = *(void **)rest[0];
    }
    const gantry_call_v1 *call = *(const gantry_call_v1 **)arguments[0];
    *(ffi_sarg *)answer = closure->handler(service, call, values, take_result, &place);
}

static int32_t make_closure(prepared_closure *closure) {
    void *code = NULL;
    ffi_closure *writable = ffi_closure_alloc(sizeof *writable, &code);
    if (writable == NULL) return GANTRY_E_BUSY;
    ffi_cif *interface = (ffi_cif *)(uintptr_t)&closure->prepared->importing;
    if (ffi_prep_closure_loc(writable, interface, enter, closure, code) != FFI_OK) {
        ffi_closure_free(writable);
        return GANTRY_E_FAILED;
    }
    memcpy(&closure->function, &code, sizeof code);
    return GANTRY_OK;
}

int32_t gantry_service_import(const gantry_service *service, gantry_service_handler handler,
                              gantry_service_fn_v1 *out_function) {
    /* Every service stands in the list of prepared ones, as its first member. */
    prepared_service *prepared = (prepared_service *)(uintptr_t)service;
    int32_t status = GANTRY_E_BUSY;
    pthread_mutex_lock(&lock);
    for (uint32_t index = 0; index < SERVICE_HANDLERS; index++) {
        prepared_closure *closure = &prepared->closures[index];
        if (closure->handler == NULL) {
            *closure = (prepared_closure){prepared, handler, NULL};
            status = make_closure(closure);
            if (status != GANTRY_OK) closure->handler = NULL;
        } else if (closure->handler == handler) {
            status = GANTRY_OK;
        } else {
            continue;
        }
        if (status == GANTRY_OK) *out_function = closure->function;
        break;
    }
    pthread_mutex_unlock(&lock);
    return status;
}

int32_t gantry_service_prepare(void) {
    void *code = NULL;
    void *writable = ffi_closure_alloc(sizeof(ffi_closure), &code);
    if (writable == NULL) return GANTRY_E_BUSY;
    ffi_closure_free(writable);
    return GANTRY_OK;
}

/* Hands the text that an exporting function gives to where results go. */
typedef struct text_relay {
    int32_t type;
    gantry_service_result_fn_v1 on_result;
    void *context;
} text_relay;

static int32_t relay_text(void *context, gantry_str_v1 bytes) {
    const text_relay *relay = context;
    gantry_value_v1 value = {relay->type, 0, 0, 0, bytes};
    return relay->on_result == NULL ? GANTRY_OK : relay->on_result(relay->context, &value);
}

int32_t gantry_service_invoke(const gantry_service *service, gantry_service_fn_v1 function, void *instance,
                              const gantry_call_v1 *call, const gantry_value_v1 *arguments,
                              gantry_service_result_fn_v1 on_result, void *result_context) {
    ffi_cif *interface = (ffi_cif *)(uintptr_t)&((const prepared_service *)service)->exporting;
    void *pointers[SERVICE_ARGUMENTS];
    uint8_t truths[GANTRY_SERVICE_PARAMETERS], truth = 0;
    uint32_t count = 0;
    gantry_value_v1 result = {gantry_service_value_type(service->result), 0, 0, 0, {NULL, 0}};
    text_relay relay = {result.type, on_result, result_context};
    gantry_bytes_fn_v1 on_text = relay_text;
    void *relay_context = &relay, *place = service->result == GANTRY_SERVICE_BOOL  ? (void *)&truth
                                           : service->result == GANTRY_SERVICE_I64 ? (void *)&result.integer
                                                                                   : (void *)&result.real;
    pointers[count++] = &instance;
    pointers[count++] = &call;
    for (uint32_t index = 0; index < service->parameter_count; index++) {
        const gantry_value_v1 *value = &arguments[index];
        truths[index] = value->integer != 0;
        switch (service->parameters[index]) {
        case GANTRY_SERVICE_BOOL: pointers[count++] = &truths[index]; break;
        case GANTRY_SERVICE_I64: pointers[count++] = (void *)(uintptr_t)&value->integer; break;
        case GANTRY_SERVICE_F64: pointers[count++] = (void *)(uintptr_t)&value->real; break;
        default: pointers[count++] = (void *)(uintptr_t)&value->bytes;
        }
    }
    if (is_text(service->result)) {
        pointers[count++] = &on_text;
        pointers[count++] = &relay_context;
    } else {
        pointers[count++] = &place;
    }
    ffi_arg answer = 0;
    ffi_call(interface, function, &answer, pointers);
    int32_t status = (int32_t)answer;
    if (status != GANTRY_OK || service->result == GANTRY_SERVICE_NONE || is_text(service->result)) return status;
    /* Whatever byte the function left: who takes the result judges whether it is a truth value. */
    if (service->result == GANTRY_SERVICE_BOOL) result.integer = truth;
    if (on_result != NULL) on_result(result_context, &result);
    return status;
}
