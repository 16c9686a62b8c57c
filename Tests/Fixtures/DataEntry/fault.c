/* The entry's name belongs to data. Jumping there would execute it. */
#include "../fixture.h"
FIXTURE_NOTE
__asm__(".data\n .globl gantry_entry_v1\n .type gantry_entry_v1, @object\n .size gantry_entry_v1, 8\n"
        "gantry_entry_v1: .quad 0\n .text\n");
