/* token.c: the numbers by which one side names functions and objects of the other. */
#include "token.h"

#include <stdlib.h>

/* 24 bits of index and 32 of generation; the 8 bits above are left to whoever hands a token out. */
enum { INDEX_BITS = 24 };

proxy_side proxy_host_side = {.mutex = PTHREAD_MUTEX_INITIALIZER, .is_host = 1};
proxy_side proxy_module_side = {.mutex = PTHREAD_MUTEX_INITIALIZER};

/* The slot of a living token; NULL otherwise. With the side's lock. */
static struct proxy_slot *slot_of(proxy_side *side, uint64_t token) {
    uint64_t index = token & ((1 << INDEX_BITS) - 1), generation = token >> INDEX_BITS;
    if (index >= side->count || side->slots[index].generation != generation) return NULL;
    return side->slots[index].used ? &side->slots[index] : NULL;
}

static void vacate(proxy_side *side, struct proxy_slot *slot) {
    slot->used = 0;
    slot->entry.link.peer->tokens--;
    slot->generation = slot->generation == UINT32_MAX ? 1 : slot->generation + 1;
    slot->next_free = side->first_free;
    side->first_free = (uint32_t)(slot - side->slots) + 1;
}

/* An unused slot; NULL when there is no memory. With the side's lock. */
static struct proxy_slot *vacant(proxy_side *side) {
    if (side->first_free != 0) {
        struct proxy_slot *slot = &side->slots[side->first_free - 1];
        side->first_free = slot->next_free;
        return slot;
    }
    if (side->count == side->capacity) {
        uint32_t capacity = side->capacity == 0 ? 64 : side->capacity * 2;
        struct proxy_slot *slots = NULL;
        if (capacity <= 1 << INDEX_BITS) slots = realloc(side->slots, capacity * sizeof *slots);
        if (slots == NULL) return NULL;
        side->slots = slots;
        side->capacity = capacity;
    }
    struct proxy_slot *slot = &side->slots[side->count++];
    slot->generation = 1;
    return slot;
}

uint64_t proxy_insert(proxy_side *side, const proxy_entry *entry) {
    uint64_t token = 0;
    gantry_proxy_peer *peer = entry->link.peer;
    pthread_mutex_lock(&side->mutex);
    int32_t has_room = !peer->is_over && (peer->most_tokens == 0 || peer->tokens < peer->most_tokens);
    struct proxy_slot *slot = has_room ? vacant(side) : NULL;
    if (slot != NULL) {
        slot->used = 1;
        slot->entry = *entry;
        peer->tokens++;
        token = (uint64_t)(slot - side->slots) | (uint64_t)slot->generation << INDEX_BITS;
    }
    pthread_mutex_unlock(&side->mutex);
    return token;
}

int32_t proxy_find(proxy_side *side, const gantry_proxy_peer *peer, uint64_t token, proxy_entry *out_entry) {
    pthread_mutex_lock(&side->mutex);
    const struct proxy_slot *slot = slot_of(side, token);
    if (slot != NULL && slot->entry.link.peer != peer) slot = NULL;
    if (slot != NULL) *out_entry = slot->entry;
    pthread_mutex_unlock(&side->mutex);
    return slot != NULL;
}

int32_t proxy_use(proxy_side *side, const gantry_proxy_peer *peer, uint64_t token, uint32_t number, uint32_t type,
                  int32_t ending, proxy_entry *out_entry) {
    pthread_mutex_lock(&side->mutex);
    struct proxy_slot *slot = slot_of(side, token);
    if (slot != NULL && number >= PROXY_FUNCTIONS) slot = NULL;
    if (slot != NULL && peer != NULL && (slot->entry.link.peer != peer || slot->entry.types[number] != type))
        slot = NULL;
    if (slot != NULL) {
        *out_entry = slot->entry;
        gantry_proxy_peer *own = slot->entry.link.peer;
        /* Under the lock, without which the peer could be over before it is held. */
        if (peer == NULL && own->hold != NULL) own->hold(own, 1);
        /* Out of the table before the function runs: whoever comes a second time finds nothing. */
        if (ending && slot->entry.ends[number]) vacate(side, slot);
    }
    pthread_mutex_unlock(&side->mutex);
    return slot != NULL;
}

void proxy_remove(proxy_side *side, uint64_t token) {
    pthread_mutex_lock(&side->mutex);
    struct proxy_slot *slot = slot_of(side, token);
    if (slot != NULL) vacate(side, slot);
    pthread_mutex_unlock(&side->mutex);
}

void proxy_name(proxy_side *side, uint64_t token, uint64_t key) {
    pthread_mutex_lock(&side->mutex);
    struct proxy_slot *slot = slot_of(side, token);
    if (slot != NULL) slot->entry.key = key;
    pthread_mutex_unlock(&side->mutex);
}

void proxy_forget(proxy_side *side, uint64_t key) {
    if (key == 0) return;
    pthread_mutex_lock(&side->mutex);
    for (uint32_t index = 0; index < side->count; index++) {
        struct proxy_slot *slot = &side->slots[index];
        if (slot->used && slot->entry.key == key) vacate(side, slot);
    }
    pthread_mutex_unlock(&side->mutex);
}

void proxy_end_peer(proxy_side *side, gantry_proxy_peer *peer) {
    pthread_mutex_lock(&side->mutex);
    peer->is_over = 1;
    for (uint32_t index = 0; index < side->count && peer->tokens != 0; index++) {
        struct proxy_slot *slot = &side->slots[index];
        if (slot->used && slot->entry.link.peer == peer) vacate(side, slot);
    }
    pthread_mutex_unlock(&side->mutex);
}

uint32_t proxy_count(proxy_side *side, const gantry_proxy_peer *peer) {
    pthread_mutex_lock(&side->mutex);
    uint32_t count = peer->tokens;
    pthread_mutex_unlock(&side->mutex);
    return count;
}
