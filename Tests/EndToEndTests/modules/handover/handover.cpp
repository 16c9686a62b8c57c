// Counts in memory, also by a job, and hands the count to the next generation; and tells how long a secret is.
#include <gantry.hpp>

#include <charconv>

namespace {

class Handover {
  public:
    static constexpr const char *id = "handover", *version = "1.0.0";
    static std::vector<gantry::Operation<Handover>> operations() {
        return {{"count", &Handover::count}, {"postpone", &Handover::postpone}, {"start", &Handover::start}};
    }
    static std::vector<gantry::Runner<Handover>> jobs() { return {{"later", &Handover::later}}; }
    explicit Handover(const gantry::Host &host)
        : database_(host), settings_(host), jobs_(host.table<gantry_jobs_v1>(GANTRY_JOBS_ID)) {}

    std::optional<gantry::State> export_state() { return gantry::State{1, std::to_string(count_)}; }

    bool import_state(const gantry::State &state) {
        const char *end = state.bytes.data() + state.bytes.size();
        int64_t count = 0;
        if (state.version != 1 || std::from_chars(state.bytes.data(), end, count).ptr != end) return false;
        count_ = count;
        return true;
    }

  private:
    gantry::Database database_;
    gantry::Settings settings_;
    const gantry_jobs_v1 *jobs_;
    int64_t count_ = 0;

    gantry::Response count(const gantry::Request &) { return gantry::Response::json(200, std::to_string(++count_)); }

    gantry::Response postpone(const gantry::Request &request) {
        database_.write(request.call(), [&](gantry::Transaction &tx) {
            tx.enqueue(jobs_, "later", "", "{\"by\":10}");
            return 0;
        });
        return gantry::Response{204, "", "", {}};
    }

    gantry::Response start(const gantry::Request &request) {
        std::optional<std::string> secret = settings_.secret(request.call(), "start");
        return gantry::Response::json(200, secret ? std::to_string(secret->size()) : "null");
    }

    void later(const gantry::Job &job) { count_ += job.payload()["by"].integer(1); }
};

} // namespace

GANTRY_EXPORT(Handover)
