/* Is of another version than its manifest. */
#define FIXTURE_VERSION "0.9.0"
#include "../fixture.h"
FIXTURE_MODULE(handle_well)
