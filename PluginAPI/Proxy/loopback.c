/* loopback.c: the link between two sides in one process. Each side still gets bytes of its own. */
#include "loopback.h"

#include <stdatomic.h>

static proxy_loop plain = PROXY_LOOP(plain);

static atomic_uint_fast64_t last;
/* The exchange that this thread is inside of. */
static _Thread_local uint64_t current;

void gantry_proxy_observe(gantry_proxy_recorder *recorder) { plain.recorder = recorder; }

const gantry_proxy_link *gantry_proxy_loopback_link(int32_t is_to_host) {
    return is_to_host ? &plain.to_host : &plain.to_module;
}

/* Has the receiver serve a copy of the request, as any other link does: its bytes are nobody else's. */
static int32_t serve(const proxy_loop *loop, int32_t is_to_host, const gantry_proxy_frame *request,
                     gantry_proxy_frame *answer) {
    gantry_proxy_frame copy;
    gantry_proxy_frame_begin(&copy);
    gantry_proxy_frame_append(&copy, request->bytes, request->size);
    int32_t status = copy.failed;
    if (status == GANTRY_OK && is_to_host) gantry_proxy_serve_host(&loop->to_module, copy.bytes, copy.size, answer);
    else if (status == GANTRY_OK) gantry_proxy_serve_module(&loop->to_host, copy.bytes, copy.size, answer);
    gantry_proxy_frame_end(&copy);
    return status == GANTRY_OK ? answer->failed : status;
}

/* Carries request and answer, and tells of both. */
static int32_t carry(const proxy_loop *loop, int32_t is_to_host, const gantry_proxy_frame *request,
                     gantry_proxy_frame *out_answer) {
    gantry_proxy_frame answer;
    gantry_proxy_recorder *recorder = loop->recorder;
    uint64_t number = 0, within = current;
    gantry_proxy_frame_begin(&answer);
    if (recorder != NULL) {
        number = atomic_fetch_add(&last, 1) + 1;
        recorder(is_to_host, number, within, request->bytes, request->size, NULL, 0);
        current = number;
    }
    int32_t status = serve(loop, is_to_host, request, &answer);
    current = within;
    if (status == GANTRY_OK) gantry_proxy_frame_append(out_answer, answer.bytes, answer.size);
    if (recorder != NULL)
        recorder(is_to_host, number, within, request->bytes, request->size, answer.bytes, answer.size);
    gantry_proxy_frame_end(&answer);
    return status;
}

int32_t proxy_loop_to_host(void *loop, const gantry_proxy_frame *request, gantry_proxy_frame *out_answer) {
    return carry(loop, 1, request, out_answer);
}

int32_t proxy_loop_to_module(void *loop, const gantry_proxy_frame *request, gantry_proxy_frame *out_answer) {
    return carry(loop, 0, request, out_answer);
}

int32_t proxy_loop_around(proxy_loop *loop, const gantry_module_v1 *module, gantry_module_v1 *out_module) {
    proxy_remote *remote = proxy_make_remote(loop->to_module, proxy_admit(loop->to_host, module), 0);
    if (remote == NULL) return GANTRY_E_BUSY;
    *out_module = (gantry_module_v1){remote, proxy_query_module};
    return remote->token == 0 ? GANTRY_E_BUSY : GANTRY_OK;
}

int32_t gantry_proxy_loopback(gantry_entry_fn_v1 entry, const gantry_host_v1 *host, gantry_module_v1 *out_module) {
    static const gantry_host_v1 stub = {0, proxy_query_host};
    gantry_module_v1 real = {NULL, NULL};
    plain.module.host = host;
    proxy_connect_host(plain.to_host);
    int32_t status = entry(&stub, &real);
    if (status != GANTRY_OK) return status;
    *out_module = (gantry_module_v1){NULL, NULL};
    /* A module without `query` is refused by the loader in its own words. */
    return real.query == NULL ? GANTRY_OK : proxy_loop_around(&plain, &real, out_module);
}
