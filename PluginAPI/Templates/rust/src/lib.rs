//! my-module: keeps notes. A list, a new note, and an event for whoever wants to hear of it.

use gantry::{quote, Clock, Database, Events, Host, Module, Operation, Outcome, Request, Response, Row};

/// What one tenant's instance works with. Keep nothing outside: tenants share the library.
struct MyModule {
    database: Database,
    events: Events,
    clock: Clock,
}

impl Module for MyModule {
    const ID: &'static str = "my-module";
    const VERSION: &'static str = "1.0.0";
    const OPERATIONS: &'static [Operation<Self>] = &[("listNotes", Self::list_notes), ("addNote", Self::add_note)];

    fn create(host: &Host<'_>, _configuration: &str) -> Outcome<Self> {
        Ok(MyModule { database: host.database()?, events: host.events()?, clock: host.clock()? })
    }
}

gantry::module!(MyModule);

/// A note as JSON.
fn note(id: &str, text: &str, created_at: i64) -> String {
    format!("{{\"id\":{},\"text\":{},\"createdAt\":{}}}", quote(id), quote(text), created_at)
}

impl MyModule {
    fn list_notes(&self, request: &Request<'_>) -> Outcome<Response> {
        let notes = self.database.read(request.call(), |tx| {
            let read = |row: &Row<'_>| note(row.text(0), row.text(1), row.integer(2));
            tx.rows("SELECT id, text, created_at FROM notes ORDER BY created_at DESC, id", &[], read)
        })?;
        Ok(Response::json(200, format!("{{\"notes\":[{}]}}", notes.join(","))))
    }

    fn add_note(&self, request: &Request<'_>) -> Outcome<Response> {
        let text = request.text("text")?;
        let (id, now) = (self.clock.identifier(request.call())?, self.clock.milliseconds(request.call())?);
        let json = note(&id, &text, now);
        // The body may run again from its start. The row and the event come to be together, or neither does.
        self.database.write(request.call(), |tx| {
            tx.execute(
                "INSERT INTO notes (id, text, created_at) VALUES ($1, $2, $3)",
                &[id.as_str().into(), text.as_str().into(), now.into()],
            )?;
            tx.publish(self.events, "my-module.note.added", &id, &json)
        })?;
        Ok(Response::json(201, json))
    }
}
