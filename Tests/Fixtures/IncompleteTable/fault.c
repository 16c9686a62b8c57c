/* Its lifecycle lacks a function. */
#define FIXTURE_CREATE NULL
#include "../fixture.h"
FIXTURE_MODULE(handle_well)
