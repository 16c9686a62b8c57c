// Calls the services of a module in Swift from C++, and tells what they answered.
#include <gantry/gantry.h>

#include <string>
#include <string_view>

GANTRY_MODULE_NOTE(GANTRY_RUNTIME_NONE);

namespace {

using Call = const gantry_call_v1 *;

struct Instance {
    const gantry_response_v1 *response;
    const gantry_services_v1 *services;
};

gantry_str_v1 text(std::string_view view) { return {reinterpret_cast<const uint8_t *>(view.data()), view.size()}; }

std::string_view view(gantry_str_v1 text) {
    return {reinterpret_cast<const char *>(text.data), static_cast<size_t>(text.size)};
}

template <typename Function>
int32_t find(const Instance *self, Call call, std::string_view signature, Function *out) {
    gantry_service_fn_v1 found = nullptr;
    int32_t status = self->services->find(call, text(signature), &found, nullptr);
    *out = reinterpret_cast<Function>(found);
    return status;
}

int32_t keep(void *context, gantry_str_v1 bytes) {
    *static_cast<std::string *>(context) = view(bytes);
    return GANTRY_OK;
}

int32_t ask(const Instance *self, Call call, gantry_str_v1 name, std::string &result) {
    int32_t (*function)(Call, gantry_str_v1, int64_t *);
    int64_t count = 0;
    int32_t status = find(self, call, "relay.ask(string) -> i64", &function);
    if (status == GANTRY_OK) status = function(call, name, &count);
    result = std::to_string(count);
    return status;
}

int32_t describe(const Instance *self, Call call, gantry_str_v1 name, std::string &result) {
    int32_t (*function)(Call, gantry_str_v1, int64_t, double, uint8_t, gantry_bytes_fn_v1, void *);
    int32_t status = find(self, call, "relay.describe(string, i64, f64, bool) -> string", &function);
    return status == GANTRY_OK ? function(call, name, -7, 2.5, 1, keep, &result) : status;
}

int32_t reverse(const Instance *self, Call call, gantry_str_v1 name, std::string &result) {
    int32_t (*function)(Call, gantry_str_v1, gantry_bytes_fn_v1, void *);
    int32_t status = find(self, call, "relay.reverse(bytes) -> bytes", &function);
    return status == GANTRY_OK ? function(call, name, keep, &result) : status;
}

int32_t remember(const Instance *self, Call call, gantry_str_v1 name, std::string &) {
    int32_t (*function)(Call, gantry_str_v1);
    int32_t status = find(self, call, "relay.remember(string)", &function);
    return status == GANTRY_OK ? function(call, view(name) == "nobody" ? text("") : name) : status;
}

int32_t handle(void *instance, Call call, const gantry_request_v1 *request) {
    int32_t (*const services[])(const Instance *, Call, gantry_str_v1, std::string &) = {ask, describe, reverse,
                                                                                          remember};
    const Instance *self = static_cast<const Instance *>(instance);
    std::string result;
    int32_t status = services[request->operation](self, call, request->path_parameters[0], result);
    std::string body = std::to_string(status) + " " + result;
    return self->response->send(call, 200, text("text/plain"), nullptr, 0, text(body));
}

int32_t check(void *, Call, const gantry_request_v1 *, const gantry_finding_v1 *, uint64_t, gantry_finding_fn_v1,
              void *, gantry_error_v1 *) {
    return GANTRY_OK;
}

int32_t create(void *, Call, const gantry_host_v1 *host, gantry_str_v1, void **out, gantry_error_v1 *) {
    const void *response = nullptr, *services = nullptr;
    int32_t status = host->query(host->scope, text(GANTRY_RESPONSE_ID), 1, &response);
    if (status == GANTRY_OK) status = host->query(host->scope, text(GANTRY_SERVICES_ID), 1, &services);
    if (status != GANTRY_OK) return status;
    *out = new Instance{static_cast<const gantry_response_v1 *>(response),
                        static_cast<const gantry_services_v1 *>(services)};
    return GANTRY_OK;
}

int32_t nothing(void *, Call, gantry_error_v1 *) { return GANTRY_OK; }

int32_t destroy(void *instance) {
    delete static_cast<Instance *>(instance);
    return GANTRY_OK;
}

int32_t describe_module(void *, const gantry_description_v1 **out) {
    static const gantry_str_v1 operations[] = {text("ask"), text("describe"), text("reverse"), text("remember")};
    static const gantry_description_v1 description = {text("caller"), text("1.0.0"), operations, 4, nullptr, 0, nullptr,
                                                      0};
    *out = &description;
    return GANTRY_OK;
}

int32_t query(void *, gantry_str_v1 id, uint32_t revision, const void **out) {
    static const gantry_lifecycle_v1 lifecycle = {describe_module, create, nothing, nothing, nothing, destroy};
    static const gantry_http_v1 http = {handle, check};
    if (revision != 1) return GANTRY_E_UNSUPPORTED;
    if (view(id) == GANTRY_LIFECYCLE_ID) *out = &lifecycle;
    else if (view(id) == GANTRY_HTTP_ID) *out = &http;
    else return GANTRY_E_UNSUPPORTED;
    return GANTRY_OK;
}

} // namespace

int32_t gantry_entry_v1(const gantry_host_v1 *, gantry_module_v1 *out) {
    *out = {nullptr, query};
    return GANTRY_OK;
}
