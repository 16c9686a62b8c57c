/* Asks for every table and tells what it got. */
#define FIXTURE_CREATE ask
#include "../fixture.h"
static int32_t ask(void *module, const gantry_call_v1 *call, const gantry_host_v1 *host, gantry_str_v1 configuration,
                   void **out_instance, gantry_error_v1 *error) {
    static const char *const ids[] = {GANTRY_RESPONSE_ID, GANTRY_LOG_ID,  GANTRY_CLOCK_ID, GANTRY_CALL_ID,
                                      GANTRY_DATABASE_ID, GANTRY_EVENTS_ID, GANTRY_JOBS_ID,  "gantry.unheard-of"};
    static const uint8_t broken[] = {0xff};
    const void *table = ids;
    int32_t status = create(module, call, host, configuration, out_instance, error);
    const fixture *self = *out_instance;
    gantry_str_v1 id = {broken, 1};
    if (status != GANTRY_OK) return status;
    for (size_t index = 0; index < sizeof ids / sizeof ids[0]; index++) {
        const void *found = query(host, ids[index], &status);
        if ((found != NULL) != (status == GANTRY_OK)) return complain(error, "table and status disagree");
        report(self, call, ids[index], status);
    }
    report(self, call, "revision", host->query(host->scope, text(GANTRY_LOG_ID), 2, &table));
    report(self, call, "broken", host->query(host->scope, id, 1, &table));
    report(self, call, "nowhere", host->query(host->scope, text(GANTRY_LOG_ID), 1, NULL));
    report(self, call, "forged", host->query(host->scope ^ UINT64_C(1) << 56, text(GANTRY_LOG_ID), 1, &table));
    return GANTRY_OK;
}
FIXTURE_MODULE(handle_well)
