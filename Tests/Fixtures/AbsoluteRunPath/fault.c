/* Linked with a search path of its own. */
#include "../fixture.h"
FIXTURE_MODULE(handle_well)
