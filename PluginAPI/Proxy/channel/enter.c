/* enter.c: how a module is entered that another process loads. */
#include "channel.h"

#include <string.h>

/* The module's side; written before the first request arrives. */
static gantry_channel_load_fn load_module;
static void *load_context;

void gantry_channel_offer(gantry_channel *channel, gantry_channel_load_fn load, void *context) {
    (void)channel;
    load_module = load;
    load_context = context;
}

/* Puts the module's token, 0 for one without `query`, and why there is none. */
static int32_t answer(proxy_service *service, uint64_t token, const char *reason, int32_t status) {
    proxy_put(service->response, token);
    proxy_put_text(service->response, (gantry_str_v1){(const uint8_t *)reason, strlen(reason)}, PROXY_MESSAGE);
    return status;
}

int32_t proxy_serve_enter(proxy_service *service) {
    static const gantry_host_v1 stub = {0, proxy_query_host};
    char reason[CHANNEL_REASON] = "";
    gantry_module_v1 real = {NULL, NULL};
    if (!proxy_complete(&service->request) || load_module == NULL) return GANTRY_E_INVALID;
    gantry_channel_load_fn load = load_module;
    load_module = NULL;
    gantry_entry_fn_v1 entry = load(load_context, reason, sizeof reason);
    if (entry == NULL) return answer(service, 0, reason, GANTRY_E_FAILED);
    int32_t status = entry(&stub, &real);
    if (status != GANTRY_OK || real.query == NULL) return answer(service, 0, "", status);
    uint64_t token = proxy_admit(service->link, &real);
    return answer(service, token, "", token == 0 ? GANTRY_E_BUSY : GANTRY_OK);
}

int32_t gantry_channel_enter(gantry_channel *channel, const gantry_host_v1 *host, int64_t deadline_nanoseconds,
                             gantry_module_v1 *out_module) {
    proxy_exchange exchange;
    gantry_proxy_link link = channel_link(channel);
    *out_module = (gantry_module_v1){NULL, NULL};
    channel->peer.host = host;
    link.exchange = channel_enter_exchange;
    proxy_begin(&exchange, &proxy_host_side, link, PROXY_MODULE_ENTER);
    exchange.request.deadline = deadline_nanoseconds;
    int32_t status = proxy_send(&exchange);
    uint64_t token = proxy_get(&exchange.answer);
    gantry_str_v1 reason = proxy_get_text(&exchange.answer);
    if (status < 0 && reason.data != NULL && reason.size != 0)
        channel_note_reason(channel, (const char *)reason.data, reason.size);
    status = proxy_finish(&exchange, status);
    if (status != GANTRY_OK || token == 0) return status;
    proxy_remote *remote = proxy_make_remote(channel_link(channel), token, 0);
    if (remote == NULL) return GANTRY_E_BUSY;
    proxy_remote *before = NULL;
    if (!atomic_compare_exchange_strong(&channel->module, &before, remote)) {
        proxy_free_remote(remote);
        return GANTRY_E_ALREADY;
    }
    *out_module = (gantry_module_v1){remote, proxy_query_module};
    return GANTRY_OK;
}
