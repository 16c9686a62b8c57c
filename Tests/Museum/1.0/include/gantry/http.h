/*
 * gantry/http.h: requests and responses.
 *   "gantry.module.http", revision 1, implemented by the module: handles requests, checks what a schema cannot say.
 *   "gantry.response", revision 1, implemented by the host: answers a request.
 */
#ifndef GANTRY_HTTP_H
#define GANTRY_HTTP_H

#include "base.h"
#include "document.h"
#include "identity.h"

#define GANTRY_HTTP_ID "gantry.module.http"
#define GANTRY_RESPONSE_ID "gantry.response"

/* Everything in it is borrowed until the handler returns; a handler that completes later copies what it needs. */
typedef struct gantry_request_v1 {
    uint32_t operation; /* position in the description's list */
    uint32_t path_parameter_count;
    uint32_t query_count;
    uint32_t header_count;
    gantry_str_v1 method;
    gantry_str_v1 path;                       /* as received, without the query */
    gantry_str_v1 request_id;
    const gantry_str_v1 *path_parameters;     /* decoded, in the order of the template */
    const gantry_field_v1 *query;             /* decoded, in the order of the request */
    const gantry_field_v1 *headers;           /* names in lower case; credentials are left out */
    const gantry_principal_v1 *principal;
    gantry_str_v1 body;
    const gantry_document_v1 *document;       /* NULL unless the body is JSON */
} gantry_request_v1;

enum gantry_location_v1 {
    GANTRY_LOCATION_BODY = 0,
    GANTRY_LOCATION_QUERY = 1,
    GANTRY_LOCATION_HEADER = 2
};

/* One thing that is wrong with a request. `path` is dotted, like `meterValues.3.timestamp`. */
typedef struct gantry_finding_v1 {
    uint32_t location; /* gantry_location_v1 */
    uint32_t reserved;
    gantry_str_v1 path;
    gantry_str_v1 code;
    gantry_str_v1 message;
} gantry_finding_v1;

/* Takes one finding of a module's check; borrowed until it returns. */
typedef int32_t (*gantry_finding_fn_v1)(void *context, const gantry_finding_v1 *finding);

typedef struct gantry_http_v1 {
    /*
     * Handles one request. GANTRY_OK: it was answered through gantry.response before returning. GANTRY_PENDING: it
     * will be, exactly once, from any thread. A failure: the host answers 500 in the module's error shape.
     * Runs on the thread class that the manifest states for the route: `inline` and `async` on an event loop (never
     * block; `async` answers GANTRY_PENDING), `blocking` on a pool thread. Two calls of one instance overlap only if
     * the manifest says so; the `async` routes of one that is entered serially begin on a pool thread.
     */
    int32_t (*handle)(void *instance, const gantry_call_v1 *call,
                      const gantry_request_v1 *request GANTRY_BORROWED) GANTRY_THREAD(host);
    /*
     * Checks what a schema cannot say. Called before `handle`, also when the contract already has findings, for the
     * operations whose manifest entry says `check: true`; both lists become one 422. Must not block. A failure is
     * answered like one of `handle`; `error` goes to the log.
     */
    int32_t (*check)(void *instance, const gantry_call_v1 *call, const gantry_request_v1 *request GANTRY_BORROWED,
                     const gantry_finding_v1 *known GANTRY_BORROWED, uint64_t known_count,
                     gantry_finding_fn_v1 report, void *context,
                     gantry_error_v1 *error) GANTRY_THREAD(host);
} gantry_http_v1;

typedef struct gantry_response_v1 {
    /*
     * Answers the call with a whole response; the host copies what it is given. The host adds its own headers. Larger
     * bodies and bodies that come into being over time go through gantry.stream. GANTRY_E_ALREADY when the call was
     * answered before, GANTRY_E_STALE when it is over.
     */
    int32_t (*send)(const gantry_call_v1 *call, uint32_t http_status, gantry_str_v1 content_type,
                    const gantry_field_v1 *headers GANTRY_BORROWED, uint64_t header_count,
                    gantry_str_v1 body GANTRY_BORROWED) GANTRY_THREAD(any);
    /*
     * Answers with a failure, rendered by the host in the module's error shape. `reason` is the machine-readable
     * reason, `message` a sentence for people, `details` a JSON object of further facts or empty.
     */
    int32_t (*fail)(const gantry_call_v1 *call, uint32_t http_status, gantry_str_v1 reason, gantry_str_v1 message,
                    gantry_str_v1 details GANTRY_BORROWED) GANTRY_THREAD(any);
    /* As `fail` with 422 and a list of findings, merged and rendered like those of the contract check. */
    int32_t (*refuse)(const gantry_call_v1 *call, const gantry_finding_v1 *findings GANTRY_BORROWED,
                      uint64_t finding_count) GANTRY_THREAD(any);
} gantry_response_v1;

#endif
