/*
 * gantry/metrics.h: table "gantry.metrics", revision 1, implemented by the host: numbers of the module's own among the
 * operator's. No capability is needed. A name is [a-z][a-z0-9_]*, at most 64 bytes; the host puts the module's id in
 * front and adds module and tenant as labels. A name keeps the kind and the label names of its first use; another use
 * answers GANTRY_E_INVALID. GANTRY_E_LIMIT when the module has too many series.
 */
#ifndef GANTRY_METRICS_H
#define GANTRY_METRICS_H

#include "base.h"

#define GANTRY_METRICS_ID "gantry.metrics"

typedef struct gantry_metrics_v1 {
    /* Adds to a counter; `amount` is finite and not negative. */
    int32_t (*add)(const gantry_call_v1 *call, gantry_str_v1 name, const gantry_field_v1 *labels GANTRY_BORROWED,
                   uint64_t label_count, double amount) GANTRY_THREAD(any);
    /* Sets a gauge to a finite value. */
    int32_t (*set)(const gantry_call_v1 *call, gantry_str_v1 name, const gantry_field_v1 *labels GANTRY_BORROWED,
                   uint64_t label_count, double value) GANTRY_THREAD(any);
    /* Records a finite value in a histogram, in seconds where it is a time. */
    int32_t (*record)(const gantry_call_v1 *call, gantry_str_v1 name, const gantry_field_v1 *labels GANTRY_BORROWED,
                      uint64_t label_count, double value) GANTRY_THREAD(any);
} gantry_metrics_v1;

#endif
