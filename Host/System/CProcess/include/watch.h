/* watch.h: processes as descriptors, which name nobody else when the process is gone. */
#ifndef GANTRY_WATCH_H
#define GANTRY_WATCH_H

#include <spawn.h>
#include <sys/types.h>

/* How a process has ended. */
typedef struct gantry_watch_end {
    int signal; /* that ended it; 0 when it ended by itself */
    int code;   /* that it ended with */
} gantry_watch_end;

/* A descriptor that becomes readable when the child ends, closed on exec; -1 with errno. */
int gantry_watch_open(pid_t process);

/* Sends the signal to the process that the descriptor names, whoever bears its number now. 0, or -1 with errno. */
int gantry_watch_signal(int descriptor, int signal);

/* Has the child that is started with these actions begin without the descriptors from this one on. 0, or an errno. */
int gantry_watch_close_from(posix_spawn_file_actions_t *actions, int descriptor);

/* Takes the end of the child that the descriptor names: 1 when it has ended, 0 while it runs, -1 with errno. */
int gantry_watch_take(int descriptor, gantry_watch_end *out_end);

#endif
