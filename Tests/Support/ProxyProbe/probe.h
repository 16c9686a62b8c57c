/* probe.h: what the generated fakes and drivers write with. */
#ifndef PROBE_H
#define PROBE_H

#include <gantry_proxy.h>

#include "include/proxy_probe.h"

/* Facts of the log. */
void probe_begin(const char *name);
void probe_note(const char *name, uint64_t value);
void probe_note_real(const char *name, double value);
void probe_note_text(const char *name, gantry_str_v1 text);
void probe_note_call_v1(const gantry_call_v1 *call);
void probe_note_error_v1(const gantry_error_v1 *error);

/* Made-up values, the same ones in each run. */
uint64_t probe_number(void);
gantry_str_v1 probe_text(void);
void *probe_memory(uint64_t size);
void probe_make_call_v1(gantry_call_v1 *call);
void probe_make_error_v1(gantry_error_v1 *error);

void probe_make_request(gantry_request_v1 *request);

/* The mode of the run. */
int32_t probe_is_sparse(void);
int32_t probe_succeeds(void);
int32_t probe_answer(int32_t success);
void probe_fail(gantry_error_v1 *error, const char *message);

/* The life cycle of the fake module. */
int32_t probe_describe(void *module, const gantry_description_v1 **out_description);
int32_t probe_create(void *module, const gantry_call_v1 *call, const gantry_host_v1 *host, gantry_str_v1 configuration,
                     void **out_instance, gantry_error_v1 *error);
int32_t probe_destroy(void *instance);
int32_t probe_find(const gantry_call_v1 *call, gantry_str_v1 signature, gantry_service_fn_v1 *out_function,
                   gantry_error_v1 *error);
int32_t probe_function(void *module, gantry_str_v1 signature, gantry_service_fn_v1 *out_function);

typedef struct probe_table {
    const char *id;
    uint32_t revision;
    int32_t is_host;
    const void *fake;
    void (*drive)(const void *table, void *object, const gantry_call_v1 *call);
} probe_table;
extern const probe_table probe_tables[];
extern const uint32_t probe_table_count;

#endif
