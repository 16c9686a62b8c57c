/* token.h: the table of tokens of one side. */
#ifndef GANTRY_PROXY_TOKEN_H
#define GANTRY_PROXY_TOKEN_H

#include "runtime.h"

#include <pthread.h>

struct proxy_slot {
    uint32_t generation;
    uint32_t used;
    uint32_t next_free; /* 1 more than the index; 0 for none */
    proxy_entry entry;
};

struct proxy_side {
    pthread_mutex_t mutex; /* guards everything below but `is_host` */
    int32_t is_host;
    uint32_t count;
    uint32_t capacity;
    uint32_t first_free; /* 1 more than the index; 0 for none */
    struct proxy_slot *slots;
};

/* As `proxy_find`, for one function of the type; ends the token where this is the function's last call. Without a peer
 * and type it is this side's own use: then the link is held, and the caller lets it go. */
int32_t proxy_use(proxy_side *side, const gantry_proxy_peer *peer, uint64_t token, uint32_t number, uint32_t type,
                  int32_t ending, proxy_entry *out_entry);
/* Gives the token the key under which it can be forgotten. */
void proxy_name(proxy_side *side, uint64_t token, uint64_t key);

#endif
