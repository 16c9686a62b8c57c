/* lane.c: moves messages through a lane of shared memory, in pieces, one side after the other. */
#define _GNU_SOURCE
#include "channel.h"

#include <errno.h>
#include <linux/futex.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

void channel_wake(_Atomic uint32_t *word) { syscall(SYS_futex, (uint32_t *)word, FUTEX_WAKE, 1, NULL, NULL, 0); }

int32_t channel_sleep(_Atomic uint32_t *word, uint32_t value, int64_t until) {
    struct timespec end = {until / 1000000000, until % 1000000000};
    long result = syscall(SYS_futex, (uint32_t *)word, FUTEX_WAIT_BITSET, value, until != 0 ? &end : NULL, NULL,
                          FUTEX_BITSET_MATCH_ANY);
    return result != 0 && errno == ETIMEDOUT;
}

void channel_wake_all(gantry_channel *channel) {
    for (uint32_t index = 0; index < channel->own_count; index++)
        channel_wake(&channel->own_lanes[index].memory->sequence);
    for (uint32_t index = 0; index < channel->served_count; index++)
        channel_wake(&channel->served_lanes[index].memory->sequence);
    channel_wake(channel->is_host ? &channel->quick.memory->answers.count : &channel->quick.memory->requests.count);
    pthread_mutex_lock(&channel->mutex);
    pthread_cond_broadcast(&channel->lane_freed);
    pthread_mutex_unlock(&channel->mutex);
}

int32_t lane_wait(gantry_channel *channel, channel_lane *lane, int64_t until) {
    _Atomic uint32_t *word = &lane->memory->sequence;
    for (;;) {
        uint32_t value = atomic_load_explicit(word, memory_order_acquire);
        if (atomic_load(&channel->is_over)) return GANTRY_CHANNEL_GONE;
        if (value == lane->sequence + 1) break;
        if (value != lane->sequence) {
            gantry_channel_break(channel, "The worker broke the order of a lane.");
            return GANTRY_CHANNEL_GONE;
        }
        /* Counted before the last look: who ends the channel wakes this thread, or this thread sees the end. */
        atomic_fetch_add(&channel->waiting, 1);
        int32_t is_late = !atomic_load(&channel->is_over) && channel_sleep(word, value, until);
        atomic_fetch_sub(&channel->waiting, 1);
        if (is_late && atomic_load(word) == value)
            gantry_channel_break(channel, "The worker was not done long after a call's deadline.");
    }
    lane->sequence++;
    return GANTRY_OK;
}

/* Sends one piece, whose bytes are in place. */
static void pass(channel_lane *lane, uint32_t kind, uint64_t size) {
    atomic_store_explicit(&lane->memory->kind, kind, memory_order_relaxed);
    atomic_store_explicit(&lane->memory->size, size, memory_order_relaxed);
    atomic_store_explicit(&lane->memory->sequence, ++lane->sequence, memory_order_release);
    channel_wake(&lane->memory->sequence);
}

static int32_t break_rules(gantry_channel *channel) {
    gantry_channel_break(channel, "The worker sent what is no message.");
    return GANTRY_CHANNEL_GONE;
}

int32_t lane_put(gantry_channel *channel, channel_lane *lane, uint32_t kind, const uint8_t *bytes, uint64_t size,
                 int64_t until) {
    for (uint64_t offset = 0;;) {
        uint64_t part = size - offset < channel->room ? size - offset : channel->room;
        memcpy(lane->memory->bytes, bytes + offset, part);
        pass(lane, kind, size);
        offset += part;
        if (offset == size) return GANTRY_OK;
        int32_t status = lane_wait(channel, lane, until);
        if (status != GANTRY_OK) return status;
        uint32_t answer = atomic_load_explicit(&lane->memory->kind, memory_order_relaxed);
        uint64_t why = atomic_load_explicit(&lane->memory->size, memory_order_relaxed);
        if (answer == LANE_REFUSED) return why == 0 ? GANTRY_E_LIMIT : GANTRY_E_BUSY;
        if (answer != LANE_MORE) return break_rules(channel);
    }
}

/* Whether a message of several pieces is taken: 0, or the status why not. Counts it. */
static int32_t refusal(gantry_channel *channel, uint32_t kind, uint64_t size, uint64_t *out_taken) {
    uint64_t most = channel->is_host ? channel->settings.most_message_bytes : PROXY_FRAME_BYTES;
    if (channel->is_host && kind == LANE_ANSWER && most > CHANNEL_ANSWER_BYTES) most = CHANNEL_ANSWER_BYTES;
    if (size > most) return GANTRY_E_LIMIT;
    uint64_t before = atomic_fetch_add(&channel->taken_bytes, size);
    *out_taken += size;
    if (!channel->is_host || before + size <= channel->settings.most_memory_bytes) return GANTRY_OK;
    atomic_fetch_sub(&channel->taken_bytes, size);
    *out_taken -= size;
    return GANTRY_E_BUSY;
}

/* Takes the pieces after the first one. `kind` and `size` are this side's copies: no further piece changes them. */
static int32_t take_rest(gantry_channel *channel, channel_lane *lane, uint32_t kind, uint64_t size, int64_t until,
                         gantry_proxy_frame *frame) {
    for (uint64_t left = size - channel->room; left != 0;) {
        pass(lane, LANE_MORE, 0);
        int32_t status = lane_wait(channel, lane, until);
        if (status != GANTRY_OK) return status;
        if (atomic_load_explicit(&lane->memory->kind, memory_order_relaxed) != kind) return break_rules(channel);
        uint64_t part = left < channel->room ? left : channel->room;
        gantry_proxy_frame_append(frame, lane->memory->bytes, part);
        left -= part;
    }
    return GANTRY_OK;
}

int32_t lane_take(gantry_channel *channel, channel_lane *lane, gantry_proxy_frame *request,
                  gantry_proxy_frame *answer, int64_t until, uint32_t *out_kind, uint64_t *out_taken) {
    for (;;) {
        int32_t status = lane_wait(channel, lane, until);
        if (status != GANTRY_OK) return status;
        /* Read once: the other side may change them at any time. */
        uint32_t kind = atomic_load_explicit(&lane->memory->kind, memory_order_relaxed);
        uint64_t size = atomic_load_explicit(&lane->memory->size, memory_order_relaxed);
        if (kind == LANE_BRIEF ? !channel->is_host : kind != LANE_REQUEST && (kind != LANE_ANSWER || answer == NULL))
            return break_rules(channel);
        gantry_proxy_frame *frame = kind == LANE_ANSWER ? answer : request;
        *out_kind = kind;
        if (size <= channel->room) {
            gantry_proxy_frame_append(frame, lane->memory->bytes, size);
            return GANTRY_OK;
        }
        int32_t why = refusal(channel, kind, size, out_taken);
        if (why == GANTRY_OK) {
            gantry_proxy_frame_append(frame, lane->memory->bytes, channel->room);
            return take_rest(channel, lane, kind, size, until, frame);
        }
        pass(lane, LANE_REFUSED, why == GANTRY_E_LIMIT ? 0 : 1);
    }
}
