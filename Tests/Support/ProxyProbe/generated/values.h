/* Values made up and written down.
 * Written by PluginAPI/Generator/generate.py --write; never edit it by hand. */
#ifndef PROBE_VALUES_H
#define PROBE_VALUES_H

#include "../probe.h"

#include <string.h>

static inline void probe_note_blob_v1(const gantry_blob_v1 *value) {
    probe_note_text("key", *(&value->key));
    probe_note_text("content_type", *(&value->content_type));
    probe_note("size", (uint64_t)(int64_t)value->size);
    probe_note("created_milliseconds", (uint64_t)(int64_t)value->created_milliseconds);
    probe_note_text("sha256", (gantry_str_v1){value->sha256, sizeof value->sha256});
}

static inline void probe_make_blob_v1(gantry_blob_v1 *value) {
    memset(value, 0, sizeof *value);
    value->key = probe_text();
    value->content_type = probe_text();
    value->size = (uint64_t)probe_number();
    value->created_milliseconds = (int64_t)probe_number();
    memset(value->sha256, (int)probe_number(), sizeof value->sha256);
}

static inline void probe_note_value_v1(const gantry_value_v1 *value) {
    probe_note("type", (uint64_t)(int64_t)value->type);
    probe_note("reserved", (uint64_t)(int64_t)value->reserved);
    probe_note("integer", (uint64_t)(int64_t)value->integer);
    probe_note_real("real", value->real);
    if (value->type == GANTRY_VALUE_TEXT || value->type == GANTRY_VALUE_BLOB) probe_note_text("bytes",
        *(&value->bytes));
}

static inline void probe_make_value_v1(gantry_value_v1 *value) {
    memset(value, 0, sizeof *value);
    value->type = (int32_t)probe_number();
    value->reserved = (int32_t)probe_number();
    value->integer = (int64_t)probe_number();
    value->real = (double)probe_number();
    value->type = value->type % 5 + 5 * (value->type % 5 < 0);
    value->bytes = (gantry_str_v1){(const uint8_t *)8, 8};
    if (value->type == GANTRY_VALUE_TEXT || value->type == GANTRY_VALUE_BLOB) value->bytes = probe_text();
}

static inline void probe_note_key_v1(const gantry_key_v1 *value) {
    probe_note_text("id", *(&value->id));
    probe_note_text("name", *(&value->name));
    probe_note_text("description", *(&value->description));
    probe_note_text("text", *(&value->text));
    probe_note("created_milliseconds", (uint64_t)(int64_t)value->created_milliseconds);
    probe_note("expires_milliseconds", (uint64_t)(int64_t)value->expires_milliseconds);
    probe_note("used_milliseconds", (uint64_t)(int64_t)value->used_milliseconds);
    probe_note("revoked_milliseconds", (uint64_t)(int64_t)value->revoked_milliseconds);
}

static inline void probe_make_key_v1(gantry_key_v1 *value) {
    memset(value, 0, sizeof *value);
    value->id = probe_text();
    value->name = probe_text();
    value->description = probe_text();
    value->text = probe_text();
    value->created_milliseconds = (int64_t)probe_number();
    value->expires_milliseconds = (int64_t)probe_number();
    value->used_milliseconds = (int64_t)probe_number();
    value->revoked_milliseconds = (int64_t)probe_number();
}

static inline void probe_note_organization_v1(const gantry_organization_v1 *value) {
    probe_note_text("id", *(&value->id));
    probe_note_text("tenant", *(&value->tenant));
    probe_note_text("name", *(&value->name));
    probe_note_text("phone", *(&value->phone));
    probe_note_text("address", *(&value->address));
    probe_note_text("tax_kind", *(&value->tax_kind));
    probe_note_text("tax_number", *(&value->tax_number));
    probe_note("created_milliseconds", (uint64_t)(int64_t)value->created_milliseconds);
    probe_note("updated_milliseconds", (uint64_t)(int64_t)value->updated_milliseconds);
}

static inline void probe_make_organization_v1(gantry_organization_v1 *value) {
    memset(value, 0, sizeof *value);
    value->id = probe_text();
    value->tenant = probe_text();
    value->name = probe_text();
    value->phone = probe_text();
    value->address = probe_text();
    value->tax_kind = probe_text();
    value->tax_number = probe_text();
    value->created_milliseconds = (int64_t)probe_number();
    value->updated_milliseconds = (int64_t)probe_number();
}

static inline void probe_note_member_v1(const gantry_member_v1 *value) {
    probe_note_text("user", *(&value->user));
    probe_note_text("email", *(&value->email));
    probe_note_text("role", *(&value->role));
    probe_note("joined_milliseconds", (uint64_t)(int64_t)value->joined_milliseconds);
}

static inline void probe_make_member_v1(gantry_member_v1 *value) {
    memset(value, 0, sizeof *value);
    value->user = probe_text();
    value->email = probe_text();
    value->role = probe_text();
    value->joined_milliseconds = (int64_t)probe_number();
}

static inline void probe_note_invitation_v1(const gantry_invitation_v1 *value) {
    probe_note_text("id", *(&value->id));
    probe_note_text("email", *(&value->email));
    probe_note_text("role", *(&value->role));
    probe_note_text("invited_by", *(&value->invited_by));
    probe_note_text("text", *(&value->text));
    probe_note("invited_milliseconds", (uint64_t)(int64_t)value->invited_milliseconds);
    probe_note("expires_milliseconds", (uint64_t)(int64_t)value->expires_milliseconds);
}

static inline void probe_make_invitation_v1(gantry_invitation_v1 *value) {
    memset(value, 0, sizeof *value);
    value->id = probe_text();
    value->email = probe_text();
    value->role = probe_text();
    value->invited_by = probe_text();
    value->text = probe_text();
    value->invited_milliseconds = (int64_t)probe_number();
    value->expires_milliseconds = (int64_t)probe_number();
}

static inline void probe_note_principal_v1(const gantry_principal_v1 *value) {
    probe_note("kind", (uint64_t)(int64_t)value->kind);
    probe_note("reserved", (uint64_t)(int64_t)value->reserved);
    probe_note_text("subject", *(&value->subject));
    probe_note_text("role", *(&value->role));
    probe_note_text("token", *(&value->token));
    probe_note_text("claims", *(&value->claims));
}

static inline void probe_make_principal_v1(gantry_principal_v1 *value) {
    memset(value, 0, sizeof *value);
    value->kind = (uint32_t)probe_number();
    value->reserved = (uint32_t)probe_number();
    value->subject = probe_text();
    value->role = probe_text();
    value->token = probe_text();
    value->claims = probe_text();
}

static inline void probe_note_token_v1(const gantry_token_v1 *value) {
    probe_note_text("id", *(&value->id));
    probe_note_text("text", *(&value->text));
    probe_note("expires_milliseconds", (uint64_t)(int64_t)value->expires_milliseconds);
}

static inline void probe_make_token_v1(gantry_token_v1 *value) {
    memset(value, 0, sizeof *value);
    value->id = probe_text();
    value->text = probe_text();
    value->expires_milliseconds = (int64_t)probe_number();
}

static inline void probe_note_finding_v1(const gantry_finding_v1 *value) {
    probe_note("location", (uint64_t)(int64_t)value->location);
    probe_note("reserved", (uint64_t)(int64_t)value->reserved);
    probe_note_text("path", *(&value->path));
    probe_note_text("code", *(&value->code));
    probe_note_text("message", *(&value->message));
}

static inline void probe_make_finding_v1(gantry_finding_v1 *value) {
    memset(value, 0, sizeof *value);
    value->location = (uint32_t)probe_number();
    value->reserved = (uint32_t)probe_number();
    value->path = probe_text();
    value->code = probe_text();
    value->message = probe_text();
}

static inline void probe_note_field_v1(const gantry_field_v1 *value) {
    probe_note_text("name", *(&value->name));
    probe_note_text("value", *(&value->value));
}

static inline void probe_make_field_v1(gantry_field_v1 *value) {
    memset(value, 0, sizeof *value);
    value->name = probe_text();
    value->value = probe_text();
}

static inline void probe_note_outbound_response_v1(const gantry_outbound_response_v1 *value) {
    probe_note("http_status", (uint64_t)(int64_t)value->http_status);
    probe_note("reserved", (uint64_t)(int64_t)value->reserved);
    probe_note_text("url", *(&value->url));
    probe_note("header_count", value->header_count);
    for (uint64_t index = 0; value->headers != NULL && index < value->header_count; index++)
        probe_note_field_v1(value->headers + index);
    probe_note_text("body", *(&value->body));
}

static inline void probe_make_outbound_response_v1(gantry_outbound_response_v1 *value) {
    memset(value, 0, sizeof *value);
    value->http_status = (uint32_t)probe_number();
    value->reserved = (uint32_t)probe_number();
    value->url = probe_text();
    gantry_field_v1 *headers = probe_memory(2 * sizeof *headers);
    probe_make_field_v1(&headers[0]);
    probe_make_field_v1(&headers[1]);
    value->headers = headers;
    value->header_count = 2;
    value->body = probe_text();
}

static inline void probe_note_webhook_v1(const gantry_webhook_v1 *value) {
    probe_note_text("id", *(&value->id));
    probe_note_text("url", *(&value->url));
    probe_note("event_count", value->event_count);
    for (uint64_t index = 0; value->events != NULL && index < value->event_count; index++)
        probe_note_text("events", *(value->events + index));
    probe_note_text("description", *(&value->description));
    probe_note_text("secret", *(&value->secret));
    probe_note("has_description", (uint64_t)(int64_t)value->has_description);
    probe_note("is_on", (uint64_t)(int64_t)value->is_on);
    probe_note("failure_count", (uint64_t)(int64_t)value->failure_count);
    probe_note("disabled_milliseconds", (uint64_t)(int64_t)value->disabled_milliseconds);
    probe_note("created_milliseconds", (uint64_t)(int64_t)value->created_milliseconds);
    probe_note("updated_milliseconds", (uint64_t)(int64_t)value->updated_milliseconds);
}

static inline void probe_make_webhook_v1(gantry_webhook_v1 *value) {
    memset(value, 0, sizeof *value);
    value->id = probe_text();
    value->url = probe_text();
    gantry_str_v1 *events = probe_memory(2 * sizeof *events);
    events[0] = probe_text();
    events[1] = probe_text();
    value->events = events;
    value->event_count = 2;
    value->description = probe_text();
    value->secret = probe_text();
    value->has_description = (uint32_t)probe_number();
    value->is_on = (uint32_t)probe_number();
    value->failure_count = (uint64_t)probe_number();
    value->disabled_milliseconds = (int64_t)probe_number();
    value->created_milliseconds = (int64_t)probe_number();
    value->updated_milliseconds = (int64_t)probe_number();
}

static inline void probe_note_webhook_delivery_v1(const gantry_webhook_delivery_v1 *value) {
    probe_note_text("id", *(&value->id));
    probe_note_text("event_type", *(&value->event_type));
    probe_note("state", (uint64_t)(int64_t)value->state);
    probe_note("http_status", (uint64_t)(int64_t)value->http_status);
    probe_note("attempt_count", (uint64_t)(int64_t)value->attempt_count);
    probe_note("reserved", (uint64_t)(int64_t)value->reserved);
    probe_note("created_milliseconds", (uint64_t)(int64_t)value->created_milliseconds);
    probe_note("completed_milliseconds", (uint64_t)(int64_t)value->completed_milliseconds);
}

static inline void probe_make_webhook_delivery_v1(gantry_webhook_delivery_v1 *value) {
    memset(value, 0, sizeof *value);
    value->id = probe_text();
    value->event_type = probe_text();
    value->state = (uint32_t)probe_number();
    value->http_status = (uint32_t)probe_number();
    value->attempt_count = (uint32_t)probe_number();
    value->reserved = (uint32_t)probe_number();
    value->created_milliseconds = (int64_t)probe_number();
    value->completed_milliseconds = (int64_t)probe_number();
}

static inline void probe_note_key_order_v1(const gantry_key_order_v1 *value) {
    probe_note_text("name", *(&value->name));
    probe_note_text("description", *(&value->description));
    probe_note("lifetime_seconds", (uint64_t)(int64_t)value->lifetime_seconds);
    probe_note("limit", (uint64_t)(int64_t)value->limit);
    probe_note("reserved", (uint64_t)(int64_t)value->reserved);
}

static inline void probe_make_key_order_v1(gantry_key_order_v1 *value) {
    memset(value, 0, sizeof *value);
    value->name = probe_text();
    value->description = probe_text();
    value->lifetime_seconds = (int64_t)probe_number();
    value->limit = (uint32_t)probe_number();
    value->reserved = (uint32_t)probe_number();
}

static inline void probe_note_organization_order_v1(const gantry_organization_order_v1 *value) {
    probe_note_text("name", *(&value->name));
    probe_note_text("phone", *(&value->phone));
    probe_note_text("address", *(&value->address));
    probe_note_text("tax_kind", *(&value->tax_kind));
    probe_note_text("tax_number", *(&value->tax_number));
}

static inline void probe_make_organization_order_v1(gantry_organization_order_v1 *value) {
    memset(value, 0, sizeof *value);
    value->name = probe_text();
    value->phone = probe_text();
    value->address = probe_text();
    value->tax_kind = probe_text();
    value->tax_number = probe_text();
}

static inline void probe_note_invitation_order_v1(const gantry_invitation_order_v1 *value) {
    probe_note_text("email", *(&value->email));
    probe_note_text("role", *(&value->role));
    probe_note("lifetime_seconds", (uint64_t)(int64_t)value->lifetime_seconds);
}

static inline void probe_make_invitation_order_v1(gantry_invitation_order_v1 *value) {
    memset(value, 0, sizeof *value);
    value->email = probe_text();
    value->role = probe_text();
    value->lifetime_seconds = (int64_t)probe_number();
}

static inline void probe_note_node_v1(const gantry_node_v1 *value) {
    probe_note("offset", (uint64_t)(int64_t)value->offset);
    probe_note("length", (uint64_t)(int64_t)value->length);
    probe_note("next", (uint64_t)(int64_t)value->next);
    probe_note("count", (uint64_t)(int64_t)value->count);
    probe_note("kind", (uint64_t)(int64_t)value->kind);
    probe_note("flags", (uint64_t)(int64_t)value->flags);
    probe_note("reserved", (uint64_t)(int64_t)value->reserved);
}

static inline void probe_make_node_v1(gantry_node_v1 *value) {
    memset(value, 0, sizeof *value);
    value->offset = (uint32_t)probe_number();
    value->length = (uint32_t)probe_number();
    value->next = (uint32_t)probe_number();
    value->count = (uint32_t)probe_number();
    value->kind = (uint8_t)probe_number();
    value->flags = (uint8_t)probe_number();
    value->reserved = (uint16_t)probe_number();
}

static inline void probe_note_document_v1(const gantry_document_v1 *value) {
    probe_note_text("bytes", *(&value->bytes));
    probe_note("node_count", value->node_count);
    for (uint64_t index = 0; value->nodes != NULL && index < value->node_count; index++)
        probe_note_node_v1(value->nodes + index);
}

static inline void probe_make_document_v1(gantry_document_v1 *value) {
    memset(value, 0, sizeof *value);
    value->bytes = probe_text();
    gantry_node_v1 *nodes = probe_memory(2 * sizeof *nodes);
    probe_make_node_v1(&nodes[0]);
    probe_make_node_v1(&nodes[1]);
    value->nodes = nodes;
    value->node_count = 2;
}

static inline void probe_note_event_v1(const gantry_event_v1 *value) {
    probe_note("subscription", (uint64_t)(int64_t)value->subscription);
    probe_note("attempt", (uint64_t)(int64_t)value->attempt);
    probe_note_text("id", *(&value->id));
    probe_note_text("source", *(&value->source));
    probe_note_text("type", *(&value->type));
    probe_note_text("key", *(&value->key));
    probe_note("time_milliseconds", (uint64_t)(int64_t)value->time_milliseconds);
    probe_note_document_v1(&value->data);
}

static inline void probe_make_event_v1(gantry_event_v1 *value) {
    memset(value, 0, sizeof *value);
    value->subscription = (uint32_t)probe_number();
    value->attempt = (uint32_t)probe_number();
    value->id = probe_text();
    value->source = probe_text();
    value->type = probe_text();
    value->key = probe_text();
    value->time_milliseconds = (int64_t)probe_number();
    probe_make_document_v1(&value->data);
}

static inline void probe_note_token_order_v1(const gantry_token_order_v1 *value) {
    probe_note_text("kind", *(&value->kind));
    probe_note_text("subject", *(&value->subject));
    probe_note_text("role", *(&value->role));
    probe_note_text("claims", *(&value->claims));
    probe_note("lifetime_seconds", (uint64_t)(int64_t)value->lifetime_seconds);
}

static inline void probe_make_token_order_v1(gantry_token_order_v1 *value) {
    memset(value, 0, sizeof *value);
    value->kind = probe_text();
    value->subject = probe_text();
    value->role = probe_text();
    value->claims = probe_text();
    value->lifetime_seconds = (int64_t)probe_number();
}

static inline void probe_note_request_v1(const gantry_request_v1 *value) {
    probe_note("operation", (uint64_t)(int64_t)value->operation);
    probe_note_text("method", *(&value->method));
    probe_note_text("path", *(&value->path));
    probe_note_text("request_id", *(&value->request_id));
    probe_note("path_parameter_count", value->path_parameter_count);
    for (uint64_t index = 0; value->path_parameters != NULL && index < value->path_parameter_count; index++)
        probe_note_text("path_parameters", *(value->path_parameters + index));
    probe_note("query_count", value->query_count);
    for (uint64_t index = 0; value->query != NULL && index < value->query_count; index++)
        probe_note_field_v1(value->query + index);
    probe_note("header_count", value->header_count);
    for (uint64_t index = 0; value->headers != NULL && index < value->header_count; index++)
        probe_note_field_v1(value->headers + index);
    if (value->principal == NULL) probe_note("no principal", 0);
    else probe_note_principal_v1(value->principal);
    probe_note_text("body", *(&value->body));
    if (value->document == NULL) probe_note("no document", 0);
    else probe_note_document_v1(value->document);
}

static inline void probe_make_request_v1(gantry_request_v1 *value) {
    memset(value, 0, sizeof *value);
    value->operation = (uint32_t)probe_number();
    value->method = probe_text();
    value->path = probe_text();
    value->request_id = probe_text();
    gantry_str_v1 *path_parameters = probe_memory(2 * sizeof *path_parameters);
    path_parameters[0] = probe_text();
    path_parameters[1] = probe_text();
    value->path_parameters = path_parameters;
    value->path_parameter_count = 2;
    gantry_field_v1 *query = probe_memory(2 * sizeof *query);
    probe_make_field_v1(&query[0]);
    probe_make_field_v1(&query[1]);
    value->query = query;
    value->query_count = 2;
    gantry_field_v1 *headers = probe_memory(2 * sizeof *headers);
    probe_make_field_v1(&headers[0]);
    probe_make_field_v1(&headers[1]);
    value->headers = headers;
    value->header_count = 2;
    gantry_principal_v1 *principal = probe_memory(1 * sizeof *principal);
    probe_make_principal_v1(&principal[0]);
    value->principal = principal;
    value->body = probe_text();
    gantry_document_v1 *document = probe_memory(1 * sizeof *document);
    probe_make_document_v1(&document[0]);
    value->document = document;
}

static inline void probe_note_outbound_request_v1(const gantry_outbound_request_v1 *value) {
    probe_note_text("method", *(&value->method));
    probe_note_text("url", *(&value->url));
    probe_note("header_count", value->header_count);
    for (uint64_t index = 0; value->headers != NULL && index < value->header_count; index++)
        probe_note_field_v1(value->headers + index);
    probe_note_text("body", *(&value->body));
    probe_note("timeout_milliseconds", (uint64_t)(int64_t)value->timeout_milliseconds);
    probe_note("response_limit", (uint64_t)(int64_t)value->response_limit);
    probe_note("redirect_limit", (uint64_t)(int64_t)value->redirect_limit);
    probe_note("reserved", (uint64_t)(int64_t)value->reserved);
}

static inline void probe_make_outbound_request_v1(gantry_outbound_request_v1 *value) {
    memset(value, 0, sizeof *value);
    value->method = probe_text();
    value->url = probe_text();
    gantry_field_v1 *headers = probe_memory(2 * sizeof *headers);
    probe_make_field_v1(&headers[0]);
    probe_make_field_v1(&headers[1]);
    value->headers = headers;
    value->header_count = 2;
    value->body = probe_text();
    value->timeout_milliseconds = (int64_t)probe_number();
    value->response_limit = (uint64_t)probe_number();
    value->redirect_limit = (uint32_t)probe_number();
    value->reserved = (uint32_t)probe_number();
}

static inline void probe_note_job_v1(const gantry_job_v1 *value) {
    probe_note("job", (uint64_t)(int64_t)value->job);
    probe_note("attempt", (uint64_t)(int64_t)value->attempt);
    probe_note_text("id", *(&value->id));
    probe_note_document_v1(&value->payload);
}

static inline void probe_make_job_v1(gantry_job_v1 *value) {
    memset(value, 0, sizeof *value);
    value->job = (uint32_t)probe_number();
    value->attempt = (uint32_t)probe_number();
    value->id = probe_text();
    probe_make_document_v1(&value->payload);
}

static inline void probe_note_description_v1(const gantry_description_v1 *value) {
    probe_note_text("id", *(&value->id));
    probe_note_text("version", *(&value->version));
    probe_note("operation_count", value->operation_count);
    for (uint64_t index = 0; value->operations != NULL && index < value->operation_count; index++)
        probe_note_text("operations", *(value->operations + index));
    probe_note("subscription_count", value->subscription_count);
    for (uint64_t index = 0; value->subscriptions != NULL && index < value->subscription_count; index++)
        probe_note_text("subscriptions", *(value->subscriptions + index));
    probe_note("job_count", value->job_count);
    for (uint64_t index = 0; value->jobs != NULL && index < value->job_count; index++)
        probe_note_text("jobs", *(value->jobs + index));
}

static inline void probe_make_description_v1(gantry_description_v1 *value) {
    memset(value, 0, sizeof *value);
    value->id = probe_text();
    value->version = probe_text();
    gantry_str_v1 *operations = probe_memory(2 * sizeof *operations);
    operations[0] = probe_text();
    operations[1] = probe_text();
    value->operations = operations;
    value->operation_count = 2;
    gantry_str_v1 *subscriptions = probe_memory(2 * sizeof *subscriptions);
    subscriptions[0] = probe_text();
    subscriptions[1] = probe_text();
    value->subscriptions = subscriptions;
    value->subscription_count = 2;
    gantry_str_v1 *jobs = probe_memory(2 * sizeof *jobs);
    jobs[0] = probe_text();
    jobs[1] = probe_text();
    value->jobs = jobs;
    value->job_count = 2;
}

static inline void probe_note_mail_order_v1(const gantry_mail_order_v1 *value) {
    probe_note_text("template_name", *(&value->template_name));
    probe_note_text("to", *(&value->to));
    probe_note_text("reply_to", *(&value->reply_to));
    probe_note_text("user", *(&value->user));
    probe_note_text("variables", *(&value->variables));
}

static inline void probe_make_mail_order_v1(gantry_mail_order_v1 *value) {
    memset(value, 0, sizeof *value);
    value->template_name = probe_text();
    value->to = probe_text();
    value->reply_to = probe_text();
    value->user = probe_text();
    value->variables = probe_text();
}

static inline void probe_note_transfer_v1(const gantry_transfer_v1 *value) {
    probe_note_text("name", *(&value->name));
    probe_note_text("key", *(&value->key));
    probe_note_text("content_type", *(&value->content_type));
    probe_note_text("filename", *(&value->filename));
    probe_note("size", (uint64_t)(int64_t)value->size);
    probe_note("keep_seconds", (uint64_t)(int64_t)value->keep_seconds);
}

static inline void probe_make_transfer_v1(gantry_transfer_v1 *value) {
    memset(value, 0, sizeof *value);
    value->name = probe_text();
    value->key = probe_text();
    value->content_type = probe_text();
    value->filename = probe_text();
    value->size = (uint64_t)probe_number();
    value->keep_seconds = (uint64_t)probe_number();
}

static inline void probe_note_webhook_change_v1(const gantry_webhook_change_v1 *value) {
    probe_note("members", (uint64_t)(int64_t)value->members);
    probe_note("reserved", (uint64_t)(int64_t)value->reserved);
    probe_note_text("url", *(&value->url));
    probe_note_text("description", *(&value->description));
    probe_note("event_count", value->event_count);
    for (uint64_t index = 0; value->events != NULL && index < value->event_count; index++)
        probe_note_text("events", *(value->events + index));
}

static inline void probe_make_webhook_change_v1(gantry_webhook_change_v1 *value) {
    memset(value, 0, sizeof *value);
    value->members = (uint32_t)probe_number();
    value->reserved = (uint32_t)probe_number();
    value->url = probe_text();
    value->description = probe_text();
    gantry_str_v1 *events = probe_memory(2 * sizeof *events);
    events[0] = probe_text();
    events[1] = probe_text();
    value->events = events;
    value->event_count = 2;
}

static inline int32_t driver_completion_fn_v1(void *context, int32_t status, const gantry_error_v1 *error) {
    probe_begin("gantry_completion_fn_v1");
    probe_note("context", *(const uint32_t *)context);
    probe_note("status", (uint64_t)(int64_t)status);
    if (error == NULL) probe_note("no error", 0);
    else probe_note_error_v1(error);
    return probe_answer(GANTRY_OK);
}

static inline int32_t driver_bytes_fn_v1(void *context, gantry_str_v1 bytes) {
    probe_begin("gantry_bytes_fn_v1");
    probe_note("context", *(const uint32_t *)context);
    probe_note_text("bytes", *(&bytes));
    return probe_answer(GANTRY_OK);
}

static inline int32_t driver_blob_fn_v1(void *context, const gantry_blob_v1 *blob) {
    probe_begin("gantry_blob_fn_v1");
    probe_note("context", *(const uint32_t *)context);
    if (blob == NULL) probe_note("no blob", 0);
    else probe_note_blob_v1(blob);
    return probe_answer(GANTRY_OK);
}

static inline int32_t driver_transaction_fn_v1(void *context, uint64_t transaction) {
    probe_begin("gantry_transaction_fn_v1");
    probe_note("context", *(const uint32_t *)context);
    probe_note("transaction", (uint64_t)(int64_t)transaction);
    return probe_answer(GANTRY_OK);
}

static inline int32_t driver_row_fn_v1(void *context, const gantry_value_v1 *columns, uint64_t column_count) {
    probe_begin("gantry_row_fn_v1");
    probe_note("context", *(const uint32_t *)context);
    probe_note("column_count", column_count);
    for (uint64_t index = 0; columns != NULL && index < column_count; index++)
        probe_note_value_v1(columns + index);
    return probe_answer(GANTRY_OK);
}

static inline int32_t driver_key_fn_v1(void *context, const gantry_key_v1 *key) {
    probe_begin("gantry_key_fn_v1");
    probe_note("context", *(const uint32_t *)context);
    if (key == NULL) probe_note("no key", 0);
    else probe_note_key_v1(key);
    return probe_answer(GANTRY_OK);
}

static inline int32_t driver_organization_fn_v1(void *context, const gantry_organization_v1 *organization) {
    probe_begin("gantry_organization_fn_v1");
    probe_note("context", *(const uint32_t *)context);
    if (organization == NULL) probe_note("no organization", 0);
    else probe_note_organization_v1(organization);
    return probe_answer(GANTRY_OK);
}

static inline int32_t driver_member_fn_v1(void *context, const gantry_member_v1 *member) {
    probe_begin("gantry_member_fn_v1");
    probe_note("context", *(const uint32_t *)context);
    if (member == NULL) probe_note("no member", 0);
    else probe_note_member_v1(member);
    return probe_answer(GANTRY_OK);
}

static inline int32_t driver_invitation_fn_v1(void *context, const gantry_invitation_v1 *invitation) {
    probe_begin("gantry_invitation_fn_v1");
    probe_note("context", *(const uint32_t *)context);
    if (invitation == NULL) probe_note("no invitation", 0);
    else probe_note_invitation_v1(invitation);
    return probe_answer(GANTRY_OK);
}

static inline int32_t driver_work_fn_v1(void *context) {
    probe_begin("gantry_work_fn_v1");
    probe_note("context", *(const uint32_t *)context);
    return probe_answer(GANTRY_OK);
}

static inline int32_t driver_principal_fn_v1(void *context, const gantry_principal_v1 *principal) {
    probe_begin("gantry_principal_fn_v1");
    probe_note("context", *(const uint32_t *)context);
    if (principal == NULL) probe_note("no principal", 0);
    else probe_note_principal_v1(principal);
    return probe_answer(GANTRY_OK);
}

static inline int32_t driver_token_fn_v1(void *context, const gantry_token_v1 *token) {
    probe_begin("gantry_token_fn_v1");
    probe_note("context", *(const uint32_t *)context);
    if (token == NULL) probe_note("no token", 0);
    else probe_note_token_v1(token);
    return probe_answer(GANTRY_OK);
}

static inline int32_t driver_finding_fn_v1(void *context, const gantry_finding_v1 *finding) {
    probe_begin("gantry_finding_fn_v1");
    probe_note("context", *(const uint32_t *)context);
    if (finding == NULL) probe_note("no finding", 0);
    else probe_note_finding_v1(finding);
    return probe_answer(GANTRY_OK);
}

static inline int32_t driver_outbound_fn_v1(void *context, int32_t status, const gantry_outbound_response_v1 *response,
                                            const gantry_error_v1 *error) {
    probe_begin("gantry_outbound_fn_v1");
    probe_note("context", *(const uint32_t *)context);
    probe_note("status", (uint64_t)(int64_t)status);
    if (response == NULL) probe_note("no response", 0);
    else probe_note_outbound_response_v1(response);
    if (error == NULL) probe_note("no error", 0);
    else probe_note_error_v1(error);
    return probe_answer(GANTRY_OK);
}

static inline int32_t driver_service_result_fn_v1(void *context, const gantry_value_v1 *result) {
    probe_begin("gantry_service_result_fn_v1");
    probe_note("context", *(const uint32_t *)context);
    if (result == NULL) probe_note("no result", 0);
    else probe_note_value_v1(result);
    return probe_answer(GANTRY_OK);
}

static inline int32_t driver_state_fn_v1(void *context, uint32_t version, gantry_str_v1 state) {
    probe_begin("gantry_state_fn_v1");
    probe_note("context", *(const uint32_t *)context);
    probe_note("version", (uint64_t)(int64_t)version);
    probe_note_text("state", *(&state));
    return probe_answer(GANTRY_OK);
}

static inline int32_t driver_wake_fn_v1(void *context, uint32_t events) {
    probe_begin("gantry_wake_fn_v1");
    probe_note("context", *(const uint32_t *)context);
    probe_note("events", (uint64_t)(int64_t)events);
    return probe_answer(GANTRY_OK);
}

static inline int32_t driver_webhook_fn_v1(void *context, const gantry_webhook_v1 *webhook) {
    probe_begin("gantry_webhook_fn_v1");
    probe_note("context", *(const uint32_t *)context);
    if (webhook == NULL) probe_note("no webhook", 0);
    else probe_note_webhook_v1(webhook);
    return probe_answer(GANTRY_OK);
}

static inline int32_t driver_webhook_delivery_fn_v1(void *context, const gantry_webhook_delivery_v1 *delivery) {
    probe_begin("gantry_webhook_delivery_fn_v1");
    probe_note("context", *(const uint32_t *)context);
    if (delivery == NULL) probe_note("no delivery", 0);
    else probe_note_webhook_delivery_v1(delivery);
    return probe_answer(GANTRY_OK);
}

static inline int32_t driver_socket_fn_v1(void *context, uint32_t event, uint32_t code, gantry_str_v1 data) {
    probe_begin("gantry_socket_fn_v1");
    probe_note("context", *(const uint32_t *)context);
    probe_note("event", (uint64_t)(int64_t)event);
    probe_note("code", (uint64_t)(int64_t)code);
    probe_note_text("data", *(&data));
    return probe_answer(GANTRY_OK);
}

#endif
