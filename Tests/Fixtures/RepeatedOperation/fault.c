/* Names one operation twice, so that its number is in doubt. */
#define FIXTURE_OPERATIONS TEXT("run"), TEXT("run")
#include "../fixture.h"
FIXTURE_MODULE(handle_well)
