/* exchange.c: calls over a channel, and the calls within them, each on the thread that waits for it. */
#define _GNU_SOURCE
#include "channel.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

static _Thread_local struct channel_turn *innermost;

/* The calling thread's turn in a lane of the channel, if it serves a call there: what it calls belongs to that. */
static struct channel_turn *current_turn(const gantry_channel *channel) {
    struct channel_turn *turn = innermost;
    while (turn != NULL && turn->channel != channel) turn = turn->outer;
    return turn;
}

/* Performs a request within the turn; GANTRY_OK, or why there is no answer. */
static int32_t perform(struct channel_turn *turn, const gantry_proxy_frame *request, int32_t is_brief,
                       gantry_proxy_frame *out_answer) {
    gantry_channel *channel = turn->channel;
    gantry_proxy_link back = channel_link(channel);
    const gantry_channel_owner *owner = &channel->owner;
    atomic_fetch_add_explicit(&channel->served, 1, memory_order_relaxed);
    turn->outer = innermost;
    turn->depth = innermost != NULL ? innermost->depth + 1 : 1;
    if (request->failed != GANTRY_OK) return request->failed;
    if (turn->depth > CHANNEL_DEPTH) return GANTRY_E_LIMIT;
    is_brief = is_brief && owner->brief != NULL;
    innermost = turn;
    if (is_brief) owner->brief(owner->context, 1);
    if (channel->is_host) gantry_proxy_serve_host(&back, request->bytes, request->size, out_answer);
    else gantry_proxy_serve_module(&back, request->bytes, request->size, out_answer);
    if (is_brief) owner->brief(owner->context, 0);
    innermost = turn->outer;
    return out_answer->failed;
}

void channel_serve_quickly(gantry_channel *channel, const gantry_proxy_frame *request, gantry_proxy_frame *out_answer) {
    struct channel_turn turn = {.channel = channel};
    quick_enter(channel, request);
    if (perform(&turn, request, 0, out_answer) != GANTRY_OK) out_answer->size = 0;
}

/* Serves a request that was taken from the lane, and answers it. */
static int32_t serve(gantry_channel *channel, channel_lane *lane, uint32_t kind, const gantry_proxy_frame *request,
                     int64_t until) {
    struct channel_turn turn = {.channel = channel, .lane = lane, .until = until};
    gantry_proxy_frame answer;
    gantry_proxy_frame_begin(&answer);
    int32_t failure = perform(&turn, request, kind == LANE_BRIEF, &answer);
    int32_t status = GANTRY_OK;
    if (failure == GANTRY_OK) status = lane_put(channel, lane, LANE_ANSWER, answer.bytes, answer.size, until);
    gantry_proxy_frame_end(&answer);
    /* Where there is no answer, or none that is taken: its status alone. */
    if (failure == GANTRY_OK) failure = status;
    if (failure == GANTRY_OK || failure == GANTRY_CHANNEL_GONE) return failure;
    uint64_t word = (uint64_t)(int64_t)failure;
    return lane_put(channel, lane, LANE_ANSWER, (const uint8_t *)&word, sizeof word, until);
}

/* Sends the request and serves until its answer is there. The turn is this side's, before and after. */
static int32_t converse(gantry_channel *channel, channel_lane *lane, uint32_t request_kind,
                        const gantry_proxy_frame *request, gantry_proxy_frame *out_answer, int64_t until) {
    int32_t status = lane_put(channel, lane, request_kind, request->bytes, request->size, until);
    while (status == GANTRY_OK) {
        gantry_proxy_frame nested;
        uint64_t taken = 0;
        uint32_t kind = 0;
        gantry_proxy_frame_begin(&nested);
        status = lane_take(channel, lane, &nested, out_answer, until, &kind, &taken);
        if (status == GANTRY_OK && kind != LANE_ANSWER) status = serve(channel, lane, kind, &nested, until);
        gantry_proxy_frame_end(&nested);
        if (taken != 0) atomic_fetch_sub(&channel->taken_bytes, taken);
        if (kind == LANE_ANSWER) break;
    }
    return status;
}

void channel_ask_for_thread(gantry_channel *channel, uint32_t lane) {
    struct control_message message = {CONTROL_START, lane, {0}};
    ssize_t sent;
    do sent = send(channel->socket, &message, offsetof(struct control_message, text), MSG_NOSIGNAL);
    while (sent < 0 && errno == EINTR);
    /* Where the other side is gone, the thread of the control hears why. */
    if (sent < 0 && errno != EPIPE && errno != ECONNRESET)
        gantry_channel_break(channel, "The worker's socket takes nothing.");
}

/* A lane of this side's own, waited for until the deadline; NULL when there is none. */
static channel_lane *acquire(gantry_channel *channel, int64_t deadline) {
    struct timespec end = {deadline / 1000000000, deadline % 1000000000};
    channel_lane *lane = NULL;
    int is_late = 0;
    pthread_mutex_lock(&channel->mutex);
    while (channel->first_free == 0 && !is_late && !atomic_load(&channel->is_over)) {
        if (deadline == 0) pthread_cond_wait(&channel->lane_freed, &channel->mutex);
        else is_late = pthread_cond_timedwait(&channel->lane_freed, &channel->mutex, &end) != 0;
    }
    if (channel->first_free != 0 && !atomic_load(&channel->is_over)) {
        lane = &channel->own_lanes[channel->first_free - 1];
        channel->first_free = lane->next_free;
        channel->busy_lanes++;
    }
    pthread_mutex_unlock(&channel->mutex);
    if (lane != NULL && !lane->is_started) {
        lane->is_started = 1;
        channel_ask_for_thread(channel, lane->index);
    }
    return lane;
}

/* Gives the lane back, on top: the one that was used last is the warmest. */
static void release(gantry_channel *channel, channel_lane *lane) {
    pthread_mutex_lock(&channel->mutex);
    lane->next_free = channel->first_free;
    channel->first_free = lane->index + 1;
    channel->busy_lanes--;
    pthread_cond_signal(&channel->lane_freed);
    pthread_mutex_unlock(&channel->mutex);
}

/* In a lane that nobody is in, until the time. */
static int32_t exchange_in_own(gantry_channel *channel, uint32_t kind, const gantry_proxy_frame *request,
                               gantry_proxy_frame *out_answer, int64_t until) {
    channel_lane *lane = acquire(channel, request->deadline);
    if (lane == NULL) {
        if (atomic_load(&channel->is_over)) return GANTRY_CHANNEL_GONE;
        return channel->is_host ? GANTRY_CHANNEL_FULL : GANTRY_E_BUSY;
    }
    int32_t status = converse(channel, lane, kind, request, out_answer, until);
    release(channel, lane);
    return status;
}

int32_t channel_exchange_apart(gantry_channel *channel, const gantry_proxy_frame *request,
                               gantry_proxy_frame *out_answer, uint32_t kind) {
    if (atomic_load(&channel->is_over)) return GANTRY_CHANNEL_GONE;
    return exchange_in_own(channel, kind, request, out_answer, 0);
}

static int32_t exchange_until(gantry_channel *channel, const gantry_proxy_frame *request,
                              gantry_proxy_frame *out_answer, int64_t until) {
    if (atomic_load(&channel->is_over)) return GANTRY_CHANNEL_GONE;
    atomic_fetch_add_explicit(&channel->calls, 1, memory_order_relaxed);
    const struct channel_turn *turn = current_turn(channel);
    if (!channel->is_host && quick_hold(channel, turn, request, out_answer)) return GANTRY_OK;
    if (turn != NULL && turn->lane != NULL)
        return converse(channel, turn->lane, LANE_REQUEST, request, out_answer, turn->until);
    return exchange_in_own(channel, turn != NULL ? LANE_BRIEF : LANE_REQUEST, request, out_answer, until);
}

int32_t channel_exchange(void *transport, const gantry_proxy_frame *request, gantry_proxy_frame *out_answer) {
    gantry_channel *channel = transport;
    int64_t until = 0, overdue = (int64_t)channel->settings.overdue_milliseconds * 1000000;
    if (request->deadline > 0 && overdue != 0 && request->deadline <= INT64_MAX - overdue)
        until = request->deadline + overdue;
    return exchange_until(channel, request, out_answer, until);
}

int32_t channel_enter_exchange(void *transport, const gantry_proxy_frame *request, gantry_proxy_frame *out_answer) {
    return exchange_until(transport, request, out_answer, request->deadline);
}

void gantry_channel_serve(gantry_channel *channel, uint32_t index) {
    if (index == channel->served_count) {
        if (channel->is_host) quick_serve_host(channel);
        else quick_serve_worker(channel);
        return;
    }
    channel_lane *lane = &channel->served_lanes[index];
    int32_t status = GANTRY_OK;
    while (status == GANTRY_OK) {
        gantry_proxy_frame request;
        uint64_t taken = 0;
        uint32_t kind;
        gantry_proxy_frame_begin(&request);
        status = lane_take(channel, lane, &request, NULL, 0, &kind, &taken);
        if (status == GANTRY_OK) status = serve(channel, lane, kind, &request, 0);
        gantry_proxy_frame_end(&request);
        if (taken != 0) atomic_fetch_sub(&channel->taken_bytes, taken);
    }
    channel_let_go(channel);
}
