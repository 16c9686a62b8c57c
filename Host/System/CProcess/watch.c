/* watch.c: processes as descriptors. The C library has no functions for them everywhere. */
#define _GNU_SOURCE
#include "watch.h"

#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

int gantry_watch_open(pid_t process) {
    /* Such a descriptor closes on exec by itself. */
    return (int)syscall(SYS_pidfd_open, process, 0);
}

int gantry_watch_signal(int descriptor, int signal) {
    return (int)syscall(SYS_pidfd_send_signal, descriptor, signal, NULL, 0);
}

int gantry_watch_close_from(posix_spawn_file_actions_t *actions, int descriptor) {
    return posix_spawn_file_actions_addclosefrom_np(actions, descriptor);
}

int gantry_watch_take(int descriptor, gantry_watch_end *out_end) {
    siginfo_t information;
    memset(&information, 0, sizeof information);
    int result;
    do result = waitid(P_PIDFD, (id_t)descriptor, &information, WEXITED | WNOHANG);
    while (result != 0 && errno == EINTR);
    if (result != 0) return -1;
    if (information.si_pid == 0) return 0;
    int is_exit = information.si_code == CLD_EXITED;
    *out_end = (gantry_watch_end){is_exit ? 0 : information.si_status, is_exit ? information.si_status : 0};
    return 1;
}
