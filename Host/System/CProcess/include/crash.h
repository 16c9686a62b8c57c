/*
 * crash.h: tells which module a thread was in when it ended the process.
 *
 * Around each call of a module the thread notes in its own memory where it goes; that takes a few instructions. When
 * the process gets a signal that ends it, one line goes to stderr and to a file that was opened before, and then
 * whatever would have happened without happens.
 */
#ifndef GANTRY_CRASH_H
#define GANTRY_CRASH_H

#include <stdint.h>

/* One module of one tenant. The texts end with 0 and live as long as any thread may be inside. */
typedef struct gantry_crash_place {
    const char *module;
    const char *version;
    const char *tenant;
} gantry_crash_place;

/* Where a thread is. */
typedef struct gantry_crash_frame {
    const gantry_crash_place *place;
    const char *activity; /* what the module was called for, such as "the operation `read`" */
} gantry_crash_frame;

extern _Thread_local gantry_crash_frame gantry_crash_current;

/* Whether the thread has memory for a signal's handler besides its stack, or cannot get any. */
extern _Thread_local int gantry_crash_is_prepared;

/* Gives the thread memory for a signal's handler, so that a stack that is used up can be told of, too; it is given back
 * when the thread ends. A thread that has such memory keeps its own. Done by the first `gantry_crash_enter`. */
void gantry_crash_prepare(void);

/* The thread goes into a module; answers what `gantry_crash_leave` puts back. */
static inline gantry_crash_frame gantry_crash_enter(const gantry_crash_place *place, const char *activity) {
    gantry_crash_frame before = gantry_crash_current;
    if (__builtin_expect(!gantry_crash_is_prepared, 0)) gantry_crash_prepare();
    gantry_crash_current.place = place;
    gantry_crash_current.activity = activity;
    return before;
}

static inline void gantry_crash_leave(gantry_crash_frame before) { gantry_crash_current = before; }

/* The code of a module lies here, for crashes on threads that the module has started. Any thread; of very many the
 * first are known. The text must live for ever. */
void gantry_crash_note_code(const char *module, uintptr_t start, uintptr_t end);

/*
 * Reports crashes from now on: to stderr, and into the file, unless the descriptor is -1. Whoever handled these signals
 * before handles them after the report. Once in a process.
 */
void gantry_crash_begin(int file);

#endif
