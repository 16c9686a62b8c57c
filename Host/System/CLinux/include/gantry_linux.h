/* gantry_linux.h: what Linux offers and no Swift module of the system names: processes by descriptor, and what a
 * process takes from itself before it runs code that is not trusted. */
#ifndef GANTRY_LINUX_H
#define GANTRY_LINUX_H

#include <stdint.h>

/* A descriptor that becomes readable when the process ends (close on exec); -1 with errno. */
int gantry_pidfd_open(int32_t process);
/* Sends the signal to that very process, whoever has its number by now; -1 with errno. */
int gantry_pidfd_send_signal(int descriptor, int signal);

/* The revision of Landlock that the kernel offers; 0 when it has none, or it is switched off. */
int32_t gantry_landlock_revision(void);

/*
 * Takes from the calling thread, and all that it starts, every access to files but reading those of `paths`, or below
 * them, and what else this kernel's Landlock can deny: TCP, signals to others, abstract sockets of others. Paths that
 * do not exist are left out. 0, or -1 with errno. Only for a process of one thread: others keep what they had.
 */
int gantry_landlock_restrict(const char *const *paths, uint64_t count);

/*
 * Allows this process only the calls of the system that threads, memory, waiting, and descriptors that are open need,
 * and opening files for reading; all others fail with EPERM. Signals go to the process itself only. 0, or -1 with
 * errno.
 */
int gantry_filter_calls(void);

/* Gives up every capability, for good; 0, or -1 with errno. */
int gantry_drop_capabilities(void);

/* How many threads the calling process has; -1 with errno. */
int32_t gantry_count_threads(void);

#endif
