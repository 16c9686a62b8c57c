/* lifecycle.c: the three functions of gantry.module.lifecycle that make and end what the others only name. */
#include "generated/structs.h"
#include "side.h"

#include <stdlib.h>
#include <string.h>

enum { DESCRIBE = 0, CREATE = 1, DESTROY = 5 };

static uint32_t lifecycle_number(void) {
    uint32_t number = 0;
    while (strcmp(proxy_module_tables[number].id, GANTRY_LIFECYCLE_ID) != 0) number++;
    return number;
}

/* What a module described: it lives as long as the module, and so does the copy with its bytes. */
struct proxy_kept {
    struct proxy_kept *next;
    gantry_description_v1 description;
    proxy_arena arena;
    uint8_t *bytes;
};

proxy_remote *proxy_make_remote(gantry_proxy_link link, uint64_t token, uint64_t scope) {
    proxy_remote *remote = malloc(sizeof *remote);
    if (remote == NULL) return NULL;
    *remote = (proxy_remote){link, token, scope, NULL};
    if (link.peer->hold != NULL) link.peer->hold(link.peer, 1);
    return remote;
}

void proxy_free_remote(proxy_remote *remote) {
    while (remote->kept != NULL) {
        struct proxy_kept *kept = remote->kept;
        remote->kept = kept->next;
        proxy_arena_end(&kept->arena);
        free(kept->bytes);
        free(kept);
    }
    gantry_proxy_peer *peer = remote->link.peer;
    free(remote);
    if (peer->hold != NULL) peer->hold(peer, 0);
}

int32_t proxy_stub_describe(void *module, const gantry_description_v1 **out_description) {
    proxy_exchange exchange;
    proxy_remote *remote = module;
    if (remote == NULL || out_description == NULL) return GANTRY_E_INVALID;
    struct proxy_kept *kept = calloc(1, sizeof *kept);
    if (kept == NULL) return GANTRY_E_BUSY;
    proxy_begin_module(&exchange, module, lifecycle_number(), DESCRIBE);
    int32_t status = proxy_send(&exchange);
    uint8_t *bytes = malloc(exchange.response.size + 1);
    proxy_cursor *answer = &exchange.answer;
    if (bytes == NULL) answer->broken = 1;
    if (!answer->broken) {
        uint64_t size = (uint64_t)(answer->end - answer->next);
        memcpy(bytes, answer->next, size);
        proxy_cursor copy = {.next = bytes, .end = bytes + size, .arena = &kept->arena};
        proxy_get_description_v1(&copy, &kept->description);
        *answer = copy;
    }
    status = proxy_finish(&exchange, status);
    kept->bytes = bytes;
    kept->next = remote->kept;
    remote->kept = kept;
    if (status == GANTRY_OK) *out_description = &kept->description;
    return status;
}

int32_t proxy_serve_describe(proxy_service *service, uint32_t table) {
    proxy_module *module = proxy_get_module(service);
    const gantry_description_v1 *description = NULL;
    if (!proxy_complete(&service->request) || module->tables[table] == NULL) return GANTRY_E_INVALID;
    const gantry_lifecycle_v1 *lifecycle = module->tables[table];
    int32_t status = lifecycle->describe(module->real.module, &description);
    if (status == GANTRY_OK && description == NULL) status = GANTRY_E_INVALID;
    if (status == GANTRY_OK) proxy_put_description_v1(service->response, description);
    return status;
}

int32_t proxy_stub_create(void *module, const gantry_call_v1 *call, const gantry_host_v1 *host,
                          gantry_str_v1 configuration, void **out_instance, gantry_error_v1 *error) {
    proxy_exchange exchange;
    if (module == NULL || call == NULL || host == NULL || out_instance == NULL) return GANTRY_E_INVALID;
    const proxy_remote *creator = module;
    proxy_entry lent = {.link = creator->link, .contexts = {(void *)(uintptr_t)host}, .types = {PROXY_IS_HOST}};
    uint64_t scope = proxy_insert(&proxy_host_side, &lent);
    if (scope == 0) return GANTRY_E_BUSY;
    proxy_begin_module(&exchange, module, lifecycle_number(), CREATE);
    proxy_put_text(&exchange.request, call->tenant, PROXY_MESSAGE);
    proxy_put_call(&exchange.request, call);
    proxy_put(&exchange.request, scope);
    proxy_put_text(&exchange.request, configuration, PROXY_BYTES);
    proxy_put_room(&exchange.request, error);
    int32_t status = proxy_send(&exchange);
    uint64_t token = proxy_get(&exchange.answer);
    proxy_get_error(&exchange.answer, error, status);
    status = proxy_finish(&exchange, status);
    proxy_remote *instance = status == GANTRY_OK ? proxy_make_remote(creator->link, token, scope) : NULL;
    if (instance == NULL) {
        proxy_remove(&proxy_host_side, scope);
        return status == GANTRY_OK ? GANTRY_E_BUSY : status;
    }
    *out_instance = instance;
    return GANTRY_OK;
}

/* Room for an instance and its tenant's text, which every call of it borrows. */
static proxy_instance *make_instance(proxy_module *module, uint64_t scope, gantry_str_v1 tenant) {
    proxy_instance *instance = calloc(1, sizeof *instance + tenant.size);
    if (instance == NULL) return NULL;
    instance->module = module;
    instance->host = (gantry_host_v1){scope, proxy_query_host};
    instance->tenant = (gantry_str_v1){(const uint8_t *)(instance + 1), tenant.size};
    if (tenant.size != 0) memcpy(instance + 1, tenant.data, tenant.size);
    return instance;
}

int32_t proxy_serve_create(proxy_service *service, uint32_t table) {
    gantry_call_v1 call_storage;
    gantry_error_v1 error_storage;
    uint8_t *message;
    proxy_cursor *request = &service->request;
    proxy_module *module = proxy_get_module(service);
    gantry_str_v1 tenant = proxy_get_text(request);
    gantry_call_v1 *call = proxy_get_call(request, tenant, &call_storage);
    uint64_t scope = proxy_get(request);
    gantry_str_v1 configuration = proxy_get_text(request);
    gantry_error_v1 *error = proxy_get_room(request, &error_storage, &message);
    if (!proxy_complete(request) || call == NULL || module->tables[table] == NULL) return GANTRY_E_INVALID;
    if (tenant.data == NULL && tenant.size != 0) return GANTRY_E_INVALID;
    proxy_instance *instance = make_instance(module, scope, tenant);
    if (instance == NULL) return GANTRY_E_BUSY;
    call->tenant = instance->tenant;
    const gantry_lifecycle_v1 *lifecycle = module->tables[table];
    int32_t status = lifecycle->create(module->real.module, call, &instance->host, configuration,
                                       &instance->instance, error);
    uint64_t token = 0;
    if (status == GANTRY_OK) {
        proxy_entry entry = {.link = service->link, .contexts = {instance}, .types = {PROXY_IS_INSTANCE}};
        token = proxy_insert(service->side, &entry);
        if (token == 0) {
            lifecycle->destroy(instance->instance);
            status = GANTRY_E_BUSY;
        }
    }
    if (token == 0) free(instance);
    proxy_put(service->response, token);
    proxy_put_error(service->response, error, message);
    return status;
}

int32_t proxy_stub_destroy(void *instance) {
    proxy_exchange exchange;
    proxy_remote *remote = instance;
    if (remote == NULL) return GANTRY_E_INVALID;
    proxy_begin_module(&exchange, remote, lifecycle_number(), DESTROY);
    int32_t status = proxy_finish(&exchange, proxy_send(&exchange));
    proxy_remove(&proxy_host_side, remote->scope);
    proxy_free_remote(remote);
    return status;
}

int32_t proxy_serve_destroy(proxy_service *service, uint32_t table) {
    const void *functions;
    proxy_cursor before = service->request;
    uint64_t token = proxy_get(&before);
    proxy_instance *instance = proxy_get_instance(service, table, &functions);
    if (!proxy_complete(&service->request)) return GANTRY_E_INVALID;
    proxy_remove(service->side, token);
    const gantry_lifecycle_v1 *lifecycle = functions;
    int32_t status = lifecycle->destroy(instance->instance);
    free(instance);
    return status;
}
