/* gantry.metrics.
 * Written by PluginAPI/Generator/generate.py --write; never edit it by hand. */
#include "../probe.h"
#include "values.h"

static int32_t fake_metrics_add(const gantry_call_v1 *call, gantry_str_v1 name, const gantry_field_v1 *labels,
                                uint64_t label_count, double amount) {
    probe_begin("gantry.metrics.add");
    if (call == NULL) probe_note("no call", 0);
    else probe_note_call_v1(call);
    probe_note_text("name", *(&name));
    probe_note("label_count", label_count);
    for (uint64_t index = 0; labels != NULL && index < label_count; index++)
        probe_note_field_v1(labels + index);
    probe_note_real("amount", amount);
    return probe_answer(GANTRY_OK);
}

static void drive_metrics_add(const gantry_metrics_v1 *table, void *object, const gantry_call_v1 *call) {
    (void)object;
    gantry_str_v1 name;
    name = probe_text();
    gantry_field_v1 labels[2];
    probe_make_field_v1(&labels[0]);
    probe_make_field_v1(&labels[1]);
    double amount;
    amount = (double)probe_number();
    int32_t answered = table->add(call, name, probe_is_sparse() ? NULL : labels, probe_is_sparse() ? 0 : 2, amount);
    probe_note("answers", (uint64_t)(int64_t)answered);
}

static int32_t fake_metrics_set(const gantry_call_v1 *call, gantry_str_v1 name, const gantry_field_v1 *labels,
                                uint64_t label_count, double value) {
    probe_begin("gantry.metrics.set");
    if (call == NULL) probe_note("no call", 0);
    else probe_note_call_v1(call);
    probe_note_text("name", *(&name));
    probe_note("label_count", label_count);
    for (uint64_t index = 0; labels != NULL && index < label_count; index++)
        probe_note_field_v1(labels + index);
    probe_note_real("value", value);
    return probe_answer(GANTRY_OK);
}

static void drive_metrics_set(const gantry_metrics_v1 *table, void *object, const gantry_call_v1 *call) {
    (void)object;
    gantry_str_v1 name;
    name = probe_text();
    gantry_field_v1 labels[2];
    probe_make_field_v1(&labels[0]);
    probe_make_field_v1(&labels[1]);
    double value;
    value = (double)probe_number();
    int32_t answered = table->set(call, name, probe_is_sparse() ? NULL : labels, probe_is_sparse() ? 0 : 2, value);
    probe_note("answers", (uint64_t)(int64_t)answered);
}

static int32_t fake_metrics_record(const gantry_call_v1 *call, gantry_str_v1 name, const gantry_field_v1 *labels,
                                   uint64_t label_count, double value) {
    probe_begin("gantry.metrics.record");
    if (call == NULL) probe_note("no call", 0);
    else probe_note_call_v1(call);
    probe_note_text("name", *(&name));
    probe_note("label_count", label_count);
    for (uint64_t index = 0; labels != NULL && index < label_count; index++)
        probe_note_field_v1(labels + index);
    probe_note_real("value", value);
    return probe_answer(GANTRY_OK);
}

static void drive_metrics_record(const gantry_metrics_v1 *table, void *object, const gantry_call_v1 *call) {
    (void)object;
    gantry_str_v1 name;
    name = probe_text();
    gantry_field_v1 labels[2];
    probe_make_field_v1(&labels[0]);
    probe_make_field_v1(&labels[1]);
    double value;
    value = (double)probe_number();
    int32_t answered = table->record(call, name, probe_is_sparse() ? NULL : labels, probe_is_sparse() ? 0 : 2, value);
    probe_note("answers", (uint64_t)(int64_t)answered);
}

const gantry_metrics_v1 probe_metrics_fake = {.add = fake_metrics_add, .set = fake_metrics_set,
    .record = fake_metrics_record};

void probe_drive_metrics(const void *table, void *object, const gantry_call_v1 *call) {
    const gantry_metrics_v1 *functions = table;
    drive_metrics_add(functions, object, call);
    drive_metrics_set(functions, object, call);
    drive_metrics_record(functions, object, call);
}
