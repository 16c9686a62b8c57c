/* Two notes: which of them holds? */
#define FIXTURE_NOTE                                                                                                \
    GANTRY_MODULE_NOTE(GANTRY_RUNTIME_NONE);                                                                        \
    __attribute__((section(".note.gantry"), used, aligned(4))) static const gantry_note_v1 second_note = {          \
        7, 176, 1, "Gantry", 1, 1, 1, GANTRY_RUNTIME_NONE, "cc"};
#include "../fixture.h"
FIXTURE_MODULE(handle_well)
