public import GantryKit

/// Takes deliveries of providers outside in, each once: the key that a delivery is remembered under and its effects are
/// committed together. One that comes while the first is at work waits for its outcome, and one that was cut off has
/// left no trace.
///
/// The module has a table of this form, whose rows it keeps for 90 days:
///
/// ```sql
/// CREATE TABLE inbox (
///     provider TEXT NOT NULL,
///     event_id TEXT NOT NULL,
///     status TEXT NOT NULL,
///     received_at BIGINT NOT NULL,
///     PRIMARY KEY (provider, event_id)
/// );
/// CREATE INDEX inbox_by_time ON inbox (received_at);
/// ```
public struct Inbox: Sendable {
    /// What became of a delivery.
    public enum Status: String, Sendable {
        /// Its effects are applied.
        case processed
        /// It was taken in before, and nothing has changed.
        case duplicate
        /// It is authentic, and of no interest.
        case ignored
        /// It is kept, waiting for what it belongs to.
        case pending
        /// Its handling has failed, and is tried again with the next delivery.
        case failed
    }

    /// Who delivers.
    public let provider: String
    private static let keptMilliseconds: Int64 = 90 * 86_400_000

    /// The inbox of a provider.
    public init(_ provider: String) {
        self.provider = provider
    }

    /// Takes a request in whose delivery the host has verified.
    ///
    /// - Parameters:
    ///   - read: Makes of the body what there is to do; what it throws is the answer, and nothing is remembered.
    ///   - apply: Does it, in the transaction that remembers the key. It may be run again from its start. When it
    ///     fails, the delivery is remembered as failed, and the next one of its key is handled again.
    public func take<Change>(
        _ request: borrowing Request, read: (JSONValue) throws -> Change,
        apply: (Change, borrowing Transaction) throws -> Status
    ) throws -> Response {
        // The host has set it; nobody else can.
        let key = request.headers["gantry-delivery"] ?? ""
        let document: JSONDocument
        do { document = try JSONDocument(Array(request.bytes)) } catch {
            throw Failure(400, reason: "malformed_json", "The body is not valid JSON.")
        }
        let change = try document.withRoot { root in try read(root) }
        let now = try request.clock.milliseconds()
        let status: Status
        do {
            status = try request.database.write { tx in
                if let known = try known(key, tx), known != Status.failed.rawValue { return .duplicate }
                let status = try apply(change, tx)
                try remember(key, status, now, tx)
                return status
            }
        } catch {
            try? request.database.write { tx in
                if try known(key, tx) == nil { try remember(key, .failed, now, tx) }
            }
            throw error
        }
        return .json { writer in
            writer.beginObject()
            writer.key("received")
            writer.bool(true)
            writer.key("event_id")
            writer.string(key)
            writer.key("status")
            writer.string(status.rawValue)
            writer.endObject()
        }
    }

    private func known(_ key: String, _ tx: borrowing Transaction) throws -> String? {
        try tx.first("SELECT status FROM inbox WHERE provider = $1 AND event_id = $2", provider, key) { row in
            try row[0] as String
        }
    }

    private func remember(_ key: String, _ status: Status, _ now: Int64, _ tx: borrowing Transaction) throws {
        try tx.execute("DELETE FROM inbox WHERE received_at < $1", now - Self.keptMilliseconds)
        try tx.execute(
            """
            INSERT INTO inbox (provider, event_id, status, received_at) VALUES ($1, $2, $3, $4)
            ON CONFLICT (provider, event_id) DO UPDATE SET status = excluded.status, received_at = excluded.received_at
            """, provider, key, status.rawValue, now)
    }
}
