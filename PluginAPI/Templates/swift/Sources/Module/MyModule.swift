public import GantryKit

/// Keeps notes: a list, a new note, and an event for whoever wants to hear of it.
public struct MyModule: Module {
    /// Equal to id and version in `module.yaml`.
    public static let manifest = Identity("my-module", version: "1.0.0")

    /// One value is made for each tenant. Keep nothing outside it: tenants share the library.
    public init(_ context: ModuleContext) throws {}

    /// By operation id of `openapi.yaml`, against which every request has been checked already.
    public static let handlers: [Handler<Self>] = [
        .operation("listNotes") { _, request in
            let notes = try request.database.read { tx in
                try tx.rows("SELECT id, text, created_at FROM notes ORDER BY created_at DESC, id", map: Note.init(row:))
            }
            return .json(["notes": notes])
        },

        .operation("addNote") { _, request in
            let note = Note(
                id: try request.random.uuid(), text: try request.decode(NewNote.self).text,
                createdAt: try request.clock.milliseconds())
            // The body may run again from its start. The row and the event come to be together, or neither does.
            try request.database.write { tx in
                _ = try tx.execute(
                    "INSERT INTO notes (id, text, created_at) VALUES ($1, $2, $3)", note.id, note.text, note.createdAt)
                try tx.publish("my-module.note.added", key: note.id, note)
            }
            return .created(note)
        },
    ]
}

struct NewNote: Decodable {
    let text: String
}

struct Note: Codable {
    let id: String
    let text: String
    let createdAt: Int64
}

extension Note {
    init(row: borrowing Row) throws {
        self.init(id: try row[0], text: try row[1], createdAt: try row[2])
    }
}
