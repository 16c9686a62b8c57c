/*
 * The identity of every Swift module that links the kit; see gantry/note.h. A C object of its own, because this way the
 * note survives release linking with --gc-sections and records the very compiler that built the module. A hermetic
 * module (-static-stdlib) is built with -DGANTRY_NOTE_RUNTIME=GANTRY_RUNTIME_HERMETIC.
 */
#include <gantry/note.h>

#ifndef GANTRY_NOTE_RUNTIME
#define GANTRY_NOTE_RUNTIME GANTRY_RUNTIME_SHARED
#endif

GANTRY_MODULE_NOTE(GANTRY_NOTE_RUNTIME);
