/* Shows a helper besides its entry. */
#include "../fixture.h"
__attribute__((visibility("default"))) int helper_left_open(void);
int helper_left_open(void) { return 7; }
FIXTURE_MODULE(handle_well)
