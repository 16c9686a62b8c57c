public import GantryCryptography
import GantryThreads
import Synchronization

/// Keeps the records of API keys durably. Called on the thread of whoever issues or revokes; may block.
public protocol KeyStorage: Sendable {
    /// All records, revoked ones too.
    func keys() throws -> [APIKeyRecord]
    /// Adds a record; durable when this returns.
    func insert(_ record: APIKeyRecord) throws
    /// Marks a record as revoked; durable when this returns.
    func revoke(id: String, atMilliseconds: Int64) throws
    /// Keeps when keys were used last.
    func saveKeyUses(_ uses: [(id: String, atMilliseconds: Int64)]) throws
    /// Adds a record in the place of another, which ends then; both or neither, durable when this returns.
    func replace(id: String, endingAtMilliseconds: Int64, by record: APIKeyRecord) throws
}

/// All API keys of the deployment, looked up by hash. Any thread.
public final class KeyIndex: Sendable {
    private struct State {
        var byHash: [Digest256: APIKeyRecord] = [:]
        var hashByID: [String: Digest256] = [:]
        /// Ids of those that were used since their uses were saved.
        var unsaved: Set<String> = []
    }

    private let storage: any KeyStorage
    private let state = Lock(State())
    private let changes = Atomic<UInt64>(1)

    /// Reads all keys from the storage.
    public init(storage: any KeyStorage) throws {
        self.storage = storage
        try reload()
    }

    /// Grows with every change, so that what was learned from the index can be remembered until then.
    public var generation: UInt64 { changes.load(ordering: .acquiring) }

    /// Reads all keys from the storage again: somebody else has changed it.
    public func reload() throws {
        let records = try storage.keys()
        state.withLock { state in
            state = State()
            for record in records { Self.add(record, to: &state) }
        }
        changes.add(1, ordering: .releasing)
    }

    /// Makes a key. The key itself is in the answer and nowhere else.
    public func issue(
        tenant: String, name: String, expiresAtMilliseconds: Int64? = nil, nowMilliseconds: Int64
    ) throws(IdentityError) -> (key: String, record: APIKeyRecord) {
        let (key, record) = Self.make(
            tenant: tenant, name: name, expiresAtMilliseconds: expiresAtMilliseconds, nowMilliseconds: nowMilliseconds)
        do { try storage.insert(record) } catch {
            throw IdentityError(.storage, "The key could not be stored.", cause: error)
        }
        state.withLock { Self.add(record, to: &$0) }
        changes.add(1, ordering: .releasing)
        return (key, record)
    }

    /// Makes a key that is stored by whoever asks for it, together with other things; `adopt` follows.
    public static func make(
        tenant: String, name: String, description: String = "", expiresAtMilliseconds: Int64?, nowMilliseconds: Int64
    ) -> (key: String, record: APIKeyRecord) {
        let key = APIKey.random()
        var record = APIKeyRecord(
            id: UUIDText.random(), tenant: tenant, name: name, prefix: String(key.prefix(APIKey.prefixCount)),
            hash: Cryptography.sha256(key), createdAtMilliseconds: nowMilliseconds,
            expiresAtMilliseconds: expiresAtMilliseconds)
        record.description = description
        return (key, record)
    }

    /// Takes records in that are stored already.
    public func adopt(_ records: [APIKeyRecord]) {
        state.withLock { state in
            for record in records { Self.add(record, to: &state) }
        }
        changes.add(1, ordering: .releasing)
    }

    /// Ends a key at once.
    /// - Returns: The record as it is now, also when the key had been revoked before; nil when the tenant has no such
    ///   key.
    public func revoke(
        id: String, tenant: String, nowMilliseconds: Int64
    ) throws(IdentityError) -> APIKeyRecord? {
        guard let record = record(id: id), record.tenant == tenant else { return nil }
        if record.revokedAtMilliseconds != nil { return record }
        do { try storage.revoke(id: id, atMilliseconds: nowMilliseconds) } catch {
            throw IdentityError(.storage, "The key could not be revoked.", cause: error)
        }
        noteRevoked(id: id, atMilliseconds: nowMilliseconds)
        return self.record(id: id)
    }

    /// Takes in that a key was revoked, which is stored already; it ends at once.
    public func noteRevoked(id: String, atMilliseconds time: Int64) {
        state.withLock { state in
            guard let hash = state.hashByID[id], state.byHash[hash]?.revokedAtMilliseconds == nil else { return }
            state.byHash[hash]?.revokedAtMilliseconds = time
        }
        changes.add(1, ordering: .releasing)
    }

    /// Makes a key in the place of another, which stays good for a while, so that its bearers can change over.
    /// - Parameters:
    ///   - overlapMilliseconds: For how long both are good; 0 ends the old one at once. It never becomes good for
    ///     longer than it was.
    ///   - expiresAtMilliseconds: When the new one ends; nil for never.
    /// - Returns: The key, its record and that of the old one; nil when the tenant has no such key that is good.
    public func rotate(
        id: String, tenant: String, overlapMilliseconds: Int64, expiresAtMilliseconds: Int64?, nowMilliseconds: Int64
    ) throws(IdentityError) -> (key: String, record: APIKeyRecord, former: APIKeyRecord)? {
        guard let known = record(id: id), known.tenant == tenant,
            var former = goodRecord(hash: known.hash, nowMilliseconds: nowMilliseconds)
        else { return nil }
        let end = min(former.expiresAtMilliseconds ?? .max, nowMilliseconds + max(0, overlapMilliseconds))
        former.expiresAtMilliseconds = end
        let (key, record) = Self.make(
            tenant: tenant, name: former.name, expiresAtMilliseconds: expiresAtMilliseconds,
            nowMilliseconds: nowMilliseconds)
        do { try storage.replace(id: id, endingAtMilliseconds: end, by: record) } catch {
            throw IdentityError(.storage, "The key could not be stored.", cause: error)
        }
        state.withLock { state in
            state.byHash[former.hash]?.expiresAtMilliseconds = end
            Self.add(record, to: &state)
        }
        changes.add(1, ordering: .releasing)
        return (key, record, former)
    }

    /// The tenant's keys, oldest first.
    public func records(tenant: String) -> [APIKeyRecord] {
        state.withLock { $0.byHash.values.filter { $0.tenant == tenant } }
            .sorted { ($0.createdAtMilliseconds, $0.id) < ($1.createdAtMilliseconds, $1.id) }
    }

    /// The record of a key that is good now.
    public func goodRecord(hash: Digest256, nowMilliseconds: Int64) -> APIKeyRecord? {
        guard let record = state.withLock({ $0.byHash[hash] }), record.revokedAtMilliseconds == nil,
            record.expiresAtMilliseconds.map({ nowMilliseconds < $0 }) ?? true
        else { return nil }
        return record
    }

    /// The record of a key that is good now, and is being used.
    func use(hash: Digest256, nowMilliseconds: Int64) -> APIKeyRecord? {
        guard let record = goodRecord(hash: hash, nowMilliseconds: nowMilliseconds) else { return nil }
        state.withLock { state in
            guard (record.usedAtMilliseconds ?? .min) < nowMilliseconds else { return }
            state.byHash[hash]?.usedAtMilliseconds = nowMilliseconds
            state.unsaved.insert(record.id)
        }
        return record
    }

    /// When a key was used last, in milliseconds since 1970; nil for never.
    public func lastUse(id: String) -> Int64? { record(id: id)?.usedAtMilliseconds }

    /// Keeps when keys were used last, durably. What cannot be kept is tried again the next time.
    public func saveUses() throws {
        let uses = state.withLock { state in
            defer { state.unsaved = [] }
            return state.unsaved.compactMap { id -> (id: String, atMilliseconds: Int64)? in
                let used = state.hashByID[id].flatMap { state.byHash[$0]?.usedAtMilliseconds }
                return used.map { (id, $0) }
            }
        }
        if uses.isEmpty { return }
        do { try storage.saveKeyUses(uses) } catch {
            state.withLock { $0.unsaved.formUnion(uses.map(\.id)) }
            throw error
        }
    }

    private func record(id: String) -> APIKeyRecord? {
        state.withLock { state in state.hashByID[id].flatMap { state.byHash[$0] } }
    }

    private static func add(_ record: APIKeyRecord, to state: inout State) {
        state.byHash[record.hash] = record
        state.hashByID[record.id] = record.hash
    }
}
