/* worker.h: what the parts of gantry-worker share. */
#ifndef GANTRY_WORKER_H
#define GANTRY_WORKER_H

#include <stdint.h>

enum { WORKER_LIST = 64 };

/* The command line, as gantry_channel.h describes it. */
struct worker_options {
    int socket;
    int memory;
    const char *library;
    const char *group;
    uint64_t memory_bytes;
    uint64_t open_files;
    uint64_t processes;
    const char *needed[WORKER_LIST];
    uint32_t needed_count;
    const char *reads[WORKER_LIST];
    uint32_t read_count;
};

/* Reads the command line; 0, or -1 with what is wrong in `out_fault`. */
int worker_parse(int count, char **arguments, struct worker_options *out_options, const char **out_fault);

/* Takes from the process what the module must not have, and loads what it needs of the system before. Ends the process
 * when something of it fails, after it has told the host. */
void worker_restrict(const struct worker_options *options);

/* Tells the host and ends the process with the code. `what` may have one %s for the system's words. */
_Noreturn void worker_fail(int socket, int code, const char *what);

#endif
