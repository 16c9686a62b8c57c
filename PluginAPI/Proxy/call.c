/* call.c: calls on their way out and in, and the functions that they lend. */
#include "token.h"

#include <string.h>

/* A context that stands for a function of the other side: the token, and above it the slot and the side. */
enum { SLOT_SHIFT = 56, HOST_SHIFT = 60 };
#define TOKEN_MASK ((UINT64_C(1) << SLOT_SHIFT) - 1)

void proxy_begin(proxy_exchange *exchange, proxy_side *side, gantry_proxy_link link, uint32_t kind) {
    exchange->side = side;
    exchange->link = link;
    exchange->token = 0;
    exchange->is_held = 0;
    gantry_proxy_frame_begin(&exchange->request);
    gantry_proxy_frame_begin(&exchange->response);
    proxy_arena_begin(&exchange->arena);
    exchange->answer = (proxy_cursor){.broken = 1, .arena = &exchange->arena};
    proxy_put(&exchange->request, kind);
}

int32_t proxy_send(proxy_exchange *exchange) {
    const gantry_proxy_frame *request = &exchange->request;
    if (request->failed) return request->failed;
    if (exchange->link.exchange == NULL) return GANTRY_E_STALE;
    int32_t status = exchange->link.exchange(exchange->link.transport, request, &exchange->response);
    if (status != GANTRY_OK) return status < 0 ? status : GANTRY_E_FAILED;
    if (exchange->response.failed) return exchange->response.failed;
    proxy_cursor *answer = &exchange->answer;
    answer->next = exchange->response.bytes;
    answer->end = answer->next + exchange->response.size;
    answer->broken = 0;
    status = proxy_get_i32(answer);
    /* Statuses of a link are not the other side's to give. */
    return answer->broken || status < PROXY_LEAST_STATUS ? GANTRY_E_FAILED : status;
}

int32_t proxy_finish(proxy_exchange *exchange, int32_t status) {
    /* A status without its results, where a failure leaves them away, or with all of them: nothing else. */
    proxy_cursor *answer = &exchange->answer;
    if (!proxy_complete(answer) && status >= 0) status = GANTRY_E_FAILED;
    if (exchange->token != 0) proxy_remove(exchange->side, exchange->token);
    gantry_proxy_frame_end(&exchange->request);
    gantry_proxy_frame_end(&exchange->response);
    proxy_arena_end(&exchange->arena);
    if (exchange->is_held && exchange->link.peer->hold != NULL) exchange->link.peer->hold(exchange->link.peer, 0);
    return status;
}

void proxy_lend(proxy_exchange *exchange, const proxy_entry *entry) {
    uint64_t present = 0;
    for (uint32_t slot = 0; slot < PROXY_FUNCTIONS; slot++)
        if (entry->functions[slot] != NULL) present |= UINT64_C(1) << slot;
    if (present != 0 && exchange->link.peer != NULL) {
        proxy_entry lent = *entry;
        lent.link = exchange->link;
        exchange->token = proxy_insert(exchange->side, &lent);
        if (exchange->token == 0) exchange->request.failed = GANTRY_E_BUSY;
    }
    proxy_put(&exchange->request, exchange->token);
    proxy_put(&exchange->request, present);
}

void proxy_keep(proxy_exchange *exchange, uint64_t key) {
    if (exchange->token != 0 && key != 0) proxy_name(exchange->side, exchange->token, key);
    exchange->token = 0;
}

void proxy_adopt(proxy_service *service, const uint8_t *ends) {
    proxy_entry entry = {.link = service->link};
    entry.remote = proxy_get(&service->request);
    uint64_t present = proxy_get(&service->request);
    if (present >> PROXY_FUNCTIONS != 0) service->request.broken = 1;
    if (service->request.broken || present == 0) return;
    for (uint32_t slot = 0; slot < PROXY_FUNCTIONS; slot++) {
        entry.types[slot] = present >> slot & 1;
        entry.ends[slot] = ends[slot];
    }
    service->token = proxy_insert(service->side, &entry);
    if (service->token != 0) return;
    service->request.broken = 1;
    service->request.refusal = GANTRY_E_BUSY;
}

void *proxy_context(const proxy_service *service, uint32_t slot) {
    proxy_entry entry;
    if (!proxy_find(service->side, service->link.peer, service->token, &entry) || !entry.types[slot]) return NULL;
    uint64_t context = service->token | (uint64_t)slot << SLOT_SHIFT;
    return (void *)(uintptr_t)(context | (uint64_t)service->side->is_host << HOST_SHIFT);
}

void proxy_keep_adopted(proxy_service *service, uint64_t key) {
    if (service->token != 0 && key != 0) proxy_name(service->side, service->token, key);
    service->token = 0;
}

int32_t proxy_begin_callback(proxy_exchange *exchange, void *context, uint32_t type, int32_t ending) {
    uint64_t value = (uint64_t)(uintptr_t)context;
    uint32_t slot = (uint32_t)(value >> SLOT_SHIFT & 15);
    proxy_side *side = value >> HOST_SHIFT & 1 ? &proxy_host_side : &proxy_module_side;
    proxy_entry entry;
    if (!proxy_use(side, NULL, value & TOKEN_MASK, slot, 0, ending, &entry)) return 0;
    proxy_begin(exchange, side, entry.link, PROXY_CALLBACK);
    exchange->is_held = 1;
    proxy_put(&exchange->request, type);
    proxy_put(&exchange->request, entry.remote);
    proxy_put(&exchange->request, slot);
    return 1;
}

proxy_function proxy_take(proxy_service *service, uint64_t token, uint64_t slot, uint32_t type, int32_t ending,
                          void **out_context) {
    proxy_entry entry;
    if (slot >= PROXY_FUNCTIONS) return NULL;
    if (!proxy_use(service->side, service->link.peer, token, (uint32_t)slot, type, ending, &entry)) return NULL;
    *out_context = entry.contexts[slot];
    return entry.functions[slot];
}

void proxy_put_call(gantry_proxy_frame *frame, const gantry_call_v1 *call) {
    proxy_put(frame, call != NULL);
    if (call == NULL) return;
    frame->deadline = call->deadline_nanoseconds;
    proxy_put(frame, call->call);
    proxy_put(frame, call->instance);
    proxy_put(frame, (uint64_t)call->deadline_nanoseconds);
    proxy_put(frame, call->trace_id_high);
    proxy_put(frame, call->trace_id_low);
    proxy_put(frame, call->span_id);
}

gantry_call_v1 *proxy_get_call(proxy_cursor *cursor, gantry_str_v1 tenant, gantry_call_v1 *storage) {
    if (!proxy_get_u8(cursor)) return NULL;
    storage->call = proxy_get(cursor);
    storage->instance = proxy_get(cursor);
    storage->tenant = tenant;
    storage->deadline_nanoseconds = (int64_t)proxy_get(cursor);
    storage->trace_id_high = proxy_get(cursor);
    storage->trace_id_low = proxy_get(cursor);
    storage->span_id = proxy_get(cursor);
    gantry_proxy_peer *peer = cursor->peer;
    if (peer == NULL || peer->admits == NULL || cursor->broken) return storage;
    int32_t admission = peer->admits(peer, storage->call, storage->instance);
    if (admission & PROXY_CALL_OVER) storage->call = 0;
    if (admission & PROXY_INSTANCE_OVER) storage->instance = 0;
    if (admission != 0) return storage;
    cursor->broken = 1;
    cursor->refusal = GANTRY_E_STALE;
    return NULL;
}

void proxy_put_room(gantry_proxy_frame *frame, const gantry_error_v1 *error) {
    proxy_put(frame, error != NULL);
    if (error != NULL) proxy_put(frame, error->message == NULL ? 0 : error->message_capacity);
}

gantry_error_v1 *proxy_get_room(proxy_cursor *cursor, gantry_error_v1 *storage, uint8_t **out_message) {
    *out_message = NULL;
    if (!proxy_get_u8(cursor)) return NULL;
    uint32_t capacity = proxy_get_u32(cursor);
    if (capacity > PROXY_MESSAGE) capacity = PROXY_MESSAGE;
    if (capacity != 0) *out_message = proxy_allocate(cursor, capacity, 1);
    *storage = (gantry_error_v1){0, capacity, 0, 0, *out_message};
    return storage;
}

void proxy_put_error(gantry_proxy_frame *frame, const gantry_error_v1 *error, const uint8_t *message) {
    /* A record that nobody wrote to keeps what the caller has in it: a statement tells more than its transaction. */
    int32_t is_told = error != NULL && (error->code != 0 || error->message_size != 0);
    proxy_put(frame, (uint64_t)is_told);
    if (!is_told) return;
    proxy_put(frame, (uint64_t)(int64_t)error->code);
    gantry_str_v1 text = {message, error->message_size};
    /* A record whose buffer was exchanged, or whose size is beyond it, says nothing. */
    if (error->message != message || message == NULL) text.size = 0;
    if (text.size > error->message_capacity || text.size > PROXY_MESSAGE) text.size = 0;
    proxy_put_text(frame, text, PROXY_MESSAGE);
}

void proxy_get_error(proxy_cursor *cursor, gantry_error_v1 *error, int32_t status) {
    if (cursor->broken || !proxy_get_u8(cursor)) return;
    int32_t code = proxy_get_i32(cursor);
    gantry_str_v1 text = proxy_get_text(cursor);
    if (cursor->broken || error == NULL || status >= 0) return;
    error->code = code;
    error->message_size = 0;
    if (text.data == NULL || error->message == NULL || text.size > error->message_capacity) return;
    memcpy(error->message, text.data, text.size);
    error->message_size = (uint32_t)text.size;
}

void proxy_put_failure(gantry_proxy_frame *frame, const gantry_error_v1 *error) {
    proxy_put(frame, (uint64_t)(int64_t)error->code);
    proxy_put_text(frame, (gantry_str_v1){error->message, error->message_size}, PROXY_MESSAGE);
}

const gantry_error_v1 *proxy_get_failure(proxy_cursor *cursor, gantry_error_v1 *storage) {
    *storage = (gantry_error_v1){0, 0, 0, 0, NULL};
    storage->code = proxy_get_i32(cursor);
    gantry_str_v1 text = proxy_get_text(cursor);
    if (text.data == NULL) return storage;
    /* Lent to a reader: it is constant there. */
    storage->message = (uint8_t *)(uintptr_t)text.data;
    storage->message_size = (uint32_t)text.size;
    storage->message_capacity = (uint32_t)text.size;
    return storage;
}
