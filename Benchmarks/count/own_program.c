/*
 * Preloaded into a host that runs under valgrind. There, `/proc/self/exe` is valgrind itself, so that the process in
 * which the host tries a library would not be the host. This puts the path that COUNTED_PROGRAM names in its place.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>

typedef int spawn_function(
    pid_t *, const char *, const posix_spawn_file_actions_t *, const posix_spawnattr_t *, char *const[], char *const[]);

int posix_spawn(
    pid_t *process, const char *path, const posix_spawn_file_actions_t *actions, const posix_spawnattr_t *attributes,
    char *const arguments[], char *const environment[]) {
    spawn_function *next = (spawn_function *)dlsym(RTLD_NEXT, "posix_spawn");
    const char *program = getenv("COUNTED_PROGRAM");
    if (program != NULL && strcmp(path, "/proc/self/exe") == 0) {
        path = program;
    }
    return next(process, path, actions, attributes, arguments, environment);
}
