// Exports services from C++.
#include "module.hpp"

#include <algorithm>
#include <cstdio>

GANTRY_MODULE_NOTE(GANTRY_RUNTIME_NONE);

namespace {

int32_t give(gantry_bytes_fn_v1 on_result, void *context, std::string_view result) {
    return on_result == nullptr ? GANTRY_OK : on_result(context, text(result));
}

int32_t mix(void *, Call, gantry_str_v1 name, gantry_str_v1 bytes, uint8_t flag, int64_t number, double real,
            gantry_bytes_fn_v1 on_result, void *context) {
    char tail[64];
    std::snprintf(tail, sizeof tail, "/%llu/%d/%lld/%.2f", static_cast<unsigned long long>(bytes.size), flag,
                  static_cast<long long>(number), real);
    return give(on_result, context, std::string(view(name)) + tail);
}

int32_t twice(void *, Call, int64_t number, int64_t *out) {
    *out = number * 2;
    return GANTRY_OK;
}

int32_t is_long(void *, Call, gantry_str_v1 name, uint8_t *out) {
    *out = name.size > 3;
    return GANTRY_OK;
}

int32_t half(void *, Call, double number, double *out) {
    *out = number / 2;
    return GANTRY_OK;
}

int32_t reverse(void *, Call, gantry_str_v1 bytes, gantry_bytes_fn_v1 on_result, void *context) {
    std::string turned(view(bytes));
    std::reverse(turned.begin(), turned.end());
    return give(on_result, context, turned);
}

int32_t note(void *, Call, gantry_str_v1) { return GANTRY_OK; }

int32_t wide(void *, Call, gantry_str_v1 a, gantry_str_v1 b, gantry_str_v1 c, int64_t d, double e, double f, uint8_t g,
             gantry_str_v1 h, int64_t *out) {
    *out = static_cast<int64_t>(a.size + b.size * 10 + c.size * 100 + h.size * 1000) + d +
           static_cast<int64_t>(e + f) + g * 100000;
    return GANTRY_OK;
}

int32_t quick(void *, Call, int64_t *out) {
    *out = -1;
    return GANTRY_OK;
}

template <typename Function> gantry_service_fn_v1 any(Function function) {
    return reinterpret_cast<gantry_service_fn_v1>(function);
}

int32_t function(void *, gantry_str_v1 signature, gantry_service_fn_v1 *out) {
    const struct {
        std::string_view signature;
        gantry_service_fn_v1 function;
    } services[] = {
        {"provider.mix(string, bytes, bool, i64, f64) -> string", any(mix)},
        {"provider.twice(i64) -> i64", any(twice)},
        {"provider.is_long(string) -> bool", any(is_long)},
        {"provider.half(f64) -> f64", any(half)},
        {"provider.reverse(bytes) -> bytes", any(reverse)},
        {"provider.note(string)", any(note)},
        {"provider.wide(string, bytes, string, i64, f64, f64, bool, string) -> i64", any(wide)},
        {"provider.quick() -> i64", any(quick)},
    };
    for (const auto &service : services) {
        if (view(signature) != service.signature) continue;
        *out = service.function;
        return GANTRY_OK;
    }
    return GANTRY_E_UNSUPPORTED;
}

int32_t describe(void *, const gantry_description_v1 **out) {
    static const gantry_description_v1 description = {text("provider"), text("1.0.0"), nullptr, 0, nullptr, 0,
                                                      nullptr, 0};
    *out = &description;
    return GANTRY_OK;
}

int32_t query(void *, gantry_str_v1 id, uint32_t revision, const void **out) {
    static const gantry_lifecycle_v1 lifecycle = {describe, create, nothing, nothing, nothing, destroy};
    static const gantry_exporter_v1 exporter = {function, nullptr};
    if (revision != 1) return GANTRY_E_UNSUPPORTED;
    if (view(id) == GANTRY_LIFECYCLE_ID) *out = &lifecycle;
    else if (view(id) == GANTRY_EXPORTER_ID) *out = &exporter;
    else return GANTRY_E_UNSUPPORTED;
    return GANTRY_OK;
}

} // namespace

int32_t gantry_entry_v1(const gantry_host_v1 *, gantry_module_v1 *out) {
    *out = {nullptr, query};
    return GANTRY_OK;
}
