/* watch.c: how processes end, by descriptor. The C library has no functions for that everywhere. */
#define _GNU_SOURCE
#include "watch.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <sys/wait.h>

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
