/* What the tables of a host that means harm are made of. */
#ifndef HOSTILE_HOST_H
#define HOSTILE_HOST_H

#include <gantry/gantry.h>
#include <stdlib.h>
#include <string.h>

enum { HOSTILE_LIST = 3 };

/* Any function of the module's; cast to its type before it is called. */
typedef void (*hostile_function)(void);

/* What one thread decides by. */
struct hostile {
    uint64_t state;
    int depth;
    int nested;
};

typedef void (*hostile_caller)(struct hostile *h, hostile_function function, void *context);

typedef struct hostile_table {
    const char *id;
    const void *table;
} hostile_table;

extern const hostile_table hostile_tables[];
extern const uint32_t hostile_table_count;

struct hostile *hostile_here(void);
uint64_t hostile_next(struct hostile *h);
uint64_t hostile_number(struct hostile *h);
double hostile_real(struct hostile *h);
uint32_t hostile_event(struct hostile *h);
uint64_t hostile_count(struct hostile *h, int is_there, size_t width);
gantry_str_v1 hostile_text(struct hostile *h);
gantry_str_v1 *hostile_texts(struct hostile *h);
void hostile_document(struct hostile *h, gantry_document_v1 *out);
void *hostile_memory(struct hostile *h, uint64_t size);
int hostile_depth(struct hostile *h, int by);
int64_t hostile_clock(void);
int32_t hostile_answer(struct hostile *h);
void hostile_record(struct hostile *h, gantry_error_v1 *out);
void hostile_write(struct hostile *h, uint8_t *out, uint64_t room);
/* Calls a callback that is lent to the function which is being called, as often as it likes. */
void hostile_lend(struct hostile *h, hostile_caller call, hostile_function function, void *context);
/* Takes a callback that may be called at any time, and more than once. */
void hostile_keep(struct hostile *h, hostile_caller call, hostile_function function, void *context);

void hostile_fill_gantry_request_v1(struct hostile *h, gantry_request_v1 *out);
void hostile_fill_gantry_event_v1(struct hostile *h, gantry_event_v1 *out);
void hostile_fill_gantry_job_v1(struct hostile *h, gantry_job_v1 *out);
void hostile_fill_gantry_finding_v1(struct hostile *h, gantry_finding_v1 *out);
void hostile_fill_gantry_value_v1(struct hostile *h, gantry_value_v1 *out);
void hostile_fill_gantry_call_v1(struct hostile *h, gantry_call_v1 *out);

#endif
