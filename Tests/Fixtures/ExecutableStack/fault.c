/* Linked with -z execstack. */
#include "../fixture.h"
FIXTURE_MODULE(handle_well)
