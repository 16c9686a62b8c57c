/* Every table with its fake and its driver.
 * Written by PluginAPI/Generator/generate.py --write; never edit it by hand. */
#include "../probe.h"
#include "values.h"

extern const gantry_blobs_v1 probe_blobs_fake;
void probe_drive_blobs(const void *table, void *object, const gantry_call_v1 *call);
extern const gantry_cache_v1 probe_cache_fake;
void probe_drive_cache(const void *table, void *object, const gantry_call_v1 *call);
extern const gantry_database_v1 probe_database_fake;
void probe_drive_database(const void *table, void *object, const gantry_call_v1 *call);
extern const gantry_directory_v1 probe_directory_fake;
void probe_drive_directory(const void *table, void *object, const gantry_call_v1 *call);
extern const gantry_events_v1 probe_events_fake;
void probe_drive_events(const void *table, void *object, const gantry_call_v1 *call);
extern const gantry_subscriber_v1 probe_subscriber_fake;
void probe_drive_subscriber(const void *table, void *object, const gantry_call_v1 *call);
extern const gantry_executor_v1 probe_executor_fake;
void probe_drive_executor(const void *table, void *object, const gantry_call_v1 *call);
extern const gantry_identity_v1 probe_identity_fake;
void probe_drive_identity(const void *table, void *object, const gantry_call_v1 *call);
extern const gantry_http_v1 probe_http_fake;
void probe_drive_http(const void *table, void *object, const gantry_call_v1 *call);
extern const gantry_response_v1 probe_response_fake;
void probe_drive_response(const void *table, void *object, const gantry_call_v1 *call);
extern const gantry_http_client_v1 probe_http_client_fake;
void probe_drive_http_client(const void *table, void *object, const gantry_call_v1 *call);
extern const gantry_jobs_v1 probe_jobs_fake;
void probe_drive_jobs(const void *table, void *object, const gantry_call_v1 *call);
extern const gantry_runner_v1 probe_runner_fake;
void probe_drive_runner(const void *table, void *object, const gantry_call_v1 *call);
extern const gantry_lifecycle_v1 probe_lifecycle_fake;
void probe_drive_lifecycle(const void *table, void *object, const gantry_call_v1 *call);
extern const gantry_mail_v1 probe_mail_fake;
void probe_drive_mail(const void *table, void *object, const gantry_call_v1 *call);
extern const gantry_metrics_v1 probe_metrics_fake;
void probe_drive_metrics(const void *table, void *object, const gantry_call_v1 *call);
extern const gantry_services_v1 probe_services_fake;
void probe_drive_services(const void *table, void *object, const gantry_call_v1 *call);
extern const gantry_exporter_v1 probe_exporter_fake;
void probe_drive_exporter(const void *table, void *object, const gantry_call_v1 *call);
extern const gantry_state_v1 probe_state_fake;
void probe_drive_state(const void *table, void *object, const gantry_call_v1 *call);
extern const gantry_settings_v1 probe_settings_fake;
void probe_drive_settings(const void *table, void *object, const gantry_call_v1 *call);
extern const gantry_stream_v1 probe_stream_fake;
void probe_drive_stream(const void *table, void *object, const gantry_call_v1 *call);
extern const gantry_log_v1 probe_log_fake;
void probe_drive_log(const void *table, void *object, const gantry_call_v1 *call);
extern const gantry_clock_v1 probe_clock_fake;
void probe_drive_clock(const void *table, void *object, const gantry_call_v1 *call);
extern const gantry_call_table_v1 probe_call_table_fake;
void probe_drive_call_table(const void *table, void *object, const gantry_call_v1 *call);
extern const gantry_trace_v1 probe_trace_fake;
void probe_drive_trace(const void *table, void *object, const gantry_call_v1 *call);
extern const gantry_transfers_v1 probe_transfers_fake;
void probe_drive_transfers(const void *table, void *object, const gantry_call_v1 *call);
extern const gantry_webhooks_v1 probe_webhooks_fake;
void probe_drive_webhooks(const void *table, void *object, const gantry_call_v1 *call);
extern const gantry_websocket_v1 probe_websocket_fake;
void probe_drive_websocket(const void *table, void *object, const gantry_call_v1 *call);

const probe_table probe_tables[] = {
    {"gantry.blobs", 1, 1, &probe_blobs_fake, probe_drive_blobs},
    {"gantry.cache", 1, 1, &probe_cache_fake, probe_drive_cache},
    {"gantry.database", 1, 1, &probe_database_fake, probe_drive_database},
    {"gantry.directory", 1, 1, &probe_directory_fake, probe_drive_directory},
    {"gantry.events", 1, 1, &probe_events_fake, probe_drive_events},
    {"gantry.module.events", 1, 0, &probe_subscriber_fake, probe_drive_subscriber},
    {"gantry.executor", 1, 1, &probe_executor_fake, probe_drive_executor},
    {"gantry.identity", 1, 1, &probe_identity_fake, probe_drive_identity},
    {"gantry.module.http", 1, 0, &probe_http_fake, probe_drive_http},
    {"gantry.response", 1, 1, &probe_response_fake, probe_drive_response},
    {"gantry.http_client", 1, 1, &probe_http_client_fake, probe_drive_http_client},
    {"gantry.jobs", 1, 1, &probe_jobs_fake, probe_drive_jobs},
    {"gantry.module.jobs", 1, 0, &probe_runner_fake, probe_drive_runner},
    {"gantry.module.lifecycle", 1, 0, &probe_lifecycle_fake, probe_drive_lifecycle},
    {"gantry.mail", 1, 1, &probe_mail_fake, probe_drive_mail},
    {"gantry.metrics", 1, 1, &probe_metrics_fake, probe_drive_metrics},
    {"gantry.services", 1, 1, &probe_services_fake, probe_drive_services},
    {"gantry.module.services", 1, 0, &probe_exporter_fake, probe_drive_exporter},
    {"gantry.module.state", 1, 0, &probe_state_fake, probe_drive_state},
    {"gantry.settings", 1, 1, &probe_settings_fake, probe_drive_settings},
    {"gantry.stream", 1, 1, &probe_stream_fake, probe_drive_stream},
    {"gantry.log", 1, 1, &probe_log_fake, probe_drive_log},
    {"gantry.clock", 1, 1, &probe_clock_fake, probe_drive_clock},
    {"gantry.call", 1, 1, &probe_call_table_fake, probe_drive_call_table},
    {"gantry.trace", 1, 1, &probe_trace_fake, probe_drive_trace},
    {"gantry.transfers", 1, 1, &probe_transfers_fake, probe_drive_transfers},
    {"gantry.webhooks", 1, 1, &probe_webhooks_fake, probe_drive_webhooks},
    {"gantry.websocket", 1, 1, &probe_websocket_fake, probe_drive_websocket},
};
const uint32_t probe_table_count = 28;

void probe_make_request(gantry_request_v1 *request) { probe_make_request_v1(request); }
