// my-module: keeps notes. A list, a new note, and an event for whoever wants to hear of it.
#include <gantry.hpp>

namespace {

std::string note(std::string_view id, std::string_view text, int64_t created_at) {
    return "{\"id\":" + gantry::quote(id) + ",\"text\":" + gantry::quote(text) +
           ",\"createdAt\":" + std::to_string(created_at) + "}";
}

/// One tenant's instance. Keep nothing outside: tenants share the library.
class MyModule {
  public:
    static constexpr const char *id = "my-module", *version = "1.0.0";

    static std::vector<gantry::Operation<MyModule>> operations() {
        return {{"listNotes", &MyModule::list_notes}, {"addNote", &MyModule::add_note}};
    }

    explicit MyModule(const gantry::Host &host)
        : database(host), clock(host), events(host.table<gantry_events_v1>(GANTRY_EVENTS_ID)) {}

  private:
    gantry::Database database;
    gantry::Clock clock;
    const gantry_events_v1 *events;

    gantry::Response list_notes(const gantry::Request &request) {
        std::string notes = database.read(request.call(), [&](gantry::Transaction &tx) {
            std::string list;
            tx.rows("SELECT id, text, created_at FROM notes ORDER BY created_at DESC, id", {},
                    [&](const gantry::Row &row) {
                        if (!list.empty()) list += ",";
                        list += note(row.text(0), row.text(1), row.integer(2));
                    });
            return list;
        });
        return gantry::Response::json(200, "{\"notes\":[" + notes + "]}");
    }

    gantry::Response add_note(const gantry::Request &request) {
        std::string text = request.json()["text"].text(); // the contract has said that it is there
        std::string id = clock.identifier(request.call());
        int64_t now = clock.milliseconds(request.call());
        std::string json = note(id, text, now);
        // The body may run again from its start. The row and the event come to be together, or neither does.
        database.write(request.call(), [&](gantry::Transaction &tx) {
            tx.publish(events, "my-module.note.added", id, json);
            return tx.execute("INSERT INTO notes (id, text, created_at) VALUES ($1, $2, $3)", {id, text, now});
        });
        return gantry::Response::json(201, json);
    }
};

} // namespace

GANTRY_EXPORT(MyModule)
