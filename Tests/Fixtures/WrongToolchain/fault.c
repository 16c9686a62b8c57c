/* Wants to share the host's Swift runtime, though another compiler built it. */
#define FIXTURE_NOTE                                                                          \
    __attribute__((section(".note.gantry"), used, aligned(4))) static const gantry_note_v1 note = { \
        7, 176, 1, "Gantry", 1, 1, 1, GANTRY_RUNTIME_SHARED, "another compiler"};
#include "../fixture.h"
FIXTURE_MODULE(handle_well)
