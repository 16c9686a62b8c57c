/* Handles an operation that its manifest does not route. */
#define FIXTURE_OPERATIONS TEXT("run"), TEXT("hide")
#include "../fixture.h"
FIXTURE_MODULE(handle_well)
