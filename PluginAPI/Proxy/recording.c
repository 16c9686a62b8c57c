/* recording.c: both sides of the proxy around one module that is in the process already, so that what crosses can be
 * kept; and the other way round, a module whose host is a recording. */
#include "loopback.h"

static proxy_loop recorded = PROXY_LOOP(recorded);

int32_t gantry_proxy_record(const gantry_module_v1 *module, const gantry_host_v1 *host, gantry_proxy_recorder *to,
                            gantry_module_v1 *out_module) {
    recorded.recorder = to;
    recorded.module.host = host;
    proxy_connect_host(recorded.to_host);
    return proxy_loop_around(&recorded, module, out_module);
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
