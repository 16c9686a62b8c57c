/* main.c: a process for one module. It restricts itself while it has one thread, and loads the library only then. */
#define _GNU_SOURCE
#include "worker.h"

#include <dlfcn.h>
#include <gantry_channel.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { STACK_BYTES = 1 << 20, CONTROL_STACK_BYTES = 128 << 10 };

struct lane_thread {
    gantry_channel *channel;
    uint32_t lane;
};

static void *serve_lane(void *argument) {
    struct lane_thread thread = *(struct lane_thread *)argument;
    free(argument);
    gantry_channel_serve(thread.channel, thread.lane);
    return NULL;
}

static void *control(void *channel) {
    gantry_channel_control(channel);
    /* The host is gone, or wants this process gone: there is nobody to end anything for. */
    _exit(GANTRY_WORKER_DONE);
}

static int begin_thread(void *(*run)(void *), void *argument, uint64_t stack_bytes) {
    pthread_attr_t attributes;
    pthread_t thread;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, stack_bytes);
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    int result = pthread_create(&thread, &attributes, run, argument);
    pthread_attr_destroy(&attributes);
    return result;
}

/* The first lane has the first thread. */
static int32_t start(void *context, gantry_channel *channel, uint32_t lane) {
    (void)context;
    if (lane == 0) return 1;
    struct lane_thread *thread = malloc(sizeof *thread);
    if (thread == NULL) return 0;
    *thread = (struct lane_thread){channel, lane};
    if (begin_thread(serve_lane, thread, STACK_BYTES) == 0) return 1;
    free(thread);
    return 0;
}

static gantry_entry_fn_v1 load(void *context, char *out_reason, uint64_t capacity) {
    const struct worker_options *options = context;
    void *library = dlopen(options->library, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
    if (library == NULL) {
        snprintf(out_reason, capacity, "The library cannot be loaded: %s.", dlerror());
        return NULL;
    }
    gantry_entry_fn_v1 entry = (gantry_entry_fn_v1)dlsym(library, "gantry_entry_v1");
    if (entry == NULL) snprintf(out_reason, capacity, "The library has no function `gantry_entry_v1`.");
    return entry;
}

int main(int count, char **arguments) {
    static struct worker_options options;
    static const gantry_channel_owner owner = {.start = start};
    const char *fault;
    gantry_channel *channel;
    if (worker_parse(count, arguments, &options, &fault) != 0) {
        fprintf(stderr, "gantry-worker: wrong command line: %s. It is started by gantry, not by hand.\n", fault);
        return GANTRY_WORKER_USAGE;
    }
    worker_restrict(&options);
    if (gantry_channel_join(options.socket, options.memory, &owner, &channel) != GANTRY_OK)
        worker_fail(options.socket, GANTRY_WORKER_CHANNEL, "The descriptors are no channel of this version.");
    gantry_channel_offer(channel, load, &options);
    if (begin_thread(control, channel, CONTROL_STACK_BYTES) != 0)
        worker_fail(options.socket, GANTRY_WORKER_LIMITS, "The first thread cannot be started: %s.");
    gantry_channel_serve(channel, 0);
    /* The thread of the control ends the process. */
    for (;;) pause();
}
