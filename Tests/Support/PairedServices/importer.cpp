// Calls services from C++: a function object for each of them, its type taken from the variable.
#include "module.hpp"

#include <cstdio>

GANTRY_MODULE_NOTE(GANTRY_RUNTIME_NONE);

namespace {

template <typename Function>
int32_t find(const Instance *self, Call call, std::string_view signature, Function *out) {
    gantry_service_fn_v1 found = nullptr;
    int32_t status = self->services->find(call, text(signature), &found, nullptr);
    *out = reinterpret_cast<Function>(found);
    return status;
}

int32_t keep(void *context, gantry_str_v1 bytes) {
    *static_cast<std::string *>(context) += view(bytes);
    return GANTRY_OK;
}

int32_t run(const Instance *self, Call call) {
    int32_t (*mix)(Call, gantry_str_v1, gantry_str_v1, uint8_t, int64_t, double, gantry_bytes_fn_v1, void *);
    int32_t (*twice)(Call, int64_t, int64_t *);
    int32_t (*is_long)(Call, gantry_str_v1, uint8_t *);
    int32_t (*half)(Call, double, double *);
    int32_t (*reverse)(Call, gantry_str_v1, gantry_bytes_fn_v1, void *);
    int32_t (*note)(Call, gantry_str_v1);
    int32_t (*wide)(Call, gantry_str_v1, gantry_str_v1, gantry_str_v1, int64_t, double, double, uint8_t, gantry_str_v1,
                    int64_t *);
    int32_t (*quick)(Call, int64_t *);
    int32_t status = find(self, call, "provider.mix(string, bytes, bool, i64, f64) -> string", &mix) |
                     find(self, call, "provider.twice(i64) -> i64", &twice) |
                     find(self, call, "provider.is_long(string) -> bool", &is_long) |
                     find(self, call, "provider.half(f64) -> f64", &half) |
                     find(self, call, "provider.reverse(bytes) -> bytes", &reverse) |
                     find(self, call, "provider.note(string)", &note) |
                     find(self, call, "provider.quick() -> i64", &quick) |
                     find(self, call, "provider.wide(string, bytes, string, i64, f64, f64, bool, string) -> i64",
                          &wide);
    if (status != GANTRY_OK) return self->response->send(call, 200, text("text/plain"), nullptr, 0, text("not found"));
    std::string mixed, turned;
    int64_t number = 0, large = 0, small = 0;
    double real = 0;
    uint8_t truth = 9;
    status = mix(call, text("Ada"), text("\x01\x02"), 1, -5, 2.5, keep, &mixed) | twice(call, 21, &number) |
             is_long(call, text("longer"), &truth) | half(call, 2.5, &real) |
             reverse(call, text("abc"), keep, &turned) | note(call, text("noted")) | quick(call, &small) |
             wide(call, text("a"), text("bb"), text("ccc"), 10000, 1.5, 2.5, 1, text("dddd"), &large);
    char body[512];
    std::snprintf(body, sizeof body, "%d %.100s %lld %d %.2f %.100s %lld %lld", status, mixed.c_str(),
                  static_cast<long long>(number), truth, real, turned.c_str(), static_cast<long long>(large),
                  static_cast<long long>(small));
    return self->response->send(call, 200, text("text/plain"), nullptr, 0, text(body));
}

int32_t handle(void *instance, Call call, const gantry_request_v1 *) {
    return run(static_cast<const Instance *>(instance), call);
}

int32_t check(void *, Call, const gantry_request_v1 *, const gantry_finding_v1 *, uint64_t, gantry_finding_fn_v1,
              void *, gantry_error_v1 *) {
    return GANTRY_OK;
}

int32_t describe(void *, const gantry_description_v1 **out) {
    static const gantry_str_v1 operations[] = {text("run")};
    static const gantry_description_v1 description = {text("importer"), text("1.0.0"), operations, 1, nullptr, 0,
                                                      nullptr, 0};
    *out = &description;
    return GANTRY_OK;
}

int32_t query(void *, gantry_str_v1 id, uint32_t revision, const void **out) {
    static const gantry_lifecycle_v1 lifecycle = {describe, create, nothing, nothing, nothing, destroy};
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
