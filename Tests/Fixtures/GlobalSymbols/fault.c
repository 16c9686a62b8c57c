/* Good by itself; linked so that its symbols would serve every other library. */
#include "../fixture.h"
FIXTURE_MODULE(handle_well)
