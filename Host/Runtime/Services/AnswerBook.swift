import GantryCore
import GantryEvents
import GantryLoader
import GantryStore

/// The requests of one instance that came with an `Idempotency-Key`, in its database.
final class AnswerBook: AnswerPort {
    private let database: Database

    /// Makes the tables where they are missing.
    init(database: Database) throws(StoreError) {
        self.database = database
        try HostTables.installAnsweredRequests(in: database)
    }

    /// Nil for a module that takes no keys.
    static func book(_ manifest: Manifest, _ database: Database?) throws(StoreError) -> AnswerBook? {
        guard let database, manifest.routes.contains(where: { $0.keyUse != nil }) else { return nil }
        return try AnswerBook(database: database)
    }

    func find(_ key: RequestKey) -> KeyFinding? {
        do throws(StoreError) {
            return try database.read(as: .host) { transaction throws(StoreError) in
                try AnsweredRequests.find(key, in: transaction)
            }
        } catch {
            return nil
        }
    }

    func keep(_ answer: KeptAnswer?, of key: RequestKey, completion: @escaping @Sendable (PortOutcome) -> Void) {
        database.submitWrite(as: .host) { transaction throws(StoreError) in
            try AnsweredRequests.keep(answer, of: key, in: transaction)
        } completion: { error in
            completion(error.map(PortOutcome.init) ?? .ok)
        }
    }
}
