/* loopback.h: both sides of the proxy in one process, and who is told what goes between them. */
#ifndef GANTRY_PROXY_LOOPBACK_H
#define GANTRY_PROXY_LOOPBACK_H

#include "include/gantry_recording.h"
#include "side.h"

typedef struct proxy_loop {
    gantry_proxy_link to_host, to_module;
    gantry_proxy_peer host, module; /* each believes the other: they are one process */
    gantry_proxy_recorder *recorder; /* told of each exchange before it is served and after; NULL for nobody */
} proxy_loop;

/* A loop's links, which lead to itself; for its initializer. */
int32_t proxy_loop_to_host(void *loop, const gantry_proxy_frame *request, gantry_proxy_frame *out_answer);
int32_t proxy_loop_to_module(void *loop, const gantry_proxy_frame *request, gantry_proxy_frame *out_answer);
#define PROXY_LOOP(loop)                                                                                              \
    {.to_host = {proxy_loop_to_host, &(loop), &(loop).host},                                                          \
     .to_module = {proxy_loop_to_module, &(loop), &(loop).module}}

/* Puts the loop around a module that was entered. */
int32_t proxy_loop_around(proxy_loop *loop, const gantry_module_v1 *module, gantry_module_v1 *out_module);

#endif
