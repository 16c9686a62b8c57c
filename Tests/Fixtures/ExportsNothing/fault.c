/* Its manifest exports a service, and the library has no table for that. */
#include "../fixture.h"
FIXTURE_MODULE(handle_well)
