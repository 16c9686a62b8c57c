/* Handles another operation than its manifest routes. */
#define FIXTURE_OPERATIONS TEXT("walk")
#include "../fixture.h"
FIXTURE_MODULE(handle_well)
