// What both modules in C++ share: an instance with nothing but its host's tables.
#ifndef PAIRED_MODULE_HPP
#define PAIRED_MODULE_HPP

#include <gantry/gantry.h>

#include <string>
#include <string_view>

using Call = const gantry_call_v1 *;

struct Instance {
    const gantry_response_v1 *response;
    const gantry_services_v1 *services;
};

inline gantry_str_v1 text(std::string_view view) {
    return {reinterpret_cast<const uint8_t *>(view.data()), view.size()};
}

inline std::string_view view(gantry_str_v1 text) {
    return {reinterpret_cast<const char *>(text.data), static_cast<size_t>(text.size)};
}

inline int32_t create(void *, Call, const gantry_host_v1 *host, gantry_str_v1, void **out, gantry_error_v1 *) {
    const void *response = nullptr, *services = nullptr;
    host->query(host->scope, text(GANTRY_RESPONSE_ID), 1, &response);
    host->query(host->scope, text(GANTRY_SERVICES_ID), 1, &services);
    *out = new Instance{static_cast<const gantry_response_v1 *>(response),
                        static_cast<const gantry_services_v1 *>(services)};
    return GANTRY_OK;
}

inline int32_t nothing(void *, Call, gantry_error_v1 *) { return GANTRY_OK; }

inline int32_t destroy(void *instance) {
    delete static_cast<Instance *>(instance);
    return GANTRY_OK;
}

#endif
