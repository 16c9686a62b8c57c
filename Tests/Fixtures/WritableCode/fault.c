/* Has a section that may be written and executed. */
#include "../fixture.h"
__asm__(".section .patchable, \"awx\", @progbits\n .quad 0\n .text\n");
FIXTURE_MODULE(handle_well)
