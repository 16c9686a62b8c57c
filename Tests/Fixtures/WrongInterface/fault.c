/* Speaks a revision of the interface that this host does not. */
#define FIXTURE_NOTE                                                                          \
    __attribute__((section(".note.gantry"), used, aligned(4))) static const gantry_note_v1 note = { \
        7, 176, 1, "Gantry", 1, 7, 8, 0, "cc"};
#include "../fixture.h"
FIXTURE_MODULE(handle_well)
