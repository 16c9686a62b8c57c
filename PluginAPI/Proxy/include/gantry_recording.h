/*
 * gantry_recording.h: what crosses the border of one module as bytes, kept, and played to another build of it.
 */
#ifndef GANTRY_RECORDING_H
#define GANTRY_RECORDING_H

#include "gantry_proxy.h"

/*
 * Told of each exchange twice, on its thread: before it is served, with `answer` NULL, and with its answer. `number` is
 * its own; `within` is the exchange that the thread was inside of, 0 for none.
 */
typedef void gantry_proxy_recorder(int32_t to_host, uint64_t number, uint64_t within, const uint8_t *request,
                                   uint64_t size, const uint8_t *answer, uint64_t answer_size);

/* The same of the loopback, for tests; NULL for nobody. Set before all calls. */
void gantry_proxy_observe(gantry_proxy_recorder *recorder);

/*
 * Puts both sides of the proxy around a module that was entered before: what instances made through `out_module` do
 * crosses as bytes and is told to `to`, which stays the same for the process. Not where modules run behind a proxy.
 */
int32_t gantry_proxy_record(const gantry_module_v1 *module, const gantry_host_v1 *host, gantry_proxy_recorder *to,
                            gantry_module_v1 *out_module);

/* Answers a request of a module in the place of its host. */
typedef int32_t gantry_proxy_replayer(const uint8_t *request, uint64_t size, gantry_proxy_frame *out_answer);

/* Enters a module whose host is `from`, and gives the token by which requests name the module. Once for a process. */
int32_t gantry_proxy_replay(gantry_entry_fn_v1 entry, gantry_proxy_replayer *from, uint64_t *out_module);

/* Has that module serve a request; as gantry_proxy_serve_module. */
void gantry_proxy_replay_call(const uint8_t *request, uint64_t size, gantry_proxy_frame *out_answer);

/* A number that differs where tables or the numbers of their functions do. */
uint64_t gantry_proxy_tables(void);

/* The id of a table by its number in requests. */
const char *gantry_proxy_table_id(int32_t of_host, uint64_t table);

#endif
