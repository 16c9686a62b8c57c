/*
 * gantry/identity.h: table "gantry.identity", revision 1, implemented by the host: who calls, and tokens for modules
 * that issue some. `principal` needs nothing; the other functions need the capability `identity` and answer
 * GANTRY_E_DENIED without it. Keys and credentials never leave the host.
 */
#ifndef GANTRY_IDENTITY_H
#define GANTRY_IDENTITY_H

#include "base.h"

#define GANTRY_IDENTITY_ID "gantry.identity"

enum gantry_principal_kind_v1 {
    GANTRY_PRINCIPAL_NONE = 0,
    GANTRY_PRINCIPAL_USER = 1,
    GANTRY_PRINCIPAL_KEY = 2,
    GANTRY_PRINCIPAL_TOKEN = 3 /* a token that this module issued for this tenant */
};

/* Who is calling, as the host verified it. A module never sees a credential. */
typedef struct gantry_principal_v1 {
    uint32_t kind; /* gantry_principal_kind_v1 */
    uint32_t reserved;
    gantry_str_v1 subject; /* user id, id of the key, or the subject of the module's token; empty for none */
    gantry_str_v1 role;    /* `user`, `admin` or `superadmin` in the host's words, or the token's; empty for none */
    gantry_str_v1 token;   /* id of the module's token; empty for every other kind */
    gantry_str_v1 claims;  /* JSON object that the module put into its token; empty for every other kind */
} gantry_principal_v1;

/* Takes a principal that is borrowed until it returns. */
typedef int32_t (*gantry_principal_fn_v1)(void *context, const gantry_principal_v1 *principal);

/* The token that a module asks for. `kind` and `role` must stand under `issues` of its manifest. */
typedef struct gantry_token_order_v1 {
    gantry_str_v1 kind;
    gantry_str_v1 subject; /* 1 to 256 bytes */
    gantry_str_v1 role;
    gantry_str_v1 claims;     /* JSON object of at most 4 KiB, or empty */
    int64_t lifetime_seconds; /* at least 1; more than the manifest allows is refused, not cut */
} gantry_token_order_v1;

/* A minted token. `text` is the credential: it is shown once and not kept by the host in readable form. */
typedef struct gantry_token_v1 {
    gantry_str_v1 id;
    gantry_str_v1 text;
    int64_t expires_milliseconds; /* since 1970-01-01T00:00:00Z */
} gantry_token_v1;

/* Takes a token that is borrowed until it returns. */
typedef int32_t (*gantry_token_fn_v1)(void *context, const gantry_token_v1 *token);

typedef struct gantry_identity_v1 {
    /* Who made the request of `call`, also after the handler has returned; kind NONE for events, jobs and the rest. */
    int32_t (*principal)(const gantry_call_v1 *call, gantry_principal_fn_v1 on_principal,
                         void *context) GANTRY_THREAD(any);
    /* Mints a token for the tenant of `call` and hands it to `on_token` before returning. Durable then. */
    int32_t (*mint)(const gantry_call_v1 *call, const gantry_token_order_v1 *order GANTRY_BORROWED,
                    gantry_token_fn_v1 on_token, void *context, gantry_error_v1 *error) GANTRY_THREAD(blocking);
    /*
     * Verifies a token of this module and tenant, such as one received in a body. GANTRY_E_DENIED for every other one,
     * expired and revoked ones among them, without saying which.
     */
    int32_t (*verify)(const gantry_call_v1 *call, gantry_str_v1 text GANTRY_BORROWED,
                      gantry_principal_fn_v1 on_principal, void *context,
                      gantry_error_v1 *error) GANTRY_THREAD(blocking);
    /* Revokes one token by its id; GANTRY_END when there is no such token. Holds from the next request on. */
    int32_t (*revoke)(const gantry_call_v1 *call, gantry_str_v1 id, gantry_error_v1 *error) GANTRY_THREAD(blocking);
    /* Revokes all tokens of one kind for a subject, and says how many there were. */
    int32_t (*revoke_subject)(const gantry_call_v1 *call, gantry_str_v1 kind, gantry_str_v1 subject,
                              uint64_t *out_count, gantry_error_v1 *error) GANTRY_THREAD(blocking);
} gantry_identity_v1;

#endif
