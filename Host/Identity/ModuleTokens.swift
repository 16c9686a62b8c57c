public import GantryCore
public import GantryCryptography
import GantryJSON
import GantryThreads
import Synchronization

/// The tokens that modules issue. Any thread.
///
/// A token carries what it says, encrypted and authenticated with a key of the host's, so that looking at one needs no
/// storage and its bearer can neither read nor change it. What the storage keeps is needed to revoke tokens; those that
/// were revoked and would be good still are remembered here, so that a revocation holds at once.
public final class ModuleTokens: Sendable {
    /// What a module asks for.
    public struct Order: Sendable {
        /// The tenant that it is for.
        public var tenant: String
        /// Id, module, kind, role and claims; the id is made when the token is.
        public var facts: TokenFacts
        /// Who shall bear it.
        public var subject: String
        /// How long it is good at most.
        public var lifetimeSeconds: Int64
        /// How long it may lie unused before it ends; nil for as long as it is good.
        public var idleSeconds: Int64?

        /// An order; the facts' id is not looked at.
        public init(
            tenant: String, facts: TokenFacts, subject: String, lifetimeSeconds: Int64, idleSeconds: Int64? = nil
        ) {
            self.tenant = tenant
            self.facts = facts
            self.subject = subject
            self.lifetimeSeconds = lifetimeSeconds
            self.idleSeconds = idleSeconds
        }
    }

    private struct State {
        /// When they would have expired, by id.
        var revoked: [String: Int64] = [:]
        var mintCount = 0
    }

    /// What every such token begins with.
    public static let marker = "cmt_"
    private static let context = "module token"
    /// Longer ones are not looked at.
    private static let maximumTextBytes = 16384
    /// After so many new tokens the records of expired ones are removed.
    private static let mintsBetweenSweeps = 1000

    private let key: SealingKey
    private let storage: any ModuleTokenStorage
    private let sessions: SessionUses
    private let state: Lock<State>
    private let changes = Atomic<UInt64>(0)

    /// Reads what was revoked from the storage. Throws what the storage throws.
    public init(key: SealingKey, storage: any ModuleTokenStorage, nowMilliseconds: Int64) throws {
        self.key = key.derived(for: Self.context)
        self.storage = storage
        try storage.removeExpiredTokens(beforeMilliseconds: nowMilliseconds)
        state = Lock(State(revoked: try storage.revokedTokens()))
        sessions = SessionUses(try storage.sessionUses())
    }

    /// Grows with every revocation.
    public var generation: UInt64 { changes.load(ordering: .acquiring) }

    /// Whether a credential is meant to be such a token.
    public static func isToken(_ credential: String) -> Bool { credential.utf8.starts(with: marker.utf8) }

    /// Makes a token; its record is durable when this returns. Gives its text, which is kept nowhere.
    public func mint(
        _ order: Order, nowMilliseconds: Int64
    ) throws(IdentityError) -> (text: String, record: ModuleTokenRecord) {
        let record = ModuleTokenRecord(
            id: UUIDText.random(), tenant: order.tenant, module: order.facts.module, kind: order.facts.kind,
            subject: order.subject, createdAtMilliseconds: nowMilliseconds,
            expiresAtMilliseconds: nowMilliseconds + order.lifetimeSeconds * 1000,
            idleMilliseconds: order.idleSeconds.map { $0 * 1000 }, usedAtMilliseconds: nowMilliseconds)
        let isSweepDue = state.withLock { state in
            state.mintCount += 1
            return state.mintCount % Self.mintsBetweenSweeps == 0
        }
        do {
            try storage.insert(record)
            if isSweepDue {
                try storage.removeExpiredTokens(beforeMilliseconds: nowMilliseconds)
                sessions.removeExpired(beforeMilliseconds: nowMilliseconds)
            }
        } catch { throw IdentityError(.storage, "The token could not be stored.", cause: error) }
        sessions.begin(record)
        let sealed = key.seal(Self.payload(record, order.facts), context: Self.context)
        return (Self.marker + Base64URL.text(sealed), record)
    }

    /// The bearer of a token that is good now, its end, and when to look at it again; nil for every other text.
    public func verify(
        _ text: String, nowMilliseconds: Int64
    ) -> (principal: Principal, expiresAtMilliseconds: Int64, lookAgainAtMilliseconds: Int64)? {
        let bytes = Array(text.utf8)
        guard Self.isToken(text), bytes.count <= Self.maximumTextBytes,
            let sealed = Base64URL.bytes(bytes[Self.marker.utf8.count...]),
            let payload = key.open(sealed, context: Self.context), let document = try? JSONDocument(payload)
        else { return nil }
        let (principal, end, idle) = document.withRoot { root in
            let facts = TokenFacts(
                id: root["i"]?.string ?? "", module: root["m"]?.string ?? "", kind: root["k"]?.string ?? "",
                role: root["r"]?.string ?? "", claims: root["c"]?.string ?? "")
            let principal = Principal(
                subject: root["s"]?.string ?? "", tenant: root["t"]?.string ?? "", token: facts)
            return (principal, root["e"]?.int64 ?? 0, root["n"]?.int64)
        }
        guard nowMilliseconds < end, let id = principal.token?.id,
            state.withLock({ $0.revoked[id] == nil })
        else { return nil }
        guard let idle else { return (principal, end, end) }
        return sessions.use(id, idleMilliseconds: idle, nowMilliseconds: nowMilliseconds).map {
            (principal, end, min(end, $0))
        }
    }

    /// Keeps when sessions were used last. Call it now and then, and at the end; a session whose use is lost ends by so
    /// much earlier. May block.
    public func saveUses() throws(IdentityError) {
        let uses = sessions.takeUnsaved()
        if uses.isEmpty { return }
        do { try storage.saveUses(uses) } catch {
            sessions.giveBack(uses)
            throw IdentityError(.storage, "The use of sessions could not be stored.", cause: error)
        }
    }

    /// The tokens of a module and tenant that are good, newest first.
    /// - Parameter subject: Whose; nil for everybody's.
    public func list(
        tenant: String, module: String, subject: String?, nowMilliseconds: Int64
    ) throws(IdentityError) -> [ModuleTokenRecord] {
        let records: [ModuleTokenRecord]
        do { records = try storage.tokens(tenant: tenant, module: module, subject: subject) } catch {
            throw IdentityError(.storage, "The tokens could not be read.", cause: error)
        }
        return records.compactMap { record in
            guard nowMilliseconds < record.expiresAtMilliseconds else { return nil }
            guard let idle = record.idleMilliseconds else { return record }
            guard let used = sessions.lastUse(record.id), nowMilliseconds < used + idle else { return nil }
            var record = record
            record.usedAtMilliseconds = used
            return record
        }
    }

    /// Ends a token of the module and tenant; false when they have none of that id. Holds when this returns.
    public func revoke(
        id: String, tenant: String, module: String, nowMilliseconds: Int64
    ) throws(IdentityError) -> Bool {
        try revoke(nowMilliseconds) {
            try storage.revokeToken(id: id, tenant: tenant, module: module, atMilliseconds: nowMilliseconds)
                .map { [(id: id, expiresAtMilliseconds: $0)] } ?? []
        } > 0
    }

    /// Ends all tokens of one kind and subject; gives how many were good until now.
    public func revoke(
        kind: String, subject: String, tenant: String, module: String, nowMilliseconds: Int64
    ) throws(IdentityError) -> Int {
        try revoke(nowMilliseconds) {
            try storage.revokeTokens(
                kind: kind, subject: subject, tenant: tenant, module: module, atMilliseconds: nowMilliseconds)
        }
    }

    private func revoke(
        _ nowMilliseconds: Int64, _ body: () throws -> [(id: String, expiresAtMilliseconds: Int64)]
    ) throws(IdentityError) -> Int {
        let revoked: [(id: String, expiresAtMilliseconds: Int64)]
        do { revoked = try body() } catch {
            throw IdentityError(.storage, "The token could not be revoked.", cause: error)
        }
        for token in revoked { sessions.end(token.id) }
        state.withLock { state in
            for token in revoked { state.revoked[token.id] = token.expiresAtMilliseconds }
            state.revoked = state.revoked.filter { $0.value > nowMilliseconds }
        }
        changes.add(1, ordering: .releasing)
        return revoked.count
    }

    private static func payload(_ record: ModuleTokenRecord, _ facts: TokenFacts) -> [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        let members: [(StaticString, String)] = [
            ("i", record.id), ("t", record.tenant), ("m", record.module), ("k", record.kind), ("s", record.subject),
            ("r", facts.role), ("c", facts.claims),
        ]
        for (name, value) in members {
            writer.key(name)
            writer.string(value)
        }
        writer.key("e")
        writer.int(record.expiresAtMilliseconds)
        if let idle = record.idleMilliseconds {
            writer.key("n")
            writer.int(idle)
        }
        writer.endObject()
        return writer.bytes
    }
}
