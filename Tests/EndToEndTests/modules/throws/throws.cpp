// A module that throws wherever it can; see test_examples.py.
#include <gantry.hpp>

namespace {

[[noreturn]] void fail(std::string_view how) {
    if (how == "number") throw 42;
    if (how == "refusal") throw gantry::Refusal(409, "refused", "It is refused.");
    throw std::runtime_error("it is said");
}

class Throws {
  public:
    static constexpr const char *id = "throws", *version = "1.0.0";
    static std::vector<gantry::Operation<Throws>> operations() { return {{"fail", &Throws::run}}; }
    explicit Throws(const gantry::Host &host) : database(host) {}

  private:
    gantry::Database database;

    gantry::Response run(const gantry::Request &request) {
        std::string_view where = request.path_parameter(0), how = request.path_parameter(1);
        if (where == "handler") fail(how);
        database.write(request.call(), [&](gantry::Transaction &tx) {
            tx.execute("INSERT INTO marks (text) VALUES ($1)", {std::string(where)});
            if (where == "row") tx.rows("SELECT text FROM marks", {}, [&](const gantry::Row &) { fail(how); });
            if (where == "transaction") fail(how);
            if (where == "statement") tx.execute("INSERT INTO nowhere (text) VALUES (1)");
            return 0;
        });
        int64_t count = database.read(request.call(), [](gantry::Transaction &tx) {
            int64_t count = 0;
            tx.rows("SELECT count(*) FROM marks", {}, [&](const gantry::Row &row) { count = row.integer(0); });
            return count;
        });
        return gantry::Response::json(200, std::to_string(count));
    }
};

} // namespace

GANTRY_EXPORT(Throws)
