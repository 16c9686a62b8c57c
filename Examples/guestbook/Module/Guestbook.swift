public import GantryKit

/// A guestbook: one table, three routes, one event, one job.
public struct Guestbook: Module {
    /// Equal to id and version in `module.yaml`.
    public static let manifest = Identity("guestbook", version: "1.0.0")

    /// One value is made for each tenant; this one keeps nothing.
    public init(_ context: ModuleContext) throws {}

    /// By operation id of `openapi.yaml`, against which every request has been checked already.
    public static let handlers: [Handler<Self>] = [
        .operation("listEntries") { _, request in
            let limit = try request.query.int("limit") ?? 20
            let entries = try request.database.read { tx in
                try tx.rows(
                    "SELECT id, author, message, signed_at FROM entries ORDER BY id DESC LIMIT $1", limit,
                    map: Entry.init(row:))
            }
            return .json(["entries": entries])
        },

        .operation("signGuestbook") { _, request in
            let new = try request.decode(NewEntry.self)
            let now = try request.clock.timestamp()
            let entry = try request.database.write { tx in
                let entry = try tx.one(
                    """
                    INSERT INTO entries (author, message, signed_at) VALUES ($1, $2, $3)
                    RETURNING id, author, message, signed_at
                    """, new.author, new.message, now, map: Entry.init(row:))
                try tx.publish("guestbook.entry.signed", key: entry.author, entry)
                return entry
            }
            return .created(entry)
        },

        .operation("hello") { _, request in
            .json { writer in
                writer.beginObject()
                writer.key("message")
                writer.string("Hello, \(request.parameters[0])!")
                writer.endObject()
            }
        },

        .job("trim") { _, job, context in
            let kept = job.payload["keep"]?.int64 ?? 10_000
            try context.database.write { tx in
                _ = try tx.execute("DELETE FROM entries WHERE id <= (SELECT max(id) FROM entries) - $1", kept)
            }
        },
    ]
}

struct NewEntry: Decodable {
    let author: String
    let message: String
}

struct Entry: Encodable {
    let id: Int
    let author: String
    let message: String
    let signedAt: String

    init(row: borrowing Row) throws {
        id = try row[0]
        author = try row[1]
        message = try row[2]
        signedAt = try row[3]
    }
}
