/* What the generated attacks are made of. */
#ifndef HOSTILE_H
#define HOSTILE_H

#include <gantry/gantry.h>
#include <stdlib.h>
#include <string.h>

enum { HOSTILE_LIST = 4, HOSTILE_KEPT = 64, HOSTILE_ROOM = 1 << 17 };

/* One thread's attack: its numbers, and what it met so far. */
struct hostile {
    uint64_t state;
    int depth;
    int nested;
    gantry_call_v1 call;
    gantry_call_v1 old[HOSTILE_KEPT];
    uint64_t kept[HOSTILE_KEPT];
    uint64_t results[8];
    uint8_t *room;
    uint8_t *memory;
    uint64_t used;
    gantry_error_v1 error;
};

typedef struct hostile_attack {
    const char *table;
    int32_t (*make)(struct hostile *h, const void *table);
} hostile_attack;

extern const hostile_attack hostile_attacks[];
extern const uint32_t hostile_attack_count;

uint64_t hostile_next(struct hostile *h);
uint64_t hostile_number(struct hostile *h);
double hostile_real(struct hostile *h);
uint64_t hostile_count(struct hostile *h, int is_there);
uint64_t hostile_capacity(struct hostile *h);
gantry_str_v1 hostile_text(struct hostile *h);
gantry_str_v1 *hostile_texts(struct hostile *h);
const gantry_call_v1 *hostile_call(struct hostile *h);
gantry_error_v1 *hostile_error(struct hostile *h);
uint8_t *hostile_room(struct hostile *h);
void *hostile_result(struct hostile *h);
void *hostile_memory(struct hostile *h, uint64_t size);
int hostile_depth(struct hostile *h, int by);
void hostile_keep(struct hostile *h, uint64_t number);
struct hostile *hostile_entered(void *context);
int32_t hostile_back(struct hostile *h);

#endif
