/*
 * gantry/webhooks.h: table "gantry.webhooks", revision 1, implemented by the host: addresses outside that hear of the
 * instance's events. Needs the capability `webhooks` and the section `webhooks` of the manifest, which says what can be
 * subscribed to and how many webhooks a tenant may have.
 *
 * The host delivers by itself: every event of a subscribed type that a transaction publishes is sent to each webhook
 * that is on when the transaction commits, at least once, signed as Standard Webhooks 1.0.0 says, again with growing
 * waits when it fails. A webhook that answers 410, or whose deliveries fail again and again, is switched off, which is
 * an event of its own. Secrets are made by the host and never handed out again.
 */
#ifndef GANTRY_WEBHOOKS_H
#define GANTRY_WEBHOOKS_H

#include "base.h"

#define GANTRY_WEBHOOKS_ID "gantry.webhooks"

/* Codes of the error record. */
enum gantry_webhook_fault_v1 {
    GANTRY_WEBHOOK_URL_NOT_ALLOWED = 1, /* with GANTRY_E_DENIED: not https, or it leads to where it must not */
    GANTRY_WEBHOOK_EVENT_UNKNOWN = 2    /* with GANTRY_E_INVALID: a type that cannot be subscribed to */
};

/* Which members of a gantry_webhook_change_v1 are given. */
enum gantry_webhook_member_v1 {
    GANTRY_WEBHOOK_URL = 1,
    GANTRY_WEBHOOK_EVENTS = 2,
    GANTRY_WEBHOOK_DESCRIPTION = 4,
    GANTRY_WEBHOOK_NO_DESCRIPTION = 8, /* takes the description away */
    GANTRY_WEBHOOK_ON = 16,
    GANTRY_WEBHOOK_OFF = 32
};

enum gantry_webhook_delivery_state_v1 {
    GANTRY_WEBHOOK_PENDING = 0, /* waits, is under way or will be tried again */
    GANTRY_WEBHOOK_SUCCEEDED = 1,
    GANTRY_WEBHOOK_FAILED = 2
};

/* A webhook as it is. */
typedef struct gantry_webhook_v1 {
    gantry_str_v1 id; /* a UUID */
    gantry_str_v1 url;
    const gantry_str_v1 *events; /* types, as they were given */
    uint64_t event_count;
    gantry_str_v1 description;
    gantry_str_v1 secret;     /* `whsec_` and 256 bits in base64 from `create` and `rotate_secret`; else empty */
    uint32_t has_description; /* 0: there is none, which is not the same as an empty one */
    uint32_t is_on;
    uint64_t failure_count; /* deliveries in a row that failed for good */
    int64_t disabled_milliseconds; /* since 1970-01-01T00:00:00Z; 0 while it is on */
    int64_t created_milliseconds;
    int64_t updated_milliseconds; /* last change by a caller or by being switched off */
} gantry_webhook_v1;

/* What became of one event on its way to one webhook. */
typedef struct gantry_webhook_delivery_v1 {
    gantry_str_v1 id; /* a UUID */
    gantry_str_v1 event_type;
    uint32_t state;         /* gantry_webhook_delivery_state_v1 */
    uint32_t http_status;   /* of the last attempt; 0 when no answer came */
    uint32_t attempt_count; /* attempts that are over */
    uint32_t reserved;
    int64_t created_milliseconds;
    int64_t completed_milliseconds; /* 0 while pending */
} gantry_webhook_delivery_v1;

/* What a webhook is to be. */
typedef struct gantry_webhook_change_v1 {
    uint32_t members; /* sum of gantry_webhook_member_v1 */
    uint32_t reserved;
    gantry_str_v1 url; /* https, without user and fragment, at most 2048 bytes */
    gantry_str_v1 description; /* at most 2000 bytes */
    const gantry_str_v1 *events; /* at least one; a set, whose order has no meaning */
    uint64_t event_count;
} gantry_webhook_change_v1;

/* Takes a webhook that is borrowed until it returns. GANTRY_END: enough. */
typedef int32_t (*gantry_webhook_fn_v1)(void *context, const gantry_webhook_v1 *webhook);

/* Takes a delivery that is borrowed until it returns. GANTRY_END: enough. */
typedef int32_t (*gantry_webhook_delivery_fn_v1)(void *context, const gantry_webhook_delivery_v1 *delivery);

/* Everything that changes something is durable on GANTRY_OK. An `id` that names nothing answers GANTRY_END. */
typedef struct gantry_webhooks_v1 {
    /*
     * Whether a URL may be one of a webhook, as far as can be said without looking its host up: GANTRY_E_DENIED with
     * GANTRY_WEBHOOK_URL_NOT_ALLOWED where it may not. `create` and `update` look closer.
     */
    int32_t (*check)(const gantry_call_v1 *call, gantry_str_v1 url GANTRY_BORROWED,
                     gantry_error_v1 *error) GANTRY_THREAD(any);
    /* Tells of all webhooks, oldest first. */
    int32_t (*list)(const gantry_call_v1 *call, gantry_webhook_fn_v1 on_webhook, void *context,
                    gantry_error_v1 *error) GANTRY_THREAD(blocking);
    /* Tells of one, and then of at most `limit` of its deliveries, newest first. `on_delivery` may be NULL. */
    int32_t (*read)(const gantry_call_v1 *call, gantry_str_v1 id, uint64_t limit, gantry_webhook_fn_v1 on_webhook,
                    void *context, gantry_webhook_delivery_fn_v1 on_delivery, void *delivery_context,
                    gantry_error_v1 *error) GANTRY_THREAD(blocking);
    /*
     * Makes one, which is on, and tells of it with its secret. `change` gives URL and events at least.
     * GANTRY_E_LIMIT: the tenant has as many as the manifest allows. Looks the URL's host up, which takes some seconds
     * at the most.
     */
    int32_t (*create)(const gantry_call_v1 *call, const gantry_webhook_change_v1 *change GANTRY_BORROWED,
                      gantry_webhook_fn_v1 on_webhook, void *context, gantry_error_v1 *error) GANTRY_THREAD(blocking);
    /*
     * Changes what is given and tells of the webhook as it is then; what it is already is no change. Switching one on
     * forgets its failures; switching one off drops what waits for it and is announced.
     */
    int32_t (*update)(const gantry_call_v1 *call, gantry_str_v1 id,
                      const gantry_webhook_change_v1 *change GANTRY_BORROWED, gantry_webhook_fn_v1 on_webhook,
                      void *context, gantry_error_v1 *error) GANTRY_THREAD(blocking);
    /* Removes one with its deliveries; those that wait are dropped. */
    int32_t (*remove)(const gantry_call_v1 *call, gantry_str_v1 id, gantry_error_v1 *error) GANTRY_THREAD(blocking);
    /*
     * Makes a new secret and tells of the webhook with it. The one before stays good for 24 hours, in which deliveries
     * carry a signature made with each; one older than that ends at once.
     */
    int32_t (*rotate_secret)(const gantry_call_v1 *call, gantry_str_v1 id, gantry_webhook_fn_v1 on_webhook,
                             void *context, gantry_error_v1 *error) GANTRY_THREAD(blocking);
    /* Queues a trial event to this webhook alone, also when it is off. It is sent once and counts as no failure. */
    int32_t (*test)(const gantry_call_v1 *call, gantry_str_v1 id, gantry_error_v1 *error) GANTRY_THREAD(blocking);
} gantry_webhooks_v1;

#endif
