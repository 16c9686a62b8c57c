/*
 * gantry/note.h: the identity that stands in the library's file and is read before the library is loaded.
 *
 * A C or C++ module writes GANTRY_MODULE_NOTE(GANTRY_RUNTIME_NONE) once, at file scope. The Swift kit brings its own.
 *
 * ELF note, name "Gantry", type 1, descriptor:
 *   uint32_t layout (1), minimum, maximum (interface revisions), runtime (gantry_runtime_v1);
 *   char toolchain[160], text of the compiler's version, padded with NUL.
 */
#ifndef GANTRY_NOTE_H
#define GANTRY_NOTE_H

#include "base.h"

enum gantry_runtime_v1 {
    GANTRY_RUNTIME_NONE = 0,     /* needs no language runtime of the host's: C, C++, Rust */
    GANTRY_RUNTIME_SHARED = 1,   /* Swift on the host's own runtime: exact toolchain of the host */
    GANTRY_RUNTIME_HERMETIC = 2  /* Swift with a runtime of its own (-static-stdlib) */
};

#define GANTRY_NOTE_TYPE 1

typedef struct gantry_note_v1 {
    uint32_t name_size;
    uint32_t descriptor_size;
    uint32_t type;
    char name[8];
    uint32_t layout;
    uint32_t interface_minimum;
    uint32_t interface_maximum;
    uint32_t runtime;
    char toolchain[160];
} gantry_note_v1;

#define GANTRY_MODULE_NOTE(runtime_class)                                                                       \
    __attribute__((section(".note.gantry"), used, aligned(4))) static const gantry_note_v1 gantry_module_note = { \
        7, 176, GANTRY_NOTE_TYPE, "Gantry", 1, GANTRY_INTERFACE_MINIMUM, GANTRY_INTERFACE_MAXIMUM,              \
        runtime_class, __VERSION__}

/* The compiler of whoever includes this: what the host compares a library of class `shared` with. */
static inline const char *gantry_toolchain(void) { return __VERSION__; }

#endif
