/* Calls itself by another name than its manifest. */
#define FIXTURE_ID "impostor"
#include "../fixture.h"
FIXTURE_MODULE(handle_well)
