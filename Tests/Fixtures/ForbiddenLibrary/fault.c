/* Linked with a library that a module may not bring into the process: see the linker's flags in the test. */
#include "../fixture.h"
FIXTURE_MODULE(handle_well)
