// gantry.hpp: modules in C++17. A header and nothing else; it is no part of the interface, which gantry/gantry.h is.
//
// A module derives from gantry::Module, lists its operations, and is exported by GANTRY_EXPORT(Name), once. No
// exception leaves the module: each function that the host calls catches what is thrown and answers a failure. Nor does
// one pass through the host: what a transaction's body throws is kept while the host returns, and thrown behind it.
#ifndef GANTRY_HPP
#define GANTRY_HPP

extern "C" {
#include <gantry/gantry.h>
}

#include <cstring>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace gantry {

inline gantry_str_v1 borrowed(std::string_view text) {
    return {reinterpret_cast<const uint8_t *>(text.data()), text.size()};
}

/// What the host lends; empty where address and size cannot belong together.
inline std::string_view view(gantry_str_v1 text) {
    bool is_span = text.data != nullptr && text.size <= UINT64_C(1) << 40;
    return is_span ? std::string_view(reinterpret_cast<const char *>(text.data), text.size) : std::string_view();
}

/// A function of the host has failed, or the module does not know how to go on: the client gets 500.
struct Failure : std::runtime_error {
    int32_t status;
    Failure(int32_t status, const std::string &message) : std::runtime_error(message), status(status) {}
};

/// The module refuses: the client gets this status, reason and sentence in the module's error shape.
struct Refusal : std::runtime_error {
    uint32_t http_status;
    std::string reason;
    Refusal(uint32_t http_status, std::string reason, const std::string &message)
        : std::runtime_error(message), http_status(http_status), reason(std::move(reason)) {}
};

/// Room for the host's words about a failure.
class Record {
  public:
    gantry_error_v1 *raw() {
        raw_ = {0, sizeof bytes_, 0, 0, bytes_};
        return &raw_;
    }
    /// Throws Failure unless the status is a success.
    void check(int32_t status, std::string_view what) const {
        if (status >= 0) return;
        std::string message(what);
        if (raw_.message_size > 0 && raw_.message_size <= sizeof bytes_) {
            message.append(": ").append(reinterpret_cast<const char *>(bytes_), raw_.message_size);
        } else {
            message.append(" answered ").append(std::to_string(status));
        }
        throw Failure(status, message);
    }

  private:
    uint8_t bytes_[512];
    gantry_error_v1 raw_{};
};

/// Text as a JSON string, with quotes.
inline std::string quote(std::string_view text) {
    static const char digits[] = "0123456789abcdef";
    std::string quoted = "\"";
    for (unsigned char byte : text) {
        if (byte == '"' || byte == '\\') quoted.append({'\\', static_cast<char>(byte)});
        else if (byte < 0x20) quoted.append("\\u00").append({digits[byte >> 4], digits[byte & 15]});
        else quoted.push_back(static_cast<char>(byte));
    }
    return quoted.append("\"");
}

/// A value of a JSON document that the host has parsed and held against the contract. Borrowed with it.
class Json {
  public:
    Json() = default;
    explicit Json(const gantry_document_v1 *document)
        : document_(is_whole(document) ? document : nullptr) {}

    /// Whether there is a value.
    explicit operator bool() const { return document_ != nullptr; }

    /// The member's value; none when there is none or this is no object. Of two of one name the last counts.
    Json operator[](std::string_view name) const {
        Json found;
        if (document_ == nullptr || node().kind != GANTRY_NODE_OBJECT) return found;
        for (uint32_t i = index_ + 1; i + 1 < node().next; i = document_->nodes[i + 1].next) {
            if (at(i).text() == name) found = at(i + 1);
        }
        return found;
    }

    /// The text of a string, its escapes resolved; empty for anything else.
    std::string text() const {
        if (document_ == nullptr || node().kind != GANTRY_NODE_STRING) return {};
        std::string_view raw = view(document_->bytes).substr(node().offset, node().length);
        if (!(node().flags & GANTRY_NODE_ESCAPED)) return std::string(raw);
        std::string text;
        for (size_t i = 0; i < raw.size(); i++) {
            if (raw[i] != '\\' || i + 1 == raw.size()) {
                text.push_back(raw[i]);
                continue;
            }
            static const std::string_view names = "bfnrt", meanings = "\b\f\n\r\t";
            char name = raw[++i];
            if (name == 'u') i += scalar(raw.substr(i + 1), text);
            else text.push_back(names.find(name) == names.npos ? name : meanings[names.find(name)]);
        }
        return text;
    }

    /// A number without fraction; `otherwise` for anything else.
    int64_t integer(int64_t otherwise = 0) const {
        if (document_ == nullptr || !(node().flags & GANTRY_NODE_INTEGER)) return otherwise;
        return std::stoll(std::string(view(document_->bytes).substr(node().offset, node().length)));
    }

  private:
    static bool is_whole(const gantry_document_v1 *document) {
        return document != nullptr && document->node_count > 0 && document->nodes != nullptr &&
               document->bytes.data != nullptr;
    }

    const gantry_document_v1 *document_ = nullptr;
    uint32_t index_ = 0;

    const gantry_node_v1 &node() const { return document_->nodes[index_]; }
    Json at(uint32_t index) const {
        Json other = *this;
        other.index_ = index;
        return other;
    }
    /// Adds what the digits behind `\u` mean, a pair as one; gives how many bytes they take.
    static size_t scalar(std::string_view raw, std::string &text) {
        auto unit = [&](size_t from) {
            return static_cast<uint32_t>(std::stoul(std::string(raw.substr(from, 4)), nullptr, 16));
        };
        if (raw.size() < 4) return 0;
        uint32_t scalar = unit(0);
        size_t taken = 4;
        if (scalar >= 0xD800 && scalar < 0xDC00 && raw.size() >= 10) {
            scalar = 0x10000 + ((scalar - 0xD800) << 10) + (unit(6) - 0xDC00);
            taken = 10;
        }
        auto add = [&](uint32_t byte) { text.push_back(static_cast<char>(byte)); };
        if (scalar < 0x80) add(scalar);
        else if (scalar < 0x800) add(0xC0 | scalar >> 6);
        else if (scalar < 0x10000) add(0xE0 | scalar >> 12);
        else add(0xF0 | scalar >> 18);
        if (scalar >= 0x10000) add(0x80 | (scalar >> 12 & 0x3F));
        if (scalar >= 0x800) add(0x80 | (scalar >> 6 & 0x3F));
        if (scalar >= 0x80) add(0x80 | (scalar & 0x3F));
        return taken;
    }
};

/// The tables of the host, asked for while an instance is made. They live as long as the process.
class Host {
  public:
    explicit Host(const gantry_host_v1 *raw) : raw_(raw) {}

    /// A table; throws Failure where the manifest does not ask for it, or the operator has not granted it.
    template <typename Table> const Table *table(std::string_view id) const {
        const void *found = nullptr;
        int32_t status = raw_->query(raw_->scope, borrowed(id), 1, &found);
        if (status == GANTRY_E_DENIED) {
            throw Failure(status, std::string(id) + " is denied: does module.yaml ask for its capability?");
        }
        if (status != GANTRY_OK || found == nullptr) {
            throw Failure(status < 0 ? status : GANTRY_E_UNSUPPORTED, "there is no table " + std::string(id));
        }
        return static_cast<const Table *>(found);
    }

  private:
    const gantry_host_v1 *raw_;
};

/// A request, borrowed until the handler returns.
class Request {
  public:
    Request(const gantry_call_v1 *call, const gantry_request_v1 *raw) : call_(call), raw_(raw) {}

    const gantry_call_v1 *call() const { return call_; }
    std::string_view tenant() const { return view(call_->tenant); }
    /// The parameters of the path, in the order of its template.
    std::string_view path_parameter(uint32_t position) const {
        bool is_there = raw_->path_parameters != nullptr && position < raw_->path_parameter_count;
        return is_there ? view(raw_->path_parameters[position]) : std::string_view();
    }
    /// The last parameter of the query of that name; empty when there is none.
    std::string_view query(std::string_view name) const { return field(raw_->query, raw_->query_count, name); }
    /// A header by its name in lower case; empty when there is none.
    std::string_view header(std::string_view name) const { return field(raw_->headers, raw_->header_count, name); }
    std::string_view body() const { return view(raw_->body); }
    Json json() const { return Json(raw_->document); }

  private:
    const gantry_call_v1 *call_;
    const gantry_request_v1 *raw_;

    static std::string_view field(const gantry_field_v1 *fields, uint32_t count, std::string_view name) {
        for (uint32_t i = fields == nullptr ? 0 : count; i-- > 0;) {
            if (view(fields[i].name) == name) return view(fields[i].value);
        }
        return {};
    }
};

/// A whole response.
struct Response {
    uint32_t status = 200;
    std::string body;
    std::string content_type = "application/json";
    std::vector<std::pair<std::string, std::string>> headers;

    static Response json(uint32_t status, std::string body) {
        return {status, std::move(body), "application/json", {}};
    }
};

/// A parameter of a statement.
using Value = std::variant<std::nullptr_t, int64_t, double, std::string>;

/// A row, borrowed while it is read.
class Row {
  public:
    Row(const gantry_value_v1 *columns, uint64_t count) : columns_(columns), count_(columns == nullptr ? 0 : count) {}
    /// The column's text; empty where it has none.
    std::string_view text(uint64_t column) const {
        return is(column, GANTRY_VALUE_TEXT) ? view(columns_[column].bytes) : std::string_view();
    }
    /// The column's integer; 0 where it has none.
    int64_t integer(uint64_t column) const { return is(column, GANTRY_VALUE_INTEGER) ? columns_[column].integer : 0; }
    /// The column's number; 0 where it has none.
    double real(uint64_t column) const { return is(column, GANTRY_VALUE_REAL) ? columns_[column].real : 0; }

  private:
    const gantry_value_v1 *columns_;
    uint64_t count_;
    bool is(uint64_t column, int32_t type) const { return column < count_ && columns_[column].type == type; }
};

/// What the body of a transaction works with. It may run again from its start, and on another thread.
class Transaction {
  public:
    Transaction(const gantry_database_v1 *database, const gantry_call_v1 *call, uint64_t handle)
        : database_(database), call_(call), handle_(handle) {}

    /// Runs one statement; gives how many rows it changed. Placeholders are `$1`, `$2`, ….
    uint64_t execute(std::string_view sql, const std::vector<Value> &parameters = {}) {
        return run(sql, parameters, nullptr);
    }

    /// Runs one statement and hands each of its rows to `on_row`.
    void rows(std::string_view sql, const std::vector<Value> &parameters,
              const std::function<void(const Row &)> &on_row) {
        run(sql, parameters, &on_row);
    }

    /// Publishes an event: it exists exactly when the transaction is committed. `data` is a JSON object.
    void publish(const gantry_events_v1 *events, std::string_view type, std::string_view key, std::string_view data) {
        Record record;
        record.check(events->publish(call_, handle_, borrowed(type), borrowed(key), borrowed(data), nullptr,
                                     record.raw()), type);
    }

    /// Queues a job: it exists exactly when the transaction is committed. `payload` is a JSON object; jobs of one name
    /// and key run one after the other; it does not run before the time, 0 for at once.
    void enqueue(const gantry_jobs_v1 *jobs, std::string_view name, std::string_view key, std::string_view payload,
                 int64_t not_before_milliseconds = 0) {
        Record record;
        record.check(jobs->enqueue(call_, handle_, borrowed(name), borrowed(key), borrowed(payload),
                                   not_before_milliseconds, record.raw()), name);
    }

  private:
    const gantry_database_v1 *database_;
    const gantry_call_v1 *call_;
    uint64_t handle_;

    struct Reading {
        const std::function<void(const Row &)> *on_row;
        std::exception_ptr failure;
    };

    static gantry_value_v1 raw(const Value &value) {
        gantry_value_v1 raw{};
        if (auto *integer = std::get_if<int64_t>(&value)) {
            raw.type = GANTRY_VALUE_INTEGER;
            raw.integer = *integer;
        } else if (auto *real = std::get_if<double>(&value)) {
            raw.type = GANTRY_VALUE_REAL;
            raw.real = *real;
        } else if (auto *text = std::get_if<std::string>(&value)) {
            raw.type = GANTRY_VALUE_TEXT;
            raw.bytes = borrowed(*text);
        }
        return raw;
    }

    static int32_t read_row(void *context, const gantry_value_v1 *columns, uint64_t column_count) noexcept {
        auto *reading = static_cast<Reading *>(context);
        try {
            (*reading->on_row)(Row(columns, column_count));
            return GANTRY_OK;
        } catch (...) {
            reading->failure = std::current_exception();
            return GANTRY_E_FAILED;
        }
    }

    uint64_t run(std::string_view sql, const std::vector<Value> &parameters,
                 const std::function<void(const Row &)> *on_row) {
        std::vector<gantry_value_v1> values;
        for (const Value &value : parameters) values.push_back(raw(value));
        Reading reading{on_row, nullptr};
        Record record;
        uint64_t changes = 0;
        int32_t status = database_->execute(call_, handle_, borrowed(sql), values.data(), values.size(),
                                            on_row == nullptr ? nullptr : read_row, &reading, &changes, record.raw());
        if (reading.failure) std::rethrow_exception(reading.failure);
        record.check(status, sql);
        return changes;
    }
};

/// The instance's own database. Needs the capability `database`.
class Database {
  public:
    explicit Database(const Host &host) : table_(host.table<gantry_database_v1>(GANTRY_DATABASE_ID)) {}

    /// Runs the body on one consistent snapshot. May wait: not for `inline` routes.
    template <typename Body> auto read(const gantry_call_v1 *call, Body &&body) const {
        return transact(call, GANTRY_TRANSACTION_READ, body);
    }
    /// Runs the body and makes what it did durable, or nothing of it. May wait.
    template <typename Body> auto write(const gantry_call_v1 *call, Body &&body) const {
        return transact(call, GANTRY_TRANSACTION_WRITE, body);
    }

  private:
    const gantry_database_v1 *table_;

    template <typename Body> struct Run {
        const gantry_database_v1 *table;
        const gantry_call_v1 *call;
        Body &body;
        std::exception_ptr failure;
        decltype(std::declval<Body &>()(std::declval<Transaction &>())) result{};
    };

    template <typename Body> static int32_t run_body(void *context, uint64_t handle) noexcept {
        auto *run = static_cast<Run<Body> *>(context);
        try {
            run->failure = nullptr;
            Transaction transaction(run->table, run->call, handle);
            run->result = run->body(transaction);
            return GANTRY_OK;
        } catch (const Failure &failure) {
            run->failure = std::current_exception();
            return failure.status;
        } catch (...) {
            run->failure = std::current_exception();
            return GANTRY_E_FAILED;
        }
    }

    template <typename Body> auto transact(const gantry_call_v1 *call, uint32_t mode, Body &body) const {
        Run<Body> run{table_, call, body, nullptr};
        Record record;
        int32_t status = table_->transact(call, mode, run_body<Body>, &run, record.raw());
        if (run.failure) std::rethrow_exception(run.failure);
        record.check(status, "the transaction");
        return std::move(run.result);
    }
};

/// Tells the time and makes what nobody can guess.
class Clock {
  public:
    explicit Clock(const Host &host) : table_(host.table<gantry_clock_v1>(GANTRY_CLOCK_ID)) {}

    /// Milliseconds since 1970-01-01T00:00:00Z.
    int64_t milliseconds(const gantry_call_v1 *call) const {
        int64_t now = 0;
        Record().check(table_->now(call, &now), "gantry.clock now");
        return now;
    }
    /// A random identifier: 32 hexadecimal digits.
    std::string identifier(const gantry_call_v1 *call) const {
        uint8_t bytes[16];
        Record().check(table_->random(call, bytes, sizeof bytes), "gantry.clock random");
        std::string text;
        for (uint8_t byte : bytes) text.append({"0123456789abcdef"[byte >> 4], "0123456789abcdef"[byte & 15]});
        return text;
    }

  private:
    const gantry_clock_v1 *table_;
};

/// What the operator has set for the instance. Secrets need the capability `secrets`.
class Settings {
  public:
    explicit Settings(const Host &host) : table_(host.table<gantry_settings_v1>(GANTRY_SETTINGS_ID)) {}

    /// A secret as it is now; nothing for an optional one that has no value. Ask each time, and never log it.
    std::optional<std::string> secret(const gantry_call_v1 *call, std::string_view name) const {
        std::optional<std::string> value;
        int32_t status = table_->secret(call, borrowed(name), keep, &value);
        if (status != GANTRY_END) Record().check(status, name);
        return value;
    }

  private:
    const gantry_settings_v1 *table_;

    static int32_t keep(void *context, gantry_str_v1 bytes) noexcept {
        try {
            *static_cast<std::optional<std::string> *>(context) = std::string(view(bytes));
            return GANTRY_OK;
        } catch (...) {
            return GANTRY_E_FAILED;
        }
    }
};

/// A job, borrowed until the handler returns. The same one may be run again.
struct Job {
    const gantry_call_v1 *call;
    const gantry_job_v1 *raw;
    std::string_view id() const { return view(raw->id); }
    Json payload() const { return Json(&raw->payload); }
};

/// An event, borrowed until the handler returns. The same one may come again.
struct Event {
    const gantry_call_v1 *call;
    const gantry_event_v1 *raw;
    std::string_view id() const { return view(raw->id); }
    std::string_view key() const { return view(raw->key); }
    Json data() const { return Json(&raw->data); }
};

/// What one generation of a module hands to the next; the module counts the ways in which it is written.
struct State {
    uint32_t version;
    std::string bytes;
};

/// One tenant's instance of a module. A class `Own` that derives from it has
///   static constexpr const char *id, *version;                          as in module.yaml
///   static std::vector<gantry::Operation<Own>> operations();            by operation id of the contract
///   static std::vector<gantry::Subscription<Own>> subscriptions();      only where it subscribes
///   static std::vector<gantry::Runner<Own>> jobs();                     only where it has some
///   std::optional<gantry::State> export_state();                        only where it hands over what it holds in
///   bool import_state(const gantry::State &);                           memory; false: it is written in another way
///   explicit Own(const gantry::Host &);
template <typename Own> struct Operation {
    const char *name;
    Response (Own::*handle)(const Request &);
};
template <typename Own> struct Subscription {
    const char *name;
    void (Own::*deliver)(const Event &);
};

template <typename Own> struct Runner {
    const char *name;
    void (Own::*run)(const Job &);
};

template <typename Own> class Export {
  public:
    static int32_t enter(gantry_module_v1 *out_module) noexcept {
        try {
            static const Loaded loaded = describe_all();
            *out_module = {const_cast<Loaded *>(&loaded), query};
            return GANTRY_OK;
        } catch (...) {
            return GANTRY_E_FAILED;
        }
    }

  private:
    struct Loaded {
        std::vector<Operation<Own>> operations;
        std::vector<Subscription<Own>> subscriptions;
        std::vector<Runner<Own>> jobs;
        std::vector<gantry_str_v1> names;
        gantry_description_v1 description;
    };
    struct Instance {
        const Loaded *loaded;
        const gantry_response_v1 *response;
        const gantry_log_v1 *log;
        Own own;
    };

    template <typename T, typename = void> struct Subscribes : std::false_type {};
    template <typename T> struct Subscribes<T, std::void_t<decltype(T::subscriptions())>> : std::true_type {};

    template <typename T, typename = void> struct HasJobs : std::false_type {};
    template <typename T> struct HasJobs<T, std::void_t<decltype(T::jobs())>> : std::true_type {};

    template <typename T, typename = void> struct HandsOver : std::false_type {};
    template <typename T>
    struct HandsOver<T, std::void_t<decltype(std::declval<T &>().export_state())>> : std::true_type {};

    static Loaded describe_all() {
        Loaded loaded{Own::operations(), {}, {}, {}, {}};
        if constexpr (Subscribes<Own>::value) loaded.subscriptions = Own::subscriptions();
        if constexpr (HasJobs<Own>::value) loaded.jobs = Own::jobs();
        for (auto &operation : loaded.operations) loaded.names.push_back(borrowed(operation.name));
        for (auto &subscription : loaded.subscriptions) loaded.names.push_back(borrowed(subscription.name));
        for (auto &job : loaded.jobs) loaded.names.push_back(borrowed(job.name));
        const gantry_str_v1 *subscriptions = loaded.names.data() + loaded.operations.size();
        loaded.description = {borrowed(Own::id), borrowed(Own::version), loaded.names.data(), loaded.operations.size(),
                              subscriptions, loaded.subscriptions.size(),
                              subscriptions + loaded.subscriptions.size(), loaded.jobs.size()};
        return loaded;
    }

    /// Runs the body; what it throws becomes a status, and its words go to `record`.
    template <typename Body> static int32_t caught(gantry_error_v1 *record, Body &&body) noexcept {
        try {
            return body();
        } catch (const Failure &failure) {
            return told(record, failure.status, failure.what());
        } catch (const std::exception &failure) {
            return told(record, GANTRY_E_FAILED, failure.what());
        } catch (...) {
            return told(record, GANTRY_E_FAILED, "the module threw what is no std::exception");
        }
    }

    static int32_t told(gantry_error_v1 *record, int32_t status, const char *message) noexcept {
        if (record != nullptr && record->message != nullptr) {
            size_t size = std::strlen(message), room = record->message_capacity;
            record->message_size = static_cast<uint32_t>(size < room ? size : room);
            std::memcpy(record->message, message, record->message_size);
        }
        return status;
    }

    static int32_t describe(void *module, const gantry_description_v1 **out_description) noexcept {
        *out_description = &static_cast<const Loaded *>(module)->description;
        return GANTRY_OK;
    }

    static int32_t create(void *module, const gantry_call_v1 *, const gantry_host_v1 *raw, gantry_str_v1,
                          void **out_instance, gantry_error_v1 *error) noexcept {
        return caught(error, [&]() -> int32_t {
            Host host(raw);
            *out_instance = new Instance{static_cast<const Loaded *>(module),
                                         host.table<gantry_response_v1>(GANTRY_RESPONSE_ID),
                                         host.table<gantry_log_v1>(GANTRY_LOG_ID), Own(host)};
            return GANTRY_OK;
        });
    }

    static int32_t step(void *, const gantry_call_v1 *, gantry_error_v1 *) noexcept { return GANTRY_OK; }

    static int32_t destroy(void *instance) noexcept {
        return caught(nullptr, [&]() -> int32_t {
            delete static_cast<Instance *>(instance);
            return GANTRY_OK;
        });
    }

    static int32_t send(const Instance *self, const gantry_call_v1 *call, const Response &response) {
        std::vector<gantry_field_v1> headers;
        for (auto &header : response.headers) headers.push_back({borrowed(header.first), borrowed(header.second)});
        return self->response->send(call, response.status, borrowed(response.content_type), headers.data(),
                                    headers.size(), borrowed(response.body));
    }

    static int32_t handle(void *instance, const gantry_call_v1 *call, const gantry_request_v1 *request) noexcept {
        auto *self = static_cast<Instance *>(instance);
        uint8_t words[512];
        gantry_error_v1 record{0, sizeof words, 0, 0, words};
        int32_t status = caught(&record, [&]() -> int32_t {
            if (request->operation >= self->loaded->operations.size()) return GANTRY_E_INVALID;
            try {
                auto handler = self->loaded->operations[request->operation].handle;
                return send(self, call, (self->own.*handler)(Request(call, request)));
            } catch (const Refusal &refusal) {
                return self->response->fail(call, refusal.http_status, borrowed(refusal.reason),
                                            borrowed(refusal.what()), {});
            }
        });
        if (record.message_size > 0) {
            self->log->write(call, GANTRY_LOG_ERROR, {words, record.message_size}, nullptr, 0);
        }
        return status;
    }

    static int32_t check(void *, const gantry_call_v1 *, const gantry_request_v1 *, const gantry_finding_v1 *, uint64_t,
                         gantry_finding_fn_v1, void *, gantry_error_v1 *) noexcept {
        return GANTRY_OK; // the contract says it all
    }

    static int32_t deliver(void *instance, const gantry_call_v1 *call, const gantry_event_v1 *event,
                           gantry_error_v1 *error) noexcept {
        auto *self = static_cast<Instance *>(instance);
        return caught(error, [&]() -> int32_t {
            if (event->subscription >= self->loaded->subscriptions.size()) return GANTRY_E_INVALID;
            (self->own.*self->loaded->subscriptions[event->subscription].deliver)(Event{call, event});
            return GANTRY_OK;
        });
    }

    static int32_t run(void *instance, const gantry_call_v1 *call, const gantry_job_v1 *job,
                       gantry_error_v1 *error) noexcept {
        auto *self = static_cast<Instance *>(instance);
        return caught(error, [&]() -> int32_t {
            if (job->job >= self->loaded->jobs.size()) return GANTRY_E_INVALID;
            (self->own.*self->loaded->jobs[job->job].run)(Job{call, job});
            return GANTRY_OK;
        });
    }

    static int32_t export_state(void *instance, const gantry_call_v1 *, gantry_state_fn_v1 take, void *context,
                                gantry_error_v1 *error) noexcept {
        return caught(error, [&]() -> int32_t {
            if constexpr (HandsOver<Own>::value) {
                std::optional<State> state = static_cast<Instance *>(instance)->own.export_state();
                if (state) return take(context, state->version, borrowed(state->bytes));
            }
            return GANTRY_OK;
        });
    }

    static int32_t import_state(void *instance, const gantry_call_v1 *, uint32_t version, gantry_str_v1 bytes,
                                gantry_error_v1 *error) noexcept {
        return caught(error, [&]() -> int32_t {
            if constexpr (HandsOver<Own>::value) {
                auto *self = static_cast<Instance *>(instance);
                if (self->own.import_state(State{version, std::string(view(bytes))})) return GANTRY_OK;
            }
            return GANTRY_E_UNSUPPORTED;
        });
    }

    static int32_t query(void *module, gantry_str_v1 id, uint32_t revision, const void **out_table) noexcept {
        static const gantry_lifecycle_v1 lifecycle = {describe, create, step, step, step, destroy};
        static const gantry_http_v1 http = {handle, check};
        static const gantry_subscriber_v1 subscriber = {deliver};
        static const gantry_runner_v1 runner = {run};
        static const gantry_state_v1 state = {export_state, import_state};
        auto *loaded = static_cast<const Loaded *>(module);
        bool subscribes = !loaded->subscriptions.empty(), has_jobs = !loaded->jobs.empty();
        *out_table = nullptr;
        if (revision != 1) return GANTRY_E_UNSUPPORTED;
        if (view(id) == GANTRY_LIFECYCLE_ID) *out_table = &lifecycle;
        else if (view(id) == GANTRY_HTTP_ID) *out_table = &http;
        else if (view(id) == GANTRY_SUBSCRIBER_ID && subscribes) *out_table = &subscriber;
        else if (view(id) == GANTRY_RUNNER_ID && has_jobs) *out_table = &runner;
        else if (view(id) == GANTRY_STATE_ID && HandsOver<Own>::value) *out_table = &state;
        return *out_table == nullptr ? GANTRY_E_UNSUPPORTED : GANTRY_OK;
    }
};

} // namespace gantry

/// The note in the library's file and the one function that it exports. Once, outside every namespace.
#define GANTRY_EXPORT(Own)                                                                              \
    GANTRY_MODULE_NOTE(GANTRY_RUNTIME_NONE);                                                            \
    extern "C" int32_t gantry_entry_v1(const gantry_host_v1 *, gantry_module_v1 *out_module) {          \
        return gantry::Export<Own>::enter(out_module);                                                  \
    }

#endif
