// An exhibit of the museum in C++: the same as that in C, with what a C++ program does otherwise.
#include <gantry/gantry.h>

#include <cstring>
#include <new>
#include <optional>
#include <string>
#include <string_view>

namespace {

gantry_str_v1 text(std::string_view view) { return {reinterpret_cast<const uint8_t *>(view.data()), view.size()}; }

std::string_view view(gantry_str_v1 bytes) { return {reinterpret_cast<const char *>(bytes.data), bytes.size}; }

gantry_value_v1 value(std::string_view content) { return {GANTRY_VALUE_TEXT, 0, 0, 0, text(content)}; }

// Runs a function in a transaction; no exception crosses the border.
template <typename Body>
int32_t transact(const gantry_database_v1 *database, const gantry_call_v1 *call, uint32_t mode, Body body) noexcept {
    auto run = [](void *context, uint64_t transaction) noexcept -> int32_t {
        try {
            return (*static_cast<Body *>(context))(transaction);
        } catch (...) {
            return GANTRY_E_FAILED;
        }
    };
    return database->transact(call, mode, run, &body, nullptr);
}

struct Exhibit {
    const gantry_response_v1 *response = nullptr;
    const gantry_database_v1 *database = nullptr;
    const gantry_events_v1 *events = nullptr;
    const gantry_jobs_v1 *jobs = nullptr;
    const gantry_clock_v1 *clock = nullptr;

    int32_t put(const gantry_call_v1 *call, std::string_view name, std::string_view content) const {
        int32_t status = transact(database, call, GANTRY_TRANSACTION_WRITE, [&](uint64_t transaction) {
            const gantry_value_v1 values[] = {value(name), value(content)};
            int32_t done = database->execute(
                call, transaction,
                text("INSERT INTO notes (name, content) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET content = $2"),
                values, 2, nullptr, nullptr, nullptr, nullptr);
            if (done == GANTRY_OK)
                done = events->publish(call, transaction, text("cpp.note.put"), text(""), text("{}"), nullptr, nullptr);
            return done == GANTRY_OK
                       ? jobs->enqueue(call, transaction, text("count"), text(""), text("{}"), 0, nullptr)
                       : done;
        });
        return status == GANTRY_OK ? response->send(call, 204, text(""), nullptr, 0, text("")) : status;
    }

    int32_t get(const gantry_call_v1 *call, std::string_view name) const {
        std::optional<std::string> found;
        auto take = [](void *context, const gantry_value_v1 *columns, uint64_t) noexcept -> int32_t {
            try {
                *static_cast<std::optional<std::string> *>(context) = std::string(view(columns[0].bytes));
                return GANTRY_OK;
            } catch (...) {
                return GANTRY_E_BUSY;
            }
        };
        int32_t status = transact(database, call, GANTRY_TRANSACTION_READ, [&](uint64_t transaction) {
            const gantry_value_v1 key = value(name);
            return database->execute(call, transaction, text("SELECT content FROM notes WHERE name = $1"), &key, 1,
                                     take, &found, nullptr, nullptr);
        });
        if (status != GANTRY_OK) return status;
        if (!found) return response->fail(call, 404, text("not_found"), text("There is no such note."), text(""));
        return response->send(call, 200, text("text/plain"), nullptr, 0, text(*found));
    }

    int32_t count(const gantry_call_v1 *call, std::string_view kind) const {
        return transact(database, call, GANTRY_TRANSACTION_WRITE, [&](uint64_t transaction) {
            const gantry_value_v1 key = value(kind);
            return database->execute(
                call, transaction,
                text("INSERT INTO notes (name, content) VALUES ($1, 'heard') ON CONFLICT (name) DO UPDATE SET content "
                     "= 'heard'"),
                &key, 1, nullptr, nullptr, nullptr, nullptr);
        });
    }
};

int32_t handle(void *instance, const gantry_call_v1 *call, const gantry_request_v1 *request) noexcept {
    const auto *self = static_cast<const Exhibit *>(instance);
    if (request->operation == 2) {
        int64_t now = 0;
        int32_t status = self->clock->now(call, &now);
        return status == GANTRY_OK ? self->response->send(call, 204, text(""), nullptr, 0, text("")) : status;
    }
    if (request->path_parameter_count != 1) return GANTRY_E_INVALID;
    const std::string_view name = view(request->path_parameters[0]);
    return request->operation == 1 ? self->get(call, name) : self->put(call, name, view(request->body));
}

int32_t check(void *, const gantry_call_v1 *, const gantry_request_v1 *, const gantry_finding_v1 *, uint64_t,
              gantry_finding_fn_v1, void *, gantry_error_v1 *) noexcept {
    return GANTRY_OK;
}

int32_t deliver(void *instance, const gantry_call_v1 *call, const gantry_event_v1 *, gantry_error_v1 *) noexcept {
    return static_cast<const Exhibit *>(instance)->count(call, "event");
}

int32_t run(void *instance, const gantry_call_v1 *call, const gantry_job_v1 *, gantry_error_v1 *) noexcept {
    return static_cast<const Exhibit *>(instance)->count(call, "job");
}

template <typename Table>
int32_t find(const gantry_host_v1 *host, std::string_view id, const Table *&table) noexcept {
    const void *found = nullptr;
    int32_t status = host->query(host->scope, text(id), 1, &found);
    table = static_cast<const Table *>(found);
    return status;
}

int32_t create(void *, const gantry_call_v1 *, const gantry_host_v1 *host, gantry_str_v1, void **out_instance,
               gantry_error_v1 *) noexcept {
    auto *self = new (std::nothrow) Exhibit;
    if (self == nullptr) return GANTRY_E_BUSY;
    int32_t status = find(host, GANTRY_RESPONSE_ID, self->response);
    if (status == GANTRY_OK) status = find(host, GANTRY_DATABASE_ID, self->database);
    if (status == GANTRY_OK) status = find(host, GANTRY_EVENTS_ID, self->events);
    if (status == GANTRY_OK) status = find(host, GANTRY_JOBS_ID, self->jobs);
    if (status == GANTRY_OK) status = find(host, GANTRY_CLOCK_ID, self->clock);
    if (status == GANTRY_OK) *out_instance = self;
    else delete self;
    return status;
}

int32_t step(void *, const gantry_call_v1 *, gantry_error_v1 *) noexcept { return GANTRY_OK; }

int32_t destroy(void *instance) noexcept {
    delete static_cast<Exhibit *>(instance);
    return GANTRY_OK;
}

int32_t describe(void *, const gantry_description_v1 **out) noexcept {
    static const gantry_str_v1 operations[] = {text("putNote"), text("getNote"), text("getTime")};
    static const gantry_str_v1 handlers[] = {text("onPut")}, jobs[] = {text("count")};
    static const gantry_description_v1 description = {text("exhibit-cpp"), text("1.0.0"), operations, 3, handlers, 1,
                                                      jobs, 1};
    *out = &description;
    return GANTRY_OK;
}

int32_t query(void *, gantry_str_v1 id, uint32_t revision, const void **out_table) noexcept {
    static const gantry_lifecycle_v1 lifecycle = {describe, create, step, step, step, destroy};
    static const gantry_http_v1 http = {handle, check};
    static const gantry_subscriber_v1 subscriber = {deliver};
    static const gantry_runner_v1 runner = {run};
    const std::string_view name = view(id);
    if (revision != 1) return GANTRY_E_UNSUPPORTED;
    if (name == GANTRY_LIFECYCLE_ID) return *out_table = &lifecycle, GANTRY_OK;
    if (name == GANTRY_HTTP_ID) return *out_table = &http, GANTRY_OK;
    if (name == GANTRY_SUBSCRIBER_ID) return *out_table = &subscriber, GANTRY_OK;
    if (name == GANTRY_RUNNER_ID) return *out_table = &runner, GANTRY_OK;
    return GANTRY_E_UNSUPPORTED;
}

}  // namespace

GANTRY_MODULE_NOTE(GANTRY_RUNTIME_NONE);

extern "C" int32_t gantry_entry_v1(const gantry_host_v1 *, gantry_module_v1 *out_module) {
    out_module->module = nullptr;
    out_module->query = query;
    return GANTRY_OK;
}
