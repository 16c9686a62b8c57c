/* restrict.c: what the process takes from itself while it has one thread and none of the module's code. */
#define _GNU_SOURCE
#include "worker.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <gantry_channel.h>
#include <gantry_linux.h>
#include <gantry_services.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

/* What the dynamic linker and the C library read; nothing of it is a secret of the operator's. */
static const char *const system_paths[] = {
    "/lib", "/lib64", "/usr/lib", "/usr/lib64", "/usr/local/lib", "/etc/ld.so.cache", "/etc/localtime",
    "/usr/share/zoneinfo", "/dev/null", "/dev/zero", "/dev/random", "/dev/urandom",
};
enum { SYSTEM_PATHS = sizeof system_paths / sizeof *system_paths };

void worker_fail(int socket, int code, const char *what) {
    char text[512];
    snprintf(text, sizeof text, what, strerror(errno));
    gantry_channel_report(socket, text);
    fprintf(stderr, "gantry-worker: %s\n", text);
    _exit(code);
}

/* Closes all descriptors but the first three and the channel's. */
static void close_others(const struct worker_options *options) {
    unsigned low = (unsigned)options->socket, high = (unsigned)options->memory;
    if (low > high) {
        unsigned swapped = low;
        low = high;
        high = swapped;
    }
    if (low > 3) (void)syscall(SYS_close_range, 3u, low - 1, 0);
    if (high > low + 1) (void)syscall(SYS_close_range, low + 1, high - 1, 0);
    (void)syscall(SYS_close_range, high + 1, ~0u, 0);
}

static void limit(int socket, __rlimit_resource_t resource, uint64_t value) {
    struct rlimit now;
    if (getrlimit(resource, &now) != 0) worker_fail(socket, GANTRY_WORKER_LIMITS, "A limit cannot be read: %s.");
    /* What the operator allows less of than was asked for stays so. */
    rlim_t most = now.rlim_max != RLIM_INFINITY && now.rlim_max < value ? now.rlim_max : value;
    struct rlimit wanted = {most, most};
    if (setrlimit(resource, &wanted) != 0) worker_fail(socket, GANTRY_WORKER_LIMITS, "A limit cannot be set: %s.");
}

/* How far behind the host a worker stands where the processor is short; see setpriority(2). One that computes without
 * end then leaves the host and everybody in it the most of it, and what is idle it may have. */
enum { NICENESS = 5 };

static void set_limits(const struct worker_options *options) {
    /* Nothing is refused for it: a worker that was begun further behind stays there. */
    if (getpriority(PRIO_PROCESS, 0) < NICENESS) (void)setpriority(PRIO_PROCESS, 0, NICENESS);
    limit(options->socket, RLIMIT_CORE, 0);
    limit(options->socket, RLIMIT_MEMLOCK, 0);
    limit(options->socket, RLIMIT_MSGQUEUE, 0);
    limit(options->socket, RLIMIT_NOFILE, options->open_files);
    if (options->processes != 0) limit(options->socket, RLIMIT_NPROC, options->processes);
    if (options->memory_bytes == 0) return;
    /* Each arena of the C library reserves far more addresses than it uses. */
    (void)mallopt(M_ARENA_MAX, 2);
    limit(options->socket, RLIMIT_AS, options->memory_bytes);
}

/* Moves into the group, whose limits then hold for this process and all that it takes. */
static void join_group(const struct worker_options *options) {
    char path[4096];
    if (options->group == NULL) return;
    int size = snprintf(path, sizeof path, "%s/cgroup.procs", options->group);
    int file = size < (int)sizeof path ? open(path, O_WRONLY | O_CLOEXEC) : -1;
    if (file < 0 || write(file, "0", 1) != 1)
        worker_fail(options->socket, GANTRY_WORKER_LIMITS, "The cgroup cannot be joined: %s.");
    close(file);
}

/* Libraries of the system and of the language, from where this program's own come from: before their files are out of
 * reach. They are the operator's, not the module's. */
static void load_needed(const struct worker_options *options) {
    for (uint32_t index = 0; index < options->needed_count; index++)
        if (dlopen(options->needed[index], RTLD_NOW | RTLD_GLOBAL | RTLD_NODELETE) == NULL) {
            char text[512];
            snprintf(text, sizeof text, "A library that the module needs cannot be loaded: %s.", dlerror());
            gantry_channel_report(options->socket, text);
            _exit(GANTRY_WORKER_CHANNEL);
        }
}

static void close_files(const struct worker_options *options) {
    const char *paths[SYSTEM_PATHS + WORKER_LIST + 1];
    uint32_t count = 0;
    for (uint32_t index = 0; index < SYSTEM_PATHS; index++) paths[count++] = system_paths[index];
    for (uint32_t index = 0; index < options->read_count; index++) paths[count++] = options->reads[index];
    paths[count++] = options->library;
    if (gantry_landlock_restrict(paths, count) != 0)
        worker_fail(options->socket, GANTRY_WORKER_LANDLOCK, "Landlock cannot take files from the process: %s.");
}

void worker_restrict(const struct worker_options *options) {
    close_others(options);
    (void)fcntl(options->socket, F_SETFD, FD_CLOEXEC);
    (void)fcntl(options->memory, F_SETFD, FD_CLOEXEC);
    /* A host that dies takes its workers with it, also one that never looks at its socket. */
    if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) != 0 || prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0)
        worker_fail(options->socket, GANTRY_WORKER_LIMITS, "The process cannot be tied to the host: %s.");
    join_group(options);
    load_needed(options);
    /* libffi looks at its own file once; without that a module finds no services of others, and no more. */
    (void)gantry_service_prepare();
    set_limits(options);
    /* Landlock holds for a thread and those it starts: one that exists already would keep everything. */
    if (gantry_count_threads() != 1) {
        errno = EBUSY;
        worker_fail(options->socket, GANTRY_WORKER_THREADS, "The process has several threads already: %s.");
    }
    if (gantry_drop_capabilities() != 0)
        worker_fail(options->socket, GANTRY_WORKER_LIMITS, "Capabilities cannot be given up: %s.");
    close_files(options);
    if (gantry_filter_calls() != 0)
        worker_fail(options->socket, GANTRY_WORKER_SECCOMP, "The filter of calls cannot be set: %s.");
}
