public import GantryKit

/// Notes that are kept until they are deleted, and gone a while after that.
public struct Notes: Module {
    /// Equal to id and version in `module.yaml`.
    public static let manifest = Identity("notes", version: "1.0.0")

    /// One value is made for each tenant; this one keeps nothing.
    public init(_ context: ModuleContext) throws {}

    /// By operation id of `openapi.yaml`, and by name of the job.
    public static let handlers: [Handler<Self>] = [
        .operation("listNotes") { _, request in
            let notes = try request.database.read { tx in
                try tx.rows(
                    "SELECT id, text, changed_at FROM notes WHERE deleted_at IS NULL ORDER BY changed_at DESC, id",
                    map: Note.init(row:))
            }
            return .json(["notes": notes])
        },

        .operation("putNote") { _, request in
            let (id, now) = (request.parameters[0], try request.clock.milliseconds())
            let note = Note(id: id, text: try request.decode(NewNote.self).text, changedAt: now)
            try request.database.write { tx in
                _ = try tx.execute(
                    """
                    INSERT INTO notes (id, text, changed_at) VALUES ($1, $2, $3)
                    ON CONFLICT (id) DO UPDATE SET text = $2, changed_at = $3, deleted_at = NULL
                    """, note.id, note.text, note.changedAt)
                try tx.publish("notes.note.changed", key: note.id, note)
            }
            return .json(note)
        },

        .operation("deleteNote") { _, request in
            let (id, now) = (request.parameters[0], try request.clock.milliseconds())
            let count = try request.database.write { tx in
                try tx.execute("UPDATE notes SET deleted_at = $2 WHERE id = $1 AND deleted_at IS NULL", id, now)
            }
            guard count == 1 else { throw Failure(404, reason: "no_such_note", "There is no note `\(id)`.") }
            return .empty()
        },

        .job("forget") { _, job, context in
            let days = job.payload["days"]?.int64 ?? 30
            let limit = try context.clock.milliseconds() - days * 86_400_000
            try context.database.write { tx in
                _ = try tx.execute("DELETE FROM notes WHERE deleted_at < $1", limit)
            }
        },
    ]
}

struct NewNote: Decodable {
    let text: String
}

struct Note: Codable {
    let id: String
    let text: String
    let changedAt: Int64
}

extension Note {
    init(row: borrowing Row) throws {
        self.init(id: try row[0], text: try row[1], changedAt: try row[2])
    }
}
