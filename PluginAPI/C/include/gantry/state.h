/*
 * gantry/state.h: table "gantry.module.state", revision 1, implemented by the module: what an instance hands over to
 * the next generation of its module when the tenant is moved to another version.
 *
 * For what lives in memory alone and would be missed: what is in the database is there for the next generation as well.
 * A crash loses it, and a move back too when the older version cannot read what the newer one wrote; so a module must
 * be able to begin without it. A module without this table begins anew.
 */
#ifndef GANTRY_STATE_H
#define GANTRY_STATE_H

#include "base.h"

#define GANTRY_STATE_ID "gantry.module.state"

/* Takes the state, at most 64 MiB, borrowed until it returns. `version` says how it is written; the module counts. */
typedef int32_t (*gantry_state_fn_v1)(void *context, uint32_t version, gantry_str_v1 state);

typedef struct gantry_state_v1 {
    /*
     * Hands what the instance holds to `take`, by one call before it returns. Called after quiesce and before stop,
     * when no call is under way any more. GANTRY_OK without a call of `take`: there is nothing to hand over.
     */
    int32_t (*export_state)(void *instance, const gantry_call_v1 *call, gantry_state_fn_v1 take, void *context,
                            gantry_error_v1 *error) GANTRY_THREAD(host);
    /*
     * Takes over what another generation held. Called after start and before the first call. GANTRY_E_UNSUPPORTED: the
     * instance does not know this version and begins without it. Any other failure ends the move, and the generation
     * before is started again.
     */
    int32_t (*import_state)(void *instance, const gantry_call_v1 *call, uint32_t version,
                            gantry_str_v1 state GANTRY_BORROWED, gantry_error_v1 *error) GANTRY_THREAD(host);
} gantry_state_v1;

#endif
