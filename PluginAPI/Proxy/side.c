/* side.c: what each side knows: the host its real tables, the module's side its modules and instances. */
#include "side.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

/* The module's side: the one way to the host. Written before the first module is entered. */
static gantry_proxy_link host_link;

void proxy_connect_host(gantry_proxy_link link) { host_link = link; }

const void *proxy_host_table(const proxy_service *service, uint32_t table) {
    return atomic_load_explicit(&service->link.peer->tables[table], memory_order_acquire);
}

void proxy_begin_host(proxy_exchange *exchange, uint32_t table, uint32_t function) {
    proxy_begin(exchange, &proxy_module_side, host_link, PROXY_HOST_CALL);
    proxy_put(&exchange->request, table);
    proxy_put(&exchange->request, function);
}

void proxy_begin_module(proxy_exchange *exchange, const void *remote, uint32_t table, uint32_t function) {
    static const proxy_remote nobody;
    const proxy_remote *object = remote != NULL ? remote : &nobody;
    proxy_begin(exchange, &proxy_host_side, object->link, PROXY_MODULE_CALL);
    proxy_put(&exchange->request, table);
    proxy_put(&exchange->request, function);
    proxy_put(&exchange->request, object->token);
}

/* Number of the table with the id and revision; the count when there is none. */
static uint32_t number_of(const proxy_table *tables, uint32_t count, gantry_str_v1 id, uint32_t revision) {
    uint32_t number = 0;
    for (; number < count; number++) {
        const char *known = tables[number].id;
        if (tables[number].revision == revision && id.data != NULL && id.size == strlen(known) &&
            memcmp(known, id.data, id.size) == 0)
            break;
    }
    return number;
}

int32_t proxy_query_host(uint64_t scope, gantry_str_v1 id, uint32_t revision, const void **out_table) {
    proxy_exchange exchange;
    if (out_table == NULL) return GANTRY_E_INVALID;
    *out_table = NULL;
    proxy_begin(&exchange, &proxy_module_side, host_link, PROXY_HOST_QUERY);
    proxy_put(&exchange.request, scope);
    proxy_put_text(&exchange.request, id, PROXY_MESSAGE);
    proxy_put(&exchange.request, revision);
    int32_t status = proxy_finish(&exchange, proxy_send(&exchange));
    if (status != GANTRY_OK) return status;
    uint32_t number = number_of(proxy_host_tables, proxy_host_table_count, id, revision);
    if (number == proxy_host_table_count) return GANTRY_E_UNSUPPORTED;
    *out_table = proxy_host_tables[number].stub;
    return GANTRY_OK;
}

/* The host that a scope names: that of an instance, or the one of the entry; NULL when it is over. */
static const gantry_host_v1 *host_of(const gantry_proxy_peer *peer, uint64_t scope) {
    proxy_entry entry;
    if (scope == 0) return peer->host;
    if (!proxy_find(&proxy_host_side, peer, scope, &entry) || entry.types[0] != PROXY_IS_HOST) return NULL;
    return entry.contexts[0];
}

/* What the request names is not, or not any more, its sender's. */
static int32_t refuse(proxy_service *service) {
    service->request.broken = 1;
    service->request.refusal = GANTRY_E_STALE;
    return GANTRY_E_STALE;
}

static int32_t serve_host_query(proxy_service *service) {
    uint64_t scope = proxy_get(&service->request);
    gantry_str_v1 id = proxy_get_text(&service->request);
    uint32_t revision = proxy_get_u32(&service->request);
    const void *table = NULL;
    if (!proxy_complete(&service->request)) return GANTRY_E_INVALID;
    const gantry_host_v1 *host = host_of(service->link.peer, scope);
    if (host == NULL) return refuse(service);
    int32_t status = host->query(host->scope, id, revision, &table);
    uint32_t number = number_of(proxy_host_tables, proxy_host_table_count, id, revision);
    if (status == GANTRY_OK && number < proxy_host_table_count && table != NULL)
        atomic_store_explicit(&service->link.peer->tables[number], table, memory_order_release);
    return status;
}

static int32_t serve_host_call(proxy_service *service) {
    uint32_t table = proxy_get_u32(&service->request), function = proxy_get_u32(&service->request);
    if (service->request.broken || table >= proxy_host_table_count) return GANTRY_E_INVALID;
    if (function >= proxy_host_tables[table].function_count) return GANTRY_E_INVALID;
    /* Denial per instance is the business of the real functions: they look at the call's handle each time. */
    if (proxy_host_table(service, table) == NULL) return GANTRY_E_UNSUPPORTED;
    return proxy_host_tables[table].serve(service, table, function);
}

uint64_t proxy_admit(gantry_proxy_link link, const gantry_module_v1 *real) {
    proxy_module *module = calloc(1, sizeof *module);
    if (module == NULL) return 0;
    module->real = *real;
    proxy_entry entry = {.link = link, .contexts = {module}, .types = {PROXY_IS_MODULE}};
    return proxy_insert(&proxy_module_side, &entry);
}

proxy_module *proxy_get_module(proxy_service *service) {
    proxy_entry entry;
    uint64_t token = proxy_get(&service->request);
    if (proxy_find(service->side, service->link.peer, token, &entry) && entry.types[0] == PROXY_IS_MODULE)
        return entry.contexts[0];
    service->request.broken = 1;
    return NULL;
}

proxy_instance *proxy_get_instance(proxy_service *service, uint32_t table, const void **out_table) {
    proxy_entry entry;
    uint64_t token = proxy_get(&service->request);
    *out_table = NULL;
    if (proxy_find(service->side, service->link.peer, token, &entry) && entry.types[0] == PROXY_IS_INSTANCE) {
        proxy_instance *instance = entry.contexts[0];
        service->tenant = instance->tenant;
        *out_table = instance->module->tables[table];
        if (*out_table != NULL) return instance;
    }
    service->request.broken = 1;
    return NULL;
}

/* Which functions a module's table holds, one bit each. */
static uint64_t functions_in(const void *table, uint32_t count) {
    uint64_t present = 0;
    for (uint32_t index = 0; index < count; index++) {
        void *function;
        memcpy(&function, (const uint8_t *)table + index * sizeof function, sizeof function);
        if (function != NULL) present |= UINT64_C(1) << index;
    }
    return present;
}

static int32_t serve_module_query(proxy_service *service) {
    proxy_module *module = proxy_get_module(service);
    gantry_str_v1 id = proxy_get_text(&service->request);
    uint32_t revision = proxy_get_u32(&service->request);
    const void *table = NULL;
    if (!proxy_complete(&service->request)) return GANTRY_E_INVALID;
    uint32_t number = number_of(proxy_module_tables, proxy_module_table_count, id, revision);
    if (number == proxy_module_table_count) return GANTRY_E_UNSUPPORTED;
    int32_t status = module->real.query(module->real.module, id, revision, &table);
    if (status == GANTRY_OK && table == NULL) status = GANTRY_E_INVALID;
    uint64_t present = 0;
    if (status == GANTRY_OK) {
        module->tables[number] = table;
        present = proxy_present(number, functions_in(table, proxy_module_tables[number].function_count));
    }
    proxy_put(service->response, present);
    return status;
}

static int32_t serve_module_call(proxy_service *service) {
    uint32_t table = proxy_get_u32(&service->request), function = proxy_get_u32(&service->request);
    if (service->request.broken || table >= proxy_module_table_count) return GANTRY_E_INVALID;
    if (function >= proxy_module_tables[table].function_count) return GANTRY_E_INVALID;
    return proxy_module_tables[table].serve(service, table, function);
}

/* A stub of a module's table that leaves functions out, as the module does. */
struct partial {
    struct partial *next;
    const proxy_table *table;
    uint64_t present;
    proxy_function functions[];
};

static struct partial *make_partial(const proxy_table *table, uint64_t present, struct partial *next) {
    struct partial *made = calloc(1, sizeof *made + table->function_count * sizeof *made->functions);
    if (made == NULL) return NULL;
    *made = (struct partial){next, table, present};
    for (uint32_t index = 0; index < table->function_count; index++)
        if (present >> index & 1)
            memcpy(&made->functions[index], (const proxy_function *)table->stub + index, sizeof *made->functions);
    return made;
}

/* The stub of a module's table. Lives as long as the process, hence one for each choice of functions, however often
 * workers are started. */
static const void *stub_with(const proxy_table *table, uint64_t present) {
    static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
    static struct partial *partials;
    uint64_t whole = (UINT64_C(1) << table->function_count) - 1;
    if ((present & whole) == whole) return table->stub;
    pthread_mutex_lock(&mutex);
    struct partial *found = partials;
    while (found != NULL && (found->table != table || found->present != (present & whole))) found = found->next;
    if (found == NULL) {
        found = make_partial(table, present & whole, partials);
        if (found != NULL) partials = found;
    }
    pthread_mutex_unlock(&mutex);
    return found != NULL ? found->functions : NULL;
}

int32_t proxy_query_module(void *module, gantry_str_v1 id, uint32_t revision, const void **out_table) {
    const proxy_remote *remote = module;
    proxy_exchange exchange;
    if (remote == NULL || out_table == NULL) return GANTRY_E_INVALID;
    *out_table = NULL;
    proxy_begin(&exchange, &proxy_host_side, remote->link, PROXY_MODULE_QUERY);
    proxy_put(&exchange.request, remote->token);
    proxy_put_text(&exchange.request, id, PROXY_MESSAGE);
    proxy_put(&exchange.request, revision);
    int32_t status = proxy_send(&exchange);
    uint64_t present = proxy_get(&exchange.answer);
    status = proxy_finish(&exchange, status);
    if (status != GANTRY_OK) return status;
    uint32_t number = number_of(proxy_module_tables, proxy_module_table_count, id, revision);
    if (number == proxy_module_table_count) return GANTRY_E_UNSUPPORTED;
    *out_table = stub_with(&proxy_module_tables[number], present);
    return *out_table == NULL ? GANTRY_E_BUSY : GANTRY_OK;
}

static int32_t serve_callback(proxy_service *service) {
    uint32_t type = proxy_get_u32(&service->request);
    uint64_t token = proxy_get(&service->request), slot = proxy_get(&service->request);
    if (service->request.broken) return GANTRY_E_INVALID;
    return proxy_serve_callback(service, type, token, slot);
}

static void serve(proxy_side *side, int32_t is_host, const gantry_proxy_link *back, const uint8_t *request,
                  uint64_t size, gantry_proxy_frame *out_answer) {
    proxy_service service = {.side = side, .link = *back, .response = out_answer};
    proxy_arena_begin(&service.arena);
    service.request = (proxy_cursor){
        .next = request, .end = request + size, .arena = &service.arena, .peer = back->peer};
    proxy_put(out_answer, 0);
    uint32_t kind = proxy_get_u32(&service.request);
    int32_t status = GANTRY_E_INVALID;
    if (service.request.broken) status = GANTRY_E_INVALID;
    else if (kind == PROXY_CALLBACK) status = serve_callback(&service);
    else if (is_host && kind == PROXY_HOST_CALL) status = serve_host_call(&service);
    else if (is_host && kind == PROXY_HOST_QUERY) status = serve_host_query(&service);
    else if (!is_host && kind == PROXY_MODULE_CALL) status = serve_module_call(&service);
    else if (!is_host && kind == PROXY_MODULE_QUERY) status = serve_module_query(&service);
    else if (!is_host && kind == PROXY_MODULE_ENTER) status = proxy_serve_enter(&service);
    if (service.request.refusal != 0) status = service.request.refusal;
    if (service.request.refusal == GANTRY_E_STALE)
        atomic_fetch_add_explicit(&back->peer->refused, 1, memory_order_relaxed);
    if (service.token != 0) proxy_remove(side, service.token);
    proxy_arena_end(&service.arena);
    uint64_t word = (uint64_t)(int64_t)status;
    memcpy(out_answer->bytes, &word, sizeof word);
}

void gantry_proxy_serve_host(const gantry_proxy_link *back, const uint8_t *request, uint64_t size,
                             gantry_proxy_frame *out_answer) {
    serve(&proxy_host_side, 1, back, request, size, out_answer);
}

void gantry_proxy_serve_module(const gantry_proxy_link *back, const uint8_t *request, uint64_t size,
                               gantry_proxy_frame *out_answer) {
    serve(&proxy_module_side, 0, back, request, size, out_answer);
}
