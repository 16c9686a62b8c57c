/* Holds an address among its instructions, so that loading it would make code writable. */
#include "../fixture.h"
__asm__(".text\n .balign 8\n .quad tables\n");
FIXTURE_MODULE(handle_well)
