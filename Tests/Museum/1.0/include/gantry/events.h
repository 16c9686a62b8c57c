/*
 * gantry/events.h: events between modules of one tenant.
 *   "gantry.events", revision 1, implemented by the host: publishing. Needs the capability `events`.
 *   "gantry.module.events", revision 1, implemented by the module: its subscriptions.
 *
 * An event exists exactly when the transaction that published it is committed. Delivery is at least once, in the order
 * of publication for one key; a subscriber dedupes by `id` in its own transaction.
 */
#ifndef GANTRY_EVENTS_H
#define GANTRY_EVENTS_H

#include "base.h"
#include "document.h"

#define GANTRY_EVENTS_ID "gantry.events"
#define GANTRY_SUBSCRIBER_ID "gantry.module.events"

/* A CloudEvent, as delivered. Borrowed until `deliver` returns. */
typedef struct gantry_event_v1 {
    uint32_t subscription; /* position in the description's list */
    uint32_t attempt;      /* counted from 1 */
    gantry_str_v1 id;
    gantry_str_v1 source; /* id of the module that published it */
    gantry_str_v1 type;
    gantry_str_v1 key; /* ordering key; empty when there is none */
    int64_t time_milliseconds;
    gantry_document_v1 data;
} gantry_event_v1;

typedef struct gantry_events_v1 {
    /*
     * Publishes with the transaction. `type` must stand under `events.publishes` of the manifest, `data` is a JSON
     * object of at most 256 KiB. The event's id is written to `out_id` (36 bytes) unless it is NULL.
     */
    int32_t (*publish)(const gantry_call_v1 *call, uint64_t transaction, gantry_str_v1 type, gantry_str_v1 key,
                       gantry_str_v1 data GANTRY_BORROWED, uint8_t *out_id,
                       gantry_error_v1 *error) GANTRY_THREAD(transaction);
} gantry_events_v1;

typedef struct gantry_subscriber_v1 {
    /* GANTRY_OK: done. Anything else: tried again later with backoff, then put among the dead letters. */
    int32_t (*deliver)(void *instance, const gantry_call_v1 *call, const gantry_event_v1 *event GANTRY_BORROWED,
                       gantry_error_v1 *error) GANTRY_THREAD(host);
} gantry_subscriber_v1;

#endif
