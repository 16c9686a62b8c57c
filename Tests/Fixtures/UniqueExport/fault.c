/* Exports a symbol that is unique in the process, as C++ does with inline variables. */
#include "../fixture.h"
__asm__(".data\n .globl shared_state\n .type shared_state, @gnu_unique_object\n .size shared_state, 8\n"
        "shared_state: .quad 0\n .text\n");
FIXTURE_MODULE(handle_well)
