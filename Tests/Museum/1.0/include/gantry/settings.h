/*
 * gantry/settings.h: table "gantry.settings", revision 1, implemented by the host: what the operator decided for this
 * instance. `configuration` needs nothing; `secret` needs the capability `secrets`.
 */
#ifndef GANTRY_SETTINGS_H
#define GANTRY_SETTINGS_H

#include "base.h"

#define GANTRY_SETTINGS_ID "gantry.settings"

typedef struct gantry_settings_v1 {
    /* The JSON object that `create` received. It changes only with a new instance. */
    int32_t (*configuration)(const gantry_call_v1 *call, gantry_bytes_fn_v1 on_value,
                             void *context) GANTRY_THREAD(any);
    /*
     * A secret of this module and tenant, as it is now: ask each time, so that a rotated one is used at once, and never
     * log it. `name` must stand under `secrets` of the manifest (else GANTRY_E_INVALID); GANTRY_END when an optional
     * one has no value.
     */
    int32_t (*secret)(const gantry_call_v1 *call, gantry_str_v1 name, gantry_bytes_fn_v1 on_value,
                      void *context) GANTRY_THREAD(any);
} gantry_settings_v1;

#endif
