/* frame.c: writing and reading the words of a request or an answer. */
#include "runtime.h"

#include <stdlib.h>
#include <string.h>

void gantry_proxy_frame_begin(gantry_proxy_frame *frame) {
    frame->bytes = frame->room;
    frame->size = 0;
    frame->capacity = sizeof frame->room;
    frame->failed = 0;
    frame->deadline = 0;
}

void gantry_proxy_frame_end(gantry_proxy_frame *frame) {
    if (frame->bytes != frame->room) free(frame->bytes);
}

/* Makes room for `size` bytes more; 0 when there is none. */
static int grow(gantry_proxy_frame *frame, uint64_t size) {
    if (frame->failed) return 0;
    if (size <= frame->capacity - frame->size) return 1;
    uint64_t needed = frame->size + size, capacity = frame->capacity;
    while (capacity < needed && capacity < PROXY_FRAME_BYTES) capacity *= 2;
    if (size > PROXY_FRAME_BYTES || capacity < needed) {
        frame->failed = GANTRY_E_LIMIT;
        return 0;
    }
    uint8_t *bytes = frame->bytes == frame->room ? malloc(capacity) : realloc(frame->bytes, capacity);
    if (bytes == NULL) {
        frame->failed = GANTRY_E_BUSY;
        return 0;
    }
    if (frame->bytes == frame->room) memcpy(bytes, frame->room, frame->size);
    frame->bytes = bytes;
    frame->capacity = capacity;
    return 1;
}

void gantry_proxy_frame_append(gantry_proxy_frame *frame, const void *bytes, uint64_t size) {
    if (size == 0 || !grow(frame, size)) return;
    memcpy(frame->bytes + frame->size, bytes, size);
    frame->size += size;
}

void proxy_put(gantry_proxy_frame *frame, uint64_t word) { gantry_proxy_frame_append(frame, &word, sizeof word); }

void proxy_put_real(gantry_proxy_frame *frame, double value) {
    gantry_proxy_frame_append(frame, &value, sizeof value);
}

void proxy_put_bytes(gantry_proxy_frame *frame, const void *bytes, uint64_t size) {
    static const uint8_t zeros[8];
    gantry_proxy_frame_append(frame, bytes, size);
    gantry_proxy_frame_append(frame, zeros, -size & 7);
}

void proxy_put_text(gantry_proxy_frame *frame, gantry_str_v1 text, uint64_t limit) {
    /* More than memory has is a mistake that the receiver names, and so is more than it takes; what is larger than any
     * text and yet may be one does not travel. */
    int32_t is_span = text.size == 0 || (text.data != NULL && text.size <= UINT64_C(1) << 40);
    int32_t present = is_span && text.size <= limit;
    if (is_span && text.size > PROXY_BYTES && !frame->failed) frame->failed = GANTRY_E_LIMIT;
    proxy_put(frame, text.size);
    proxy_put(frame, (uint64_t)present);
    if (present) proxy_put_bytes(frame, text.data, text.size);
}

int32_t proxy_put_count(gantry_proxy_frame *frame, const void *elements, uint64_t count, uint64_t limit) {
    int present = elements != NULL && count <= limit;
    proxy_put(frame, count);
    proxy_put(frame, (uint64_t)present);
    return present;
}

uint64_t proxy_get(proxy_cursor *cursor) {
    uint64_t word;
    if ((uint64_t)(cursor->end - cursor->next) < sizeof word) {
        cursor->broken = 1;
        cursor->next = cursor->end;
        return 0;
    }
    memcpy(&word, cursor->next, sizeof word);
    cursor->next += sizeof word;
    return word;
}

/* The word, if it is at most `most`. */
static uint64_t narrow(proxy_cursor *cursor, uint64_t most) {
    uint64_t word = proxy_get(cursor);
    if (word <= most) return word;
    cursor->broken = 1;
    return 0;
}

uint32_t proxy_get_u32(proxy_cursor *cursor) { return (uint32_t)narrow(cursor, UINT32_MAX); }
uint16_t proxy_get_u16(proxy_cursor *cursor) { return (uint16_t)narrow(cursor, UINT16_MAX); }
uint8_t proxy_get_u8(proxy_cursor *cursor) { return (uint8_t)narrow(cursor, UINT8_MAX); }

int32_t proxy_get_i32(proxy_cursor *cursor) {
    int64_t value = (int64_t)proxy_get(cursor);
    if (value >= INT32_MIN && value <= INT32_MAX) return (int32_t)value;
    cursor->broken = 1;
    return 0;
}

double proxy_get_real(proxy_cursor *cursor) {
    uint64_t word = proxy_get(cursor);
    double value;
    memcpy(&value, &word, sizeof value);
    return value;
}

const void *proxy_get_bytes(proxy_cursor *cursor, uint64_t size) {
    const uint8_t *bytes = cursor->next;
    uint64_t left = (uint64_t)(cursor->end - cursor->next);
    if (size > left || (-size & 7) > left - size) {
        cursor->broken = 1;
        cursor->next = cursor->end;
        return NULL;
    }
    cursor->next += size + (-size & 7);
    return bytes;
}

gantry_str_v1 proxy_get_text(proxy_cursor *cursor) {
    gantry_str_v1 text = {NULL, 0};
    text.size = proxy_get(cursor);
    if (proxy_get_u8(cursor)) text.data = proxy_get_bytes(cursor, text.size);
    if (cursor->broken) text.size = 0;
    return text;
}

int32_t proxy_get_count(proxy_cursor *cursor, uint64_t *out_count, uint64_t words) {
    uint64_t count = proxy_get(cursor);
    int32_t present = proxy_get_u8(cursor) != 0;
    /* No more elements than there are bytes for, before anything is allocated for them. */
    if (present && count > (uint64_t)(cursor->end - cursor->next) / (words * 8)) cursor->broken = 1;
    *out_count = cursor->broken ? 0 : count;
    return present && !cursor->broken;
}

int32_t proxy_complete(const proxy_cursor *cursor) { return !cursor->broken && cursor->next == cursor->end; }

struct proxy_chunk {
    struct proxy_chunk *next;
    _Alignas(16) uint8_t bytes[];
};

void proxy_arena_begin(proxy_arena *arena) {
    arena->chunks = NULL;
    arena->used = 0;
}

void proxy_arena_end(proxy_arena *arena) {
    while (arena->chunks != NULL) {
        struct proxy_chunk *chunk = arena->chunks;
        arena->chunks = chunk->next;
        free(chunk);
    }
}

void *proxy_allocate(proxy_cursor *cursor, uint64_t count, uint64_t size) {
    proxy_arena *arena = cursor->arena;
    /* `count` was held against the frame's bytes before, so the product fits. */
    uint64_t needed = (count * size + 15) & ~UINT64_C(15);
    if (needed <= sizeof arena->room - arena->used) {
        void *memory = arena->room + arena->used;
        arena->used += needed;
        return memset(memory, 0, needed);
    }
    struct proxy_chunk *chunk = calloc(1, sizeof *chunk + needed);
    if (chunk == NULL) {
        cursor->broken = 1;
        return NULL;
    }
    chunk->next = arena->chunks;
    arena->chunks = chunk;
    return chunk->bytes;
}
