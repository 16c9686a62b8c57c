/*
 * Touches the process before it is created for a tenant. The compiler is told where (CONSTRUCTOR, ENTRY or DESCRIBE)
 * and what (EFFECT, one of the functions below).
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <locale.h>
#include <pthread.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>
#if defined(DESCRIBE)
#define FIXTURE_DESCRIBE describe_and_touch
#endif
#include <gantry/gantry.h>
static int32_t describe_and_touch(void *module, const gantry_description_v1 **out);
#include "../fixture.h"

__attribute__((unused)) static void *wait_for_ever(void *context) {
    for (;;) pause();
    return context;
}
__attribute__((unused)) static void thread(void) {
    pthread_t thread;
    pthread_create(&thread, NULL, wait_for_ever, NULL);
}
__attribute__((unused)) static void process(void) {
    if (fork() == 0) wait_for_ever(NULL);
}
__attribute__((unused)) static void handler(void) { signal(SIGUSR1, SIG_IGN); }
__attribute__((unused)) static void environment(void) { setenv("TZ", "Mars", 1); }
__attribute__((unused)) static void folder(void) { (void)!chdir("/"); }
__attribute__((unused)) static void opened(void) { open("/dev/null", O_RDONLY); }
__attribute__((unused)) static void closed(void) { close(0); }
__attribute__((unused)) static void mask(void) { umask(0123); }
__attribute__((unused)) static void language(void) { setlocale(LC_ALL, "C.UTF-8"); }
__attribute__((unused)) static void limit(void) {
    struct rlimit limit = {7, 7};
    setrlimit(RLIMIT_CORE, &limit);
}
__attribute__((unused)) static void timer(void) { alarm(1000); }
__attribute__((unused)) static void blocked(void) {
    sigset_t signals;
    sigfillset(&signals);
    sigprocmask(SIG_BLOCK, &signals, NULL);
}
__attribute__((unused)) static void printed(void) { (void)!write(1, "hello from the constructor\n", 27); }
__attribute__((unused)) static void ended(void) { _exit(3); }
__attribute__((unused)) static void crash(void) { *(volatile int *)8 = 1; }
__attribute__((unused)) static void hang(void) { wait_for_ever(NULL); }

static int32_t describe_and_touch(void *module, const gantry_description_v1 **out) {
#if defined(DESCRIBE)
    EFFECT();
#endif
    return describe(module, out);
}
FIXTURE_NOTE
FIXTURE_TABLES(handle_well)
#if defined(CONSTRUCTOR)
__attribute__((constructor)) static void construct(void) { EFFECT(); }
#endif
int32_t gantry_entry_v1(const gantry_host_v1 *host, gantry_module_v1 *out_module) {
    (void)host, (void)describe_and_touch;
#if defined(ENTRY)
    EFFECT();
#endif
    out_module->module = NULL;
    out_module->query = tables;
    return GANTRY_OK;
}
