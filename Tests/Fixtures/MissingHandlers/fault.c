/* Its manifest promises a job and a subscription that the library does not have. */
#include "../fixture.h"
FIXTURE_MODULE(handle_well)
