/*
 * gantry/directory.h: table "gantry.directory", revision 1, implemented by the host: the API keys, the organization and
 * the people of the tenant of a call. Needs the capability `directory`.
 *
 * Who acts is the principal of the call; of an event or a job it is nobody. Which callers may do what is for the routes
 * of the module to say (`role`, `keys`, `tenantless`); what must hold at the moment of a change is checked here. For a
 * user who belongs to no tenant there are `organization`, `set_organization` and `accept_invitation`: all else is
 * GANTRY_E_DENIED, although such a call runs in the default tenant's instance.
 *
 * A change is durable on GANTRY_OK, and from then on every request is judged by it. It is told to every module of the
 * tenant that has this capability and subscribes to it, as events of the publisher `platform`
 * (Documentation/AUTHORING.md).
 *
 * Times are milliseconds since 1970-01-01T00:00:00Z, 0 for none. An empty text stands for none.
 */
#ifndef GANTRY_DIRECTORY_H
#define GANTRY_DIRECTORY_H

#include "base.h"

#define GANTRY_DIRECTORY_ID "gantry.directory"

/* Codes of the error record. */
enum gantry_directory_refusal_v1 {
    GANTRY_DIRECTORY_TENANT_REQUIRED = 1, /* with GANTRY_E_DENIED: the caller belongs to no tenant */
    GANTRY_DIRECTORY_USER_REQUIRED = 2,   /* with GANTRY_E_DENIED: only a user can do this */
    GANTRY_DIRECTORY_KEY_LIMIT = 3,       /* with GANTRY_E_LIMIT: the tenant has as many good keys as it may */
    GANTRY_DIRECTORY_BELONGS = 4,         /* with GANTRY_E_CONFLICT: the user belongs to a tenant by now */
    GANTRY_DIRECTORY_ONESELF = 5,         /* with GANTRY_E_CONFLICT: nobody removes himself */
    GANTRY_DIRECTORY_LAST_ADMIN = 6,      /* with GANTRY_E_CONFLICT: a tenant keeps at least one admin */
    GANTRY_DIRECTORY_ROLE = 7,            /* with GANTRY_E_DENIED: only a superadmin may do this */
    GANTRY_DIRECTORY_EXISTS = 8,          /* with GANTRY_E_CONFLICT: the address is a member's or invited */
    GANTRY_DIRECTORY_NOT_PROVISIONED = 9  /* with GANTRY_E_FAILED: the operator has set no modules for new tenants */
};

/* The key that a module asks for. It acts as a `user`. */
typedef struct gantry_key_order_v1 {
    gantry_str_v1 name;        /* at most 400 bytes */
    gantry_str_v1 description; /* at most 4096 bytes */
    int64_t lifetime_seconds;  /* 0: it has no end */
    uint32_t limit;            /* good keys that the tenant may have, this one included; 0: any number */
    uint32_t reserved;
} gantry_key_order_v1;

/* An API key as it is listed. */
typedef struct gantry_key_v1 {
    gantry_str_v1 id; /* a UUID */
    gantry_str_v1 name;
    gantry_str_v1 description;
    gantry_str_v1 text; /* from `issue_key` the key itself, shown this once and kept nowhere; else empty */
    int64_t created_milliseconds;
    int64_t expires_milliseconds;
    int64_t used_milliseconds; /* lags by up to a minute */
    int64_t revoked_milliseconds;
} gantry_key_v1;

/* What an organization says of itself. */
typedef struct gantry_organization_order_v1 {
    gantry_str_v1 name;       /* 1 to 1024 bytes; of the others at most 4096 */
    gantry_str_v1 phone;
    gantry_str_v1 address;
    gantry_str_v1 tax_kind;   /* in the module's own words */
    gantry_str_v1 tax_number;
} gantry_organization_order_v1;

/* The organization of a tenant. */
typedef struct gantry_organization_v1 {
    gantry_str_v1 id;
    gantry_str_v1 tenant;
    gantry_str_v1 name;
    gantry_str_v1 phone;
    gantry_str_v1 address;
    gantry_str_v1 tax_kind;
    gantry_str_v1 tax_number;
    int64_t created_milliseconds;
    int64_t updated_milliseconds;
} gantry_organization_v1;

/* A person of the tenant: somebody who was given a place, or has come with a token that names the tenant. */
typedef struct gantry_member_v1 {
    gantry_str_v1 user;  /* the user's id, as in gantry_principal_v1 */
    gantry_str_v1 email; /* empty where no token of the user has told it */
    gantry_str_v1 role;  /* `user`, `admin` or `superadmin` */
    int64_t joined_milliseconds;
} gantry_member_v1;

/* The invitation that a module asks for. */
typedef struct gantry_invitation_order_v1 {
    gantry_str_v1 email; /* at most 254 bytes */
    gantry_str_v1 role;  /* `user`, `admin` or `superadmin` */
    int64_t lifetime_seconds; /* 1 to 31536000 */
} gantry_invitation_order_v1;

/* An invitation that is open. */
typedef struct gantry_invitation_v1 {
    gantry_str_v1 id; /* a UUID */
    gantry_str_v1 email;
    gantry_str_v1 role;
    gantry_str_v1 invited_by; /* the id of the user; empty for the operator */
    gantry_str_v1 text; /* from `invite` what the invited person is to show, kept nowhere; else empty */
    int64_t invited_milliseconds;
    int64_t expires_milliseconds;
} gantry_invitation_v1;

/* Takes a key that is borrowed until it returns. GANTRY_END: enough. */
typedef int32_t (*gantry_key_fn_v1)(void *context, const gantry_key_v1 *key);
/* Takes an organization that is borrowed until it returns. */
typedef int32_t (*gantry_organization_fn_v1)(void *context, const gantry_organization_v1 *organization);
/* Takes a member who is borrowed until it returns. GANTRY_END: enough. */
typedef int32_t (*gantry_member_fn_v1)(void *context, const gantry_member_v1 *member);
/* Takes an invitation that is borrowed until it returns. GANTRY_END: enough. */
typedef int32_t (*gantry_invitation_fn_v1)(void *context, const gantry_invitation_v1 *invitation);

typedef struct gantry_directory_v1 {
    /* Issues a key and tells of it; with KEY_LIMIT none, also when several are asked for at the same moment. */
    int32_t (*issue_key)(const gantry_call_v1 *call, const gantry_key_order_v1 *order GANTRY_BORROWED,
                         gantry_key_fn_v1 on_key, void *context, gantry_error_v1 *error) GANTRY_THREAD(blocking);
    /* Tells of all keys, those that have ended too, newest first. */
    int32_t (*keys)(const gantry_call_v1 *call, gantry_key_fn_v1 on_key, void *context,
                    gantry_error_v1 *error) GANTRY_THREAD(blocking);
    /* Ends a key at once, and leaves one alone that has ended; GANTRY_END when there is none of the id. */
    int32_t (*revoke_key)(const gantry_call_v1 *call, gantry_str_v1 id, gantry_error_v1 *error) GANTRY_THREAD(blocking);
    /* Tells of the organization; GANTRY_END when there is none. */
    int32_t (*organization)(const gantry_call_v1 *call, gantry_organization_fn_v1 on_organization, void *context,
                            gantry_error_v1 *error) GANTRY_THREAD(blocking);
    /*
     * Creates or replaces the organization and tells of it. For a user who belongs to no tenant it makes one, with the
     * modules that the operator has set for that, this organization, and the user as its first admin: all of it or
     * nothing. The tokens that the user holds stand for that tenant from then on. Of two such calls at one moment one
     * gets BELONGS.
     */
    int32_t (*set_organization)(const gantry_call_v1 *call, const gantry_organization_order_v1 *order GANTRY_BORROWED,
                                gantry_organization_fn_v1 on_organization, void *context,
                                gantry_error_v1 *error) GANTRY_THREAD(blocking);
    /* Tells of all members in the order of joining. */
    int32_t (*members)(const gantry_call_v1 *call, gantry_member_fn_v1 on_member, void *context,
                       gantry_error_v1 *error) GANTRY_THREAD(blocking);
    /* Tells of one member; GANTRY_END when the user is none. */
    int32_t (*member)(const gantry_call_v1 *call, gantry_str_v1 user, gantry_member_fn_v1 on_member, void *context,
                      gantry_error_v1 *error) GANTRY_THREAD(blocking);
    /*
     * Removes a member: whatever tokens the person holds stand for no tenant from then on. Refused for oneself, for the
     * last admin, and for a superadmin unless the caller is one. GANTRY_END when the user is no member.
     */
    int32_t (*remove_member)(const gantry_call_v1 *call, gantry_str_v1 user,
                             gantry_error_v1 *error) GANTRY_THREAD(blocking);
    /* Tells of all open invitations in their order. */
    int32_t (*invitations)(const gantry_call_v1 *call, gantry_invitation_fn_v1 on_invitation, void *context,
                           gantry_error_v1 *error) GANTRY_THREAD(blocking);
    /* Invites somebody and tells of it. Sending the text to the person is the module's part. */
    int32_t (*invite)(const gantry_call_v1 *call, const gantry_invitation_order_v1 *order GANTRY_BORROWED,
                      gantry_invitation_fn_v1 on_invitation, void *context,
                      gantry_error_v1 *error) GANTRY_THREAD(blocking);
    /* Takes an invitation back; GANTRY_END when there is none of the id. */
    int32_t (*withdraw_invitation)(const gantry_call_v1 *call, gantry_str_v1 id,
                                   gantry_error_v1 *error) GANTRY_THREAD(blocking);
    /*
     * Gives the calling user, who belongs to no tenant, the place that the invitation with this text promises, and
     * tells of it; GANTRY_END when no open invitation has that text.
     */
    int32_t (*accept_invitation)(const gantry_call_v1 *call, gantry_str_v1 text, gantry_member_fn_v1 on_member,
                                 void *context, gantry_error_v1 *error) GANTRY_THREAD(blocking);
} gantry_directory_v1;

#endif
