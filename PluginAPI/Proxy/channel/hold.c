/* hold.c: the answer that a quick handler gives travels with its return, if the host would surely take it.
 *
 * A module hears from `gantry.response` whether its answer was taken. Here that is foreseen: nothing of it can be
 * wrong, the deadline has not passed, and nobody but this handler has had to do with the call. In any other case the
 * host is asked, as always. */
#define _GNU_SOURCE
#include "channel.h"

#include <string.h>
#include <strings.h>
#include <time.h>

enum { RESPONSE_SEND = 0, RESPONSE_FAIL = 1, NAMING_WORDS = 16 };

static int64_t nanoseconds_now(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

static int32_t is_printable(gantry_str_v1 text) {
    if (text.data == NULL) return text.size == 0;
    for (uint64_t index = 0; index < text.size; index++)
        if (text.data[index] < ' ' || text.data[index] > '~') return 0;
    return 1;
}

/* Narrower than what the host takes. */
static int32_t is_plain_name(gantry_str_v1 name) {
    static const char *const reserved[] = {"content-length", "transfer-encoding", "connection",
                                           "upgrade",        "trailer",           "keep-alive"};
    if (name.data == NULL || name.size == 0) return 0;
    for (uint64_t index = 0; index < name.size; index++) {
        uint8_t byte = name.data[index], lower = byte | 32;
        if (byte != '-' && (byte < '0' || byte > '9') && (lower < 'a' || lower > 'z')) return 0;
    }
    for (uint32_t index = 0; index < sizeof reserved / sizeof *reserved; index++)
        if (name.size == strlen(reserved[index]) &&
            strncasecmp((const char *)name.data, reserved[index], name.size) == 0)
            return 0;
    return 1;
}

static int32_t is_plain_answer(proxy_cursor *request) {
    uint64_t status = proxy_get(request), count = 0;
    if (status < 200 || status > 599 || !is_printable(proxy_get_text(request))) return 0;
    int32_t are_present = proxy_get_count(request, &count, 4);
    if (count != 0 && !are_present) return 0;
    for (uint64_t index = 0; index < count; index++) {
        if (!is_plain_name(proxy_get_text(request))) return 0;
        if (!is_printable(proxy_get_text(request))) return 0;
    }
    gantry_str_v1 body = proxy_get_text(request);
    return body.data != NULL || body.size == 0;
}

static int32_t is_plain_failure(proxy_cursor *request) {
    uint64_t status = proxy_get(request);
    if (status < 400 || status > 599) return 0;
    if (!is_printable(proxy_get_text(request)) || !is_printable(proxy_get_text(request))) return 0;
    gantry_str_v1 details = proxy_get_text(request);
    return details.data != NULL || details.size == 0;
}

/* Whether the host would surely take the request, which answers the call. */
static int32_t is_certain(const gantry_proxy_frame *request, uint64_t call) {
    gantry_call_v1 storage;
    proxy_cursor cursor = {.next = request->bytes, .end = request->bytes + request->size};
    if (proxy_get(&cursor) != PROXY_HOST_CALL) return 0;
    uint64_t table = proxy_get(&cursor), function = proxy_get(&cursor);
    if (table >= proxy_host_table_count || strcmp(proxy_host_tables[table].id, GANTRY_RESPONSE_ID) != 0) return 0;
    const gantry_call_v1 *named = proxy_get_call(&cursor, (gantry_str_v1){NULL, 0}, &storage);
    if (named == NULL || named->call != call) return 0;
    int32_t is_plain = function == RESPONSE_SEND ? is_plain_answer(&cursor)
                                                 : function == RESPONSE_FAIL && is_plain_failure(&cursor);
    if (!is_plain || !proxy_complete(&cursor)) return 0;
    return named->deadline_nanoseconds == 0 || nanoseconds_now() < named->deadline_nanoseconds;
}

/* Whether the request may have to do with how the call is answered. */
static int32_t may_answer(const gantry_proxy_frame *request) {
    static const char *const ids[] = {GANTRY_RESPONSE_ID, GANTRY_STREAM_ID, GANTRY_TRANSFERS_ID, GANTRY_WEBSOCKET_ID};
    uint64_t words[2] = {0, 0};
    if (request->size >= sizeof words) memcpy(words, request->bytes, sizeof words);
    if (words[0] != PROXY_HOST_CALL || words[1] >= proxy_host_table_count) return 0;
    for (uint32_t index = 0; index < sizeof ids / sizeof *ids; index++)
        if (strcmp(proxy_host_tables[words[1]].id, ids[index]) == 0) return 1;
    return 0;
}

/* Whether the request may name the call. */
static int32_t names(const gantry_proxy_frame *request, uint64_t call) {
    uint64_t word;
    for (uint64_t at = 0; at + sizeof word <= request->size && at < NAMING_WORDS * sizeof word; at += sizeof word) {
        memcpy(&word, request->bytes + at, sizeof word);
        if (word == call) return 1;
    }
    return 0;
}

/* Sends what is held; with the lock. */
static void send_held(gantry_channel *channel) {
    struct channel_quick *quick = &channel->quick;
    gantry_proxy_frame answer;
    if (quick->held.size == 0) return;
    gantry_proxy_frame_begin(&answer);
    (void)channel_exchange_apart(channel, &quick->held, &answer, LANE_BRIEF);
    gantry_proxy_frame_end(&answer);
    quick->held.size = 0;
    quick->is_direct = 1;
}

int32_t quick_hold(gantry_channel *channel, const struct channel_turn *turn, const gantry_proxy_frame *request,
                   gantry_proxy_frame *out_answer) {
    struct channel_quick *quick = &channel->quick;
    uint64_t call = atomic_load_explicit(&quick->call, memory_order_acquire);
    int32_t is_own = turn != NULL && turn->lane == NULL, is_held = 0;
    if (call == 0 || (!is_own && !(may_answer(request) && names(request, call)))) return 0;
    pthread_mutex_lock(&quick->mutex);
    int32_t is_still = atomic_load_explicit(&quick->call, memory_order_relaxed) == call;
    if (is_still && is_own && !quick->is_direct && quick->held.size == 0 && is_certain(request, call)) {
        gantry_proxy_frame_append(&quick->held, request->bytes, request->size);
        quick->held.deadline = request->deadline;
        is_held = !quick->held.failed;
        if (!is_held) quick->held.size = (uint64_t)(quick->held.failed = 0);
    }
    if (is_still && !is_held) {
        send_held(channel);
        if (!is_own || may_answer(request)) quick->is_direct = 1;
    }
    pthread_mutex_unlock(&quick->mutex);
    if (is_held) proxy_put(out_answer, GANTRY_OK);
    return is_held;
}

void quick_enter(gantry_channel *channel, const gantry_proxy_frame *request) {
    struct channel_quick *quick = &channel->quick;
    /* Kind, table, function, instance, whether there is a call, and its handle. */
    uint64_t words[6] = {0};
    if (request->size >= sizeof words) memcpy(words, request->bytes, sizeof words);
    pthread_mutex_lock(&quick->mutex);
    quick->is_direct = 0;
    atomic_store_explicit(&quick->call, words[4] == 1 ? words[5] : 0, memory_order_release);
    pthread_mutex_unlock(&quick->mutex);
}

uint64_t quick_take_held(gantry_channel *channel, uint8_t *out_bytes, uint64_t room) {
    struct channel_quick *quick = &channel->quick;
    pthread_mutex_lock(&quick->mutex);
    if (quick->held.size > room) send_held(channel);
    uint64_t size = quick->held.size;
    memcpy(out_bytes, quick->held.bytes, size);
    quick->held.size = 0;
    atomic_store_explicit(&quick->call, 0, memory_order_relaxed);
    pthread_mutex_unlock(&quick->mutex);
    return size;
}
