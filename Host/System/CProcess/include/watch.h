/* watch.h: how processes end that are known by a descriptor, and what they begin with. */
#ifndef GANTRY_WATCH_H
#define GANTRY_WATCH_H

#include <spawn.h>
#include <sys/types.h>

/* How a process has ended. */
typedef struct gantry_watch_end {
    int signal; /* that ended it; 0 when it ended by itself */
    int code;   /* that it ended with */
} gantry_watch_end;

/* Has the child that is started with these actions begin without the descriptors from this one on. 0, or an errno. */
int gantry_watch_close_from(posix_spawn_file_actions_t *actions, int descriptor);

/* Takes the end of the child that the descriptor names: 1 when it has ended, 0 while it runs, -1 with errno. */
int gantry_watch_take(int descriptor, gantry_watch_end *out_end);

#endif
