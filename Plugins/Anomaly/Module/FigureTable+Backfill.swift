import AnomalyDetection
import GantryKit

extension FigureTable {
    /// Sessions that are added in one transaction.
    private static let sessionsInTransaction = 500

    /// Adds the sessions that earlier versions of the module have stored and that no sum contains yet.
    ///
    /// A session is marked in the transaction that adds it, so a run that is cut off goes on behind the last ones.
    static func backfill(_ database: Database) throws {
        while try database.read({ tx in try !unfigured(limit: 1, tx).isEmpty }) {
            try database.write { tx in
                for sessionId in try unfigured(limit: sessionsInTransaction, tx) {
                    guard let old = try SessionTable.find(sessionId, tx) else { continue }
                    var new = old
                    try complete(&new, tx)
                    guard try SessionTable.update(new, replacing: old, tx) else {
                        throw HostError(
                            .conflict, message: "The session \(sessionId) is being changed by others.")
                    }
                    try change(from: old, to: new, tx)
                }
            }
        }
    }

    /// Fills in what a session delivered where it was stored by a version that did not keep it.
    static func complete(_ session: inout StoredSession, _ tx: borrowing Transaction) throws {
        guard session.deliveredKilowattHours == nil, session.readingCount > 0 else { return }
        session.deliveredKilowattHours =
            SessionWriter.delivered(
                try SessionTable.readings(session, tx), status: session.status,
                metadata: try Metadata(stored: session.metadata))?.totalKilowattHours
    }

    private static func unfigured(limit: Int, _ tx: borrowing Transaction) throws -> [String] {
        try tx.rows(
            "SELECT session_id FROM sessions WHERE is_figured = 0 ORDER BY session_id LIMIT $1", limit
        ) { try $0[0] }
    }
}
