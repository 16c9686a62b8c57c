/* recording.c: both sides of the proxy around one module that is in the process already, so that what crosses can be
 * kept; and the other way round, a module whose host is a recording. */
#include "include/gantry_recording.h"
#include "side.h"

#include <stdatomic.h>

static gantry_proxy_recorder *recorder;
static atomic_uint_fast64_t last;
/* The exchange that this thread is inside of. */
static _Thread_local uint64_t current;

static int32_t to_host(void *transport, const gantry_proxy_frame *request, gantry_proxy_frame *out_answer);
static int32_t to_module(void *transport, const gantry_proxy_frame *request, gantry_proxy_frame *out_answer);
static gantry_proxy_peer host_peer, module_peer;
static const gantry_proxy_link host_link = {to_host, NULL, &host_peer}, module_link = {to_module, NULL, &module_peer};

static int32_t carry(int32_t is_to_host, const gantry_proxy_frame *request, gantry_proxy_frame *out_answer) {
    gantry_proxy_frame copy, answer;
    uint64_t number = atomic_fetch_add(&last, 1) + 1, within = current;
    gantry_proxy_frame_begin(&copy);
    gantry_proxy_frame_begin(&answer);
    gantry_proxy_frame_append(&copy, request->bytes, request->size);
    int32_t status = copy.failed;
    recorder(is_to_host, number, within, request->bytes, request->size, NULL, 0);
    current = number;
    if (status == GANTRY_OK && is_to_host) gantry_proxy_serve_host(&module_link, copy.bytes, copy.size, &answer);
    else if (status == GANTRY_OK) gantry_proxy_serve_module(&host_link, copy.bytes, copy.size, &answer);
    current = within;
    if (status == GANTRY_OK) status = answer.failed;
    if (status == GANTRY_OK) gantry_proxy_frame_append(out_answer, answer.bytes, answer.size);
    recorder(is_to_host, number, within, request->bytes, request->size, answer.bytes, answer.size);
    gantry_proxy_frame_end(&copy);
    gantry_proxy_frame_end(&answer);
    return status;
}

static int32_t to_host(void *transport, const gantry_proxy_frame *request, gantry_proxy_frame *out_answer) {
    (void)transport;
    return carry(1, request, out_answer);
}

static int32_t to_module(void *transport, const gantry_proxy_frame *request, gantry_proxy_frame *out_answer) {
    (void)transport;
    return carry(0, request, out_answer);
}

int32_t gantry_proxy_record(const gantry_module_v1 *module, const gantry_host_v1 *host, gantry_proxy_recorder *to,
                            gantry_module_v1 *out_module) {
    recorder = to;
    module_peer.host = host;
    proxy_connect_host(host_link);
    proxy_remote *remote = proxy_make_remote(module_link, proxy_admit(host_link, module), 0);
    if (remote == NULL || remote->token == 0) return GANTRY_E_BUSY;
    *out_module = (gantry_module_v1){remote, proxy_query_module};
    return GANTRY_OK;
}

/* Whose answers come from a recording. */
static gantry_proxy_replayer *replayer;
static gantry_proxy_peer replayed_peer;

static int32_t from_recording(void *transport, const gantry_proxy_frame *request, gantry_proxy_frame *out_answer) {
    (void)transport;
    return replayer(request->bytes, request->size, out_answer);
}

static const gantry_proxy_link replay_link = {from_recording, NULL, &replayed_peer};

int32_t gantry_proxy_replay(gantry_entry_fn_v1 entry, gantry_proxy_replayer *from, uint64_t *out_module) {
    static const gantry_host_v1 stub = {0, proxy_query_host};
    gantry_module_v1 real = {NULL, NULL};
    replayer = from;
    proxy_connect_host(replay_link);
    int32_t status = entry(&stub, &real);
    if (status != GANTRY_OK) return status;
    if (real.query == NULL) return GANTRY_E_UNSUPPORTED;
    *out_module = proxy_admit(replay_link, &real);
    return *out_module == 0 ? GANTRY_E_BUSY : GANTRY_OK;
}

void gantry_proxy_replay_call(const uint8_t *request, uint64_t size, gantry_proxy_frame *out_answer) {
    gantry_proxy_serve_module(&replay_link, request, size, out_answer);
}

/* FNV-1a over the tables in their order, which is what the numbers in a request mean. */
static uint64_t mix(uint64_t hash, const proxy_table *tables, uint32_t count) {
    for (uint32_t index = 0; index < count; index++) {
        for (const char *id = tables[index].id; *id != 0; id++)
            hash = (hash ^ (uint8_t)*id) * UINT64_C(0x100000001B3);
        hash = (hash ^ tables[index].function_count) * UINT64_C(0x100000001B3);
    }
    return hash;
}

uint64_t gantry_proxy_tables(void) {
    uint64_t hash = mix(UINT64_C(0xCBF29CE484222325), proxy_host_tables, proxy_host_table_count);
    return mix(hash, proxy_module_tables, proxy_module_table_count);
}

const char *gantry_proxy_table_id(int32_t of_host, uint64_t table) {
    if (of_host) return table < proxy_host_table_count ? proxy_host_tables[table].id : "?";
    return table < proxy_module_table_count ? proxy_module_tables[table].id : "?";
}
