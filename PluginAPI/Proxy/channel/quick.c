/* quick.c: requests through the rings, and their answers. */
#define _GNU_SOURCE
#include "channel.h"

#include <string.h>
#include <time.h>

static uint32_t number_of(const char *id) {
    uint32_t number = 0;
    while (strcmp(proxy_module_tables[number].id, id) != 0) number++;
    return number;
}

void quick_begin(gantry_channel *channel, struct quick_memory *memory) {
    struct channel_quick *quick = &channel->quick;
    quick->memory = memory;
    pthread_mutex_init(&quick->mutex, NULL);
    gantry_proxy_frame_begin(&quick->held);
    for (uint32_t slot = 0; slot < QUICK_SLOTS; slot++) quick->calls[slot].next_free = slot + 2;
    quick->calls[QUICK_SLOTS - 1].next_free = 0;
    quick->first_free = 1;
}

void quick_end(gantry_channel *channel) {
    gantry_proxy_frame_end(&channel->quick.held);
    pthread_mutex_destroy(&channel->quick.mutex);
}

/* Puts a slot's number in, and wakes the reader if it sleeps. `count` is this side's own: what the ring says may be
 * anything. */
static void put(struct quick_ring *ring, uint32_t slot, uint32_t count) {
    atomic_store_explicit(&ring->slots[count % QUICK_SLOTS], slot, memory_order_relaxed);
    atomic_store(&ring->count, count + 1);
    if (atomic_load(&ring->sleeps) == 0) return;
    if (atomic_exchange(&ring->sleeps, 0) != 0) channel_wake(&ring->count);
}

/* Waits until there are more numbers than were taken; 0 when the channel is over. */
static int32_t await(gantry_channel *channel, struct quick_ring *ring, uint32_t taken) {
    while (!atomic_load(&channel->is_over)) {
        if (atomic_load_explicit(&ring->count, memory_order_acquire) != taken) return 1;
        /* In this order: who puts a number in sees this, or the number is seen here. */
        atomic_store(&ring->sleeps, 1);
        atomic_fetch_add(&channel->waiting, 1);
        if (atomic_load(&ring->count) == taken && !atomic_load(&channel->is_over))
            channel_sleep(&ring->count, taken, 0);
        atomic_fetch_sub(&channel->waiting, 1);
        atomic_store_explicit(&ring->sleeps, 0, memory_order_relaxed);
    }
    return 0;
}

/* The host's side. */

static void give_back(struct channel_quick *quick, uint32_t slot) {
    quick->calls[slot].next_free = quick->first_free;
    quick->first_free = slot + 1;
}

/* Cheap, and a few milliseconds late. */
static int64_t about_now(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
    return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

/* Takes a slot, or none: also where a handler keeps the worker's thread, so that it holds up no more than it has to. */
static uint32_t take_slot(struct channel_quick *quick) {
    int64_t now = about_now();
    pthread_mutex_lock(&quick->mutex);
    if (quick->under_way == 0) quick->moved = now;
    uint32_t taken = now - quick->moved > QUICK_PATIENCE ? 0 : quick->first_free;
    if (taken != 0) quick->first_free = quick->calls[taken - 1].next_free;
    pthread_mutex_unlock(&quick->mutex);
    return taken;
}

/* Both threads, before the first request: the worker's and this side's own. */
static void start_threads(gantry_channel *channel) {
    channel_ask_for_thread(channel, channel->own_count);
    channel_hold(channel);
    if (channel->owner.start(channel->owner.context, channel, channel->served_count)) return;
    gantry_channel_break(channel, "No thread could be started for quick calls.");
    quick_serve_host(channel);
}

/* Hands the slot over; whether the channel is there to take it. */
static int32_t post(gantry_channel *channel, uint32_t slot, gantry_channel_done_fn done, void *context) {
    struct channel_quick *quick = &channel->quick;
    int32_t is_first = 0;
    pthread_mutex_lock(&quick->mutex);
    int32_t is_over = atomic_load(&channel->is_over);
    if (is_over) {
        give_back(quick, slot);
    } else {
        quick->calls[slot] = (struct quick_call){done, context, 0, 1};
        quick->under_way++;
        is_first = !quick->is_started;
        quick->is_started = 1;
        put(&quick->memory->requests, slot, quick->requested++);
    }
    pthread_mutex_unlock(&quick->mutex);
    if (is_first) start_threads(channel);
    return !is_over;
}

int32_t gantry_channel_handle(void *instance, const gantry_call_v1 *call, const gantry_request_v1 *request,
                              gantry_channel_done_fn done, void *context) {
    const proxy_remote *remote = instance;
    if (remote == NULL || remote->link.exchange != channel_exchange) return GANTRY_CHANNEL_FULL;
    gantry_channel *channel = remote->link.transport;
    struct channel_quick *quick = &channel->quick;
    uint32_t taken = take_slot(quick);
    if (taken == 0) return atomic_load(&channel->is_over) ? GANTRY_CHANNEL_GONE : GANTRY_CHANNEL_FULL;
    proxy_exchange outgoing;
    proxy_begin_module(&outgoing, instance, number_of(GANTRY_HTTP_ID), 0);
    gantry_proxy_frame *frame = &outgoing.request;
    proxy_put_call(frame, call);
    proxy_put(frame, 1);
    proxy_put_request_v1(frame, request);
    int32_t fits = !frame->failed && frame->size <= QUICK_ROOM;
    struct quick_slot *slot = &quick->memory->slots[taken - 1];
    if (fits) {
        memcpy(slot->bytes, frame->bytes, frame->size);
        atomic_store_explicit(&slot->size, frame->size, memory_order_relaxed);
    }
    (void)proxy_finish(&outgoing, GANTRY_OK);
    if (!fits) {
        pthread_mutex_lock(&quick->mutex);
        give_back(quick, taken - 1);
        pthread_mutex_unlock(&quick->mutex);
        return GANTRY_CHANNEL_FULL;
    }
    atomic_fetch_add_explicit(&channel->calls, 1, memory_order_relaxed);
    return post(channel, taken - 1, done, context) ? GANTRY_OK : GANTRY_CHANNEL_GONE;
}

static void note_sign(void *channel, int32_t status) {
    (void)status;
    atomic_store(&((gantry_channel *)channel)->quick.pinged, 0);
}

int64_t gantry_channel_awaited(const gantry_channel *channel) { return atomic_load(&channel->quick.pinged); }

int64_t gantry_channel_ping(gantry_channel *channel, int64_t now_nanoseconds) {
    struct channel_quick *quick = &channel->quick;
    int64_t since = 0;
    if (!atomic_compare_exchange_strong(&quick->pinged, &since, now_nanoseconds)) return since;
    uint32_t taken = take_slot(quick);
    /* A request of nothing: any answer is a sign. */
    if (taken != 0) atomic_store_explicit(&quick->memory->slots[taken - 1].size, 0, memory_order_relaxed);
    if (taken != 0 && post(channel, taken - 1, note_sign, channel)) return now_nanoseconds;
    atomic_store(&quick->pinged, 0);
    return 0;
}

/* Whether the bytes are an answer of a handler: nothing else is held. */
static int32_t is_answer(const uint8_t *bytes, uint64_t size) {
    uint64_t words[2];
    if (size < sizeof words) return 0;
    memcpy(words, bytes, sizeof words);
    return words[0] == PROXY_HOST_CALL && words[1] < proxy_host_table_count &&
           strcmp(proxy_host_tables[words[1]].id, GANTRY_RESPONSE_ID) == 0;
}

/* Gives the host's own copy of a slot to whoever waits for it. */
static int32_t complete(gantry_channel *channel, const struct quick_call *call, const gantry_proxy_frame *copy,
                        uint64_t held) {
    int64_t status = GANTRY_E_FAILED;
    int32_t is_right = copy->size - held == sizeof status && (held == 0 || is_answer(copy->bytes, held));
    if (is_right && held != 0) {
        gantry_proxy_frame answer;
        gantry_proxy_link back = channel_link(channel);
        gantry_proxy_frame_begin(&answer);
        atomic_fetch_add_explicit(&channel->served, 1, memory_order_relaxed);
        /* The handler was told that it has answered; where that is not so, the call is without an answer. */
        gantry_proxy_serve_host(&back, copy->bytes, held, &answer);
        gantry_proxy_frame_end(&answer);
    }
    if (is_right) memcpy(&status, copy->bytes + held, sizeof status);
    if (status < PROXY_LEAST_STATUS || status > INT32_MAX) status = GANTRY_E_FAILED;
    call->done(call->context, (int32_t)status);
    return is_right;
}

/* Takes the next slot out of the ring of answers; whether the worker has kept to the rules. */
static int32_t take_answer(gantry_channel *channel, uint32_t taken) {
    struct channel_quick *quick = &channel->quick;
    uint32_t number = atomic_load_explicit(&quick->memory->answers.slots[taken % QUICK_SLOTS], memory_order_relaxed);
    if (number >= QUICK_SLOTS) return 0;
    pthread_mutex_lock(&quick->mutex);
    struct quick_call call = quick->calls[number];
    quick->calls[number].is_under_way = 0;
    if (call.is_under_way) quick->under_way--;
    quick->moved = about_now();
    pthread_mutex_unlock(&quick->mutex);
    /* One that nobody waits for, or that has come before. */
    if (!call.is_under_way) return 0;
    struct quick_slot *slot = &quick->memory->slots[number];
    gantry_proxy_frame copy;
    gantry_proxy_frame_begin(&copy);
    /* Read once: the worker may change them at any time. */
    uint64_t size = atomic_load_explicit(&slot->size, memory_order_relaxed);
    uint64_t held = atomic_load_explicit(&slot->held, memory_order_relaxed);
    if (size > QUICK_ROOM || held > size) size = held = 0;
    gantry_proxy_frame_append(&copy, slot->bytes, size);
    pthread_mutex_lock(&quick->mutex);
    give_back(quick, number);
    pthread_mutex_unlock(&quick->mutex);
    if (copy.failed) held = copy.size = 0;
    int32_t is_right = complete(channel, &call, &copy, held) || copy.failed;
    gantry_proxy_frame_end(&copy);
    return is_right;
}

void quick_serve_host(gantry_channel *channel) {
    struct channel_quick *quick = &channel->quick;
    for (uint32_t taken = 0; await(channel, &quick->memory->answers, taken); taken++)
        if (!take_answer(channel, taken)) gantry_channel_break(channel, "The worker sent what is no answer.");
    /* Nothing is posted any more: what is under way ends. */
    for (uint32_t number = 0; number < QUICK_SLOTS; number++) {
        pthread_mutex_lock(&quick->mutex);
        struct quick_call call = quick->calls[number];
        quick->calls[number].is_under_way = 0;
        if (call.is_under_way) quick->under_way--;
        pthread_mutex_unlock(&quick->mutex);
        if (call.is_under_way) call.done(call.context, GANTRY_CHANNEL_GONE);
    }
    channel_let_go(channel);
}

/* The worker's side. */

/* Has the request served, and puts the answer in its place. */
static void serve_slot(gantry_channel *channel, uint32_t number) {
    struct channel_quick *quick = &channel->quick;
    struct quick_slot *slot = &quick->memory->slots[number];
    gantry_proxy_frame request, answer;
    gantry_proxy_frame_begin(&request);
    gantry_proxy_frame_begin(&answer);
    gantry_proxy_frame_append(&request, slot->bytes, atomic_load_explicit(&slot->size, memory_order_relaxed));
    channel_serve_quickly(channel, &request, &answer);
    uint64_t held = quick_take_held(channel, slot->bytes, QUICK_ROOM - sizeof(uint64_t));
    int64_t status = GANTRY_E_FAILED;
    if (answer.size >= sizeof status) memcpy(&status, answer.bytes, sizeof status);
    memcpy(slot->bytes + held, &status, sizeof status);
    atomic_store_explicit(&slot->held, held, memory_order_relaxed);
    atomic_store_explicit(&slot->size, held + sizeof status, memory_order_relaxed);
    gantry_proxy_frame_end(&request);
    gantry_proxy_frame_end(&answer);
    put(&quick->memory->answers, number, quick->requested++);
}

void quick_serve_worker(gantry_channel *channel) {
    struct quick_ring *ring = &channel->quick.memory->requests;
    for (uint32_t taken = 0; await(channel, ring, taken); taken++)
        serve_slot(channel,
                   atomic_load_explicit(&ring->slots[taken % QUICK_SLOTS], memory_order_relaxed) % QUICK_SLOTS);
    channel_let_go(channel);
}
