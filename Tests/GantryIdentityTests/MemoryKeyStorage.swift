import GantryIdentity
import GantryThreads
import Synchronization

/// Keeps records in memory, and fails when told to.
final class MemoryKeyStorage: KeyStorage {
    struct Broken: Error {}

    private let records = Lock<[APIKeyRecord]>([])
    private let broken = Atomic<Bool>(false)

    func keys() throws -> [APIKeyRecord] { records.withLock { $0 } }

    func insert(_ record: APIKeyRecord) throws {
        if broken.load(ordering: .relaxed) { throw Broken() }
        records.withLock { $0.append(record) }
    }

    func revoke(id: String, atMilliseconds: Int64) throws {
        if broken.load(ordering: .relaxed) { throw Broken() }
        records.withLock { records in
            for index in records.indices where records[index].id == id {
                records[index].revokedAtMilliseconds = atMilliseconds
            }
        }
    }

    func replace(id: String, endingAtMilliseconds: Int64, by record: APIKeyRecord) throws {
        if broken.load(ordering: .relaxed) { throw Broken() }
        records.withLock { records in
            for index in records.indices where records[index].id == id {
                records[index].expiresAtMilliseconds = endingAtMilliseconds
            }
            records.append(record)
        }
    }

    func saveKeyUses(_ uses: [(id: String, atMilliseconds: Int64)]) throws {
        if broken.load(ordering: .relaxed) { throw Broken() }
        records.withLock { records in
            for use in uses {
                for index in records.indices where records[index].id == use.id {
                    records[index].usedAtMilliseconds = use.atMilliseconds
                }
            }
        }
    }

    func breakDown() { broken.store(true, ordering: .relaxed) }

    func mend() { broken.store(false, ordering: .relaxed) }
}
