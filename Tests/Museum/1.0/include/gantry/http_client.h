/*
 * gantry/http_client.h: table "gantry.http_client", revision 1, implemented by the host: HTTP requests to the outside.
 * Needs the capability `http_client`; only the hosts under `outbound` of the manifest that the operator allows too can
 * be reached, and no address of the operator's own networks.
 */
#ifndef GANTRY_HTTP_CLIENT_H
#define GANTRY_HTTP_CLIENT_H

#include "base.h"

#define GANTRY_HTTP_CLIENT_ID "gantry.http_client"

typedef struct gantry_outbound_request_v1 {
    gantry_str_v1 method;
    gantry_str_v1 url; /* absolute, http or https */
    const gantry_field_v1 *headers;
    uint64_t header_count;
    gantry_str_v1 body;
    int64_t timeout_milliseconds; /* for everything; 0 for 30 seconds. The deadline of the call holds as well. */
    uint64_t response_limit;      /* bytes of the body that are taken; 0 for 1 MiB. More is GANTRY_E_LIMIT. */
    uint32_t redirect_limit;      /* redirects that are followed; each must lead to an allowed host */
    uint32_t reserved;
} gantry_outbound_request_v1;

typedef struct gantry_outbound_response_v1 {
    uint32_t http_status;
    uint32_t reserved;
    gantry_str_v1 url; /* the last one, after redirects */
    const gantry_field_v1 *headers; /* names in lower case */
    uint64_t header_count;
    gantry_str_v1 body; /* empty where the body went to a function piece by piece */
} gantry_outbound_response_v1;

/*
 * Takes the outcome, exactly once. `response` is NULL unless `status` is GANTRY_OK; a status of HTTP is never a failure
 * here. GANTRY_E_DENIED: host or address is not allowed; GANTRY_E_CANCELLED: out of time or taken back; GANTRY_E_LIMIT:
 * the body is too large; GANTRY_E_FAILED: no connection, no valid answer. Borrowed until it returns.
 */
typedef int32_t (*gantry_outbound_fn_v1)(void *context, int32_t status, const gantry_outbound_response_v1 *response,
                                         const gantry_error_v1 *error);

typedef struct gantry_http_client_v1 {
    /* Sends the request and waits; `on_response` is called before it returns, on this thread. */
    int32_t (*perform)(const gantry_call_v1 *call, const gantry_outbound_request_v1 *request GANTRY_BORROWED,
                       gantry_outbound_fn_v1 on_response, void *context,
                       gantry_error_v1 *error) GANTRY_THREAD(blocking);
    /*
     * Sends the request without waiting: GANTRY_PENDING, and `on_response` follows on a thread of the host's, where it
     * must not wait. `out_exchange` names the exchange until then.
     */
    int32_t (*submit)(const gantry_call_v1 *call, const gantry_outbound_request_v1 *request GANTRY_BORROWED,
                      gantry_outbound_fn_v1 on_response, void *context, uint64_t *out_exchange,
                      gantry_error_v1 *error) GANTRY_THREAD(any);
    /*
     * As `submit`, and the body goes to `on_chunk` piece by piece as it arrives. GANTRY_OK takes the next one,
     * GANTRY_E_BUSY leaves this one untaken and pauses until `resume`; anything else ends the exchange with that
     * status.
     */
    int32_t (*stream)(const gantry_call_v1 *call, const gantry_outbound_request_v1 *request GANTRY_BORROWED,
                      gantry_bytes_fn_v1 on_chunk, void *chunk_context, gantry_outbound_fn_v1 on_response,
                      void *context, uint64_t *out_exchange, gantry_error_v1 *error) GANTRY_THREAD(any);
    /* Hands the untaken piece to `on_chunk` again. GANTRY_E_STALE when the exchange is over. */
    int32_t (*resume)(const gantry_call_v1 *call, uint64_t exchange) GANTRY_THREAD(any);
    /* Takes the request back; `on_response` is told GANTRY_E_CANCELLED. GANTRY_E_STALE when the exchange is over. */
    int32_t (*cancel)(const gantry_call_v1 *call, uint64_t exchange) GANTRY_THREAD(any);
} gantry_http_client_v1;

#endif
