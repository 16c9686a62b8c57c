/* loopback.c: the link between two sides in one process. Each side still gets bytes of its own. */
#include "side.h"

static void (*observer)(int32_t to_host, const uint8_t *request, uint64_t size);

void gantry_proxy_observe(void (*seen)(int32_t to_host, const uint8_t *request, uint64_t size)) { observer = seen; }

static int32_t to_host(void *transport, const gantry_proxy_frame *request, gantry_proxy_frame *out_answer);
static int32_t to_module(void *transport, const gantry_proxy_frame *request, gantry_proxy_frame *out_answer);

/* Each believes the other: they are one process. */
static gantry_proxy_peer host_peer, module_peer;
static const gantry_proxy_link host_link = {to_host, NULL, &host_peer}, module_link = {to_module, NULL, &module_peer};

const gantry_proxy_link *gantry_proxy_loopback_link(int32_t is_to_host) {
    return is_to_host ? &host_link : &module_link;
}

/* Copies request and answer, as any other link does: the receiver's bytes are nobody else's. */
static int32_t carry(int32_t is_to_host, const gantry_proxy_frame *request, gantry_proxy_frame *out_answer) {
    gantry_proxy_frame copy, answer;
    if (observer != NULL) observer(is_to_host, request->bytes, request->size);
    gantry_proxy_frame_begin(&copy);
    gantry_proxy_frame_begin(&answer);
    gantry_proxy_frame_append(&copy, request->bytes, request->size);
    int32_t status = copy.failed;
    if (status == GANTRY_OK && is_to_host) gantry_proxy_serve_host(&module_link, copy.bytes, copy.size, &answer);
    else if (status == GANTRY_OK) gantry_proxy_serve_module(&host_link, copy.bytes, copy.size, &answer);
    if (status == GANTRY_OK) status = answer.failed;
    if (status == GANTRY_OK) gantry_proxy_frame_append(out_answer, answer.bytes, answer.size);
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

int32_t gantry_proxy_loopback(gantry_entry_fn_v1 entry, const gantry_host_v1 *host, gantry_module_v1 *out_module) {
    static const gantry_host_v1 stub = {0, proxy_query_host};
    gantry_module_v1 real = {NULL, NULL};
    module_peer.host = host;
    proxy_connect_host(host_link);
    int32_t status = entry(&stub, &real);
    if (status != GANTRY_OK) return status;
    *out_module = (gantry_module_v1){NULL, NULL};
    /* A module without `query` is refused by the loader in its own words. */
    if (real.query == NULL) return GANTRY_OK;
    proxy_remote *remote = proxy_make_remote(module_link, proxy_admit(host_link, &real), 0);
    if (remote == NULL) return GANTRY_E_BUSY;
    *out_module = (gantry_module_v1){remote, proxy_query_module};
    return remote->token == 0 ? GANTRY_E_BUSY : GANTRY_OK;
}
