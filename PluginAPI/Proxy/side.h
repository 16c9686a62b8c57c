/* side.h: what the loopback and the life cycle need of both sides. */
#ifndef GANTRY_PROXY_SIDE_H
#define GANTRY_PROXY_SIDE_H

#include "runtime.h"

enum { PROXY_IS_HOST = 253, PROXY_IS_MODULE = 254, PROXY_IS_INSTANCE = 255, PROXY_MODULE_TABLES = 16 };

/* A module as the module's side knows it. Never freed, as libraries are never unmapped. */
struct proxy_module {
    gantry_module_v1 real;
    const void *tables[PROXY_MODULE_TABLES];
    _Atomic(struct proxy_export *) exports; /* functions that the host has asked for, by service */
};

/* A module or an instance as the host's side knows it: what it holds for the module's own pointer. */
typedef struct proxy_remote {
    gantry_proxy_link link;
    uint64_t token;
    uint64_t scope; /* token of the host that the instance was given; 0 for a module */
    struct proxy_kept *kept; /* what the module describes; NULL before it was asked */
} proxy_remote;

/* A remote, which holds its link; NULL without memory. */
proxy_remote *proxy_make_remote(gantry_proxy_link link, uint64_t token, uint64_t scope);
void proxy_free_remote(proxy_remote *remote);

/* The module's side: takes a module in and gives its token; 0 without memory. */
uint64_t proxy_admit(gantry_proxy_link link, const gantry_module_v1 *real);
/* The module that the next word names; breaks the cursor when there is none. */
proxy_module *proxy_get_module(proxy_service *service);

/* The module's side: how it reaches the host. */
void proxy_connect_host(gantry_proxy_link link);

/* The module's side: loads and enters what the worker was made for. */
int32_t proxy_serve_enter(proxy_service *service);

/* `query` as either side sees the other. */
int32_t proxy_query_host(uint64_t scope, gantry_str_v1 id, uint32_t revision, const void **out_table);
int32_t proxy_query_module(void *module, gantry_str_v1 id, uint32_t revision, const void **out_table);

#endif
