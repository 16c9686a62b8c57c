/* The library's file says nothing of itself. */
#define FIXTURE_NOTE
#include "../fixture.h"
FIXTURE_MODULE(handle_well)
