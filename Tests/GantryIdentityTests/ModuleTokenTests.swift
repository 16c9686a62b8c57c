import GantryCore
import GantryCryptography
import GantryThreads
import Testing

@testable import GantryIdentity

@Suite("Tokens that modules issue")
struct ModuleTokenTests {
    private let storage = MemoryTokenStorage()
    private let key: SealingKey

    init() throws { key = try #require(SealingKey([UInt8](repeating: 7, count: 32))) }

    private func tokens() throws -> ModuleTokens {
        try ModuleTokens(key: key, storage: storage, nowMilliseconds: 0)
    }

    private func order(_ subject: String = "guest", tenant: String = "north") -> ModuleTokens.Order {
        let facts = TokenFacts(id: "", module: "albums", kind: "share", role: "viewer", claims: #"{"album":7}"#)
        return ModuleTokens.Order(tenant: tenant, facts: facts, subject: subject, lifetimeSeconds: 60)
    }

    @Test("A token says who bears it until it expires, and cannot be read")
    func verified() throws {
        let tokens = try tokens()
        let (text, record) = try tokens.mint(order(), nowMilliseconds: 1000)
        #expect(ModuleTokens.isToken(text))
        #expect(!text.contains("guest"))
        let (principal, end, look) = try #require(tokens.verify(text, nowMilliseconds: 60_999))
        #expect(end == 61_000 && look == 61_000)
        #expect(principal.kind == .token && principal.subject == "guest" && principal.tenant == "north")
        #expect(principal.role == .public)
        let facts = TokenFacts(
            id: record.id, module: "albums", kind: "share", role: "viewer", claims: #"{"album":7}"#)
        #expect(principal.token == facts)
        #expect(tokens.verify(text, nowMilliseconds: 61_000) == nil)
    }

    @Test("What was changed, or sealed with another key, is no token")
    func forged() throws {
        let tokens = try tokens()
        let (text, _) = try tokens.mint(order(), nowMilliseconds: 0)
        let other = try #require(SealingKey([UInt8](repeating: 8, count: 32)))
        let strangers = try ModuleTokens(key: other, storage: MemoryTokenStorage(), nowMilliseconds: 0)
        #expect(strangers.verify(text, nowMilliseconds: 0) == nil)
        for index in [4, 10, text.count - 1] {
            var letters = Array(text)
            letters[index] = letters[index] == "A" ? "B" : "A"
            #expect(tokens.verify(String(letters), nowMilliseconds: 0) == nil)
        }
        for text in ["", "cmt_", "cmt_AAAA", "cak_" + text.dropFirst(4), String(repeating: "cmt_", count: 9999)] {
            #expect(tokens.verify(text, nowMilliseconds: 0) == nil)
        }
    }

    @Test("A revocation holds at once and after a restart, for its module and tenant alone")
    func revoked() throws {
        let tokens = try tokens()
        let (text, record) = try tokens.mint(order(), nowMilliseconds: 0)
        let generation = tokens.generation
        #expect(try !tokens.revoke(id: record.id, tenant: "south", module: "albums", nowMilliseconds: 1))
        #expect(try !tokens.revoke(id: record.id, tenant: "north", module: "other", nowMilliseconds: 1))
        #expect(tokens.verify(text, nowMilliseconds: 1) != nil)
        #expect(try tokens.revoke(id: record.id, tenant: "north", module: "albums", nowMilliseconds: 1))
        #expect(tokens.verify(text, nowMilliseconds: 1) == nil)
        #expect(tokens.generation > generation)
        #expect(try self.tokens().verify(text, nowMilliseconds: 1) == nil)
    }

    @Test("All tokens of a subject are revoked together, and counted")
    func subject() throws {
        let tokens = try tokens()
        let mine = try (0..<3).map { _ in try tokens.mint(order(), nowMilliseconds: 0).text }
        let others = [
            try tokens.mint(order("other"), nowMilliseconds: 0).text,
            try tokens.mint(order(tenant: "south"), nowMilliseconds: 0).text,
        ]
        let count = try tokens.revoke(
            kind: "share", subject: "guest", tenant: "north", module: "albums", nowMilliseconds: 1)
        #expect(count == 3)
        #expect(mine.allSatisfy { tokens.verify($0, nowMilliseconds: 1) == nil })
        #expect(others.allSatisfy { tokens.verify($0, nowMilliseconds: 1) != nil })
    }

    /// An order of a token that ends when it lies unused for 100 seconds.
    private func session(_ subject: String = "guest", tenant: String = "north") -> ModuleTokens.Order {
        var order = order(subject, tenant: tenant)
        order.lifetimeSeconds = 1000
        order.idleSeconds = 100
        return order
    }

    @Test("A session that is used goes on until its end, one that lies unused ends earlier")
    func sliding() throws {
        let tokens = try tokens()
        let (used, _) = try tokens.mint(session(), nowMilliseconds: 0)
        let (unused, _) = try tokens.mint(session(), nowMilliseconds: 0)
        for second in stride(from: Int64(0), to: 1000, by: 90) {
            let (_, end, look) = try #require(tokens.verify(used, nowMilliseconds: second * 1000))
            // It is looked at again soon, so that its use is noted, and never remembered beyond its end.
            #expect(end == 1_000_000)
            #expect(look == min(second * 1000 + 10_000, 1_000_000))
        }
        #expect(tokens.verify(used, nowMilliseconds: 1_000_000) == nil)
        // Whoever remembers a look for ten seconds ends no session early; so much later it is over.
        #expect(tokens.verify(unused, nowMilliseconds: 110_000) == nil)
        #expect(tokens.verify(unused, nowMilliseconds: 0) == nil)
    }

    @Test("A session's last use is kept, and outlives a restart")
    func restarted() throws {
        let tokens = try tokens()
        let (text, _) = try tokens.mint(session(), nowMilliseconds: 0)
        #expect(tokens.verify(text, nowMilliseconds: 90_000) != nil)
        let lost = try self.tokens()
        #expect(lost.verify(text, nowMilliseconds: 150_000) == nil)
        try tokens.saveUses()
        let kept = try self.tokens()
        #expect(kept.verify(text, nowMilliseconds: 150_000) != nil)
    }

    @Test("What the storage has never had is no session")
    func unknownSession() throws {
        let (text, _) = try tokens().mint(session(), nowMilliseconds: 0)
        let other = try ModuleTokens(key: key, storage: MemoryTokenStorage(), nowMilliseconds: 0)
        #expect(other.verify(text, nowMilliseconds: 1) == nil)
    }

    @Test("A subject's good sessions are listed, newest first, and revoked")
    func listed() throws {
        let tokens = try tokens()
        let first = try tokens.mint(session(), nowMilliseconds: 0)
        let second = try tokens.mint(session(), nowMilliseconds: 1000)
        _ = try tokens.mint(session("other"), nowMilliseconds: 0)
        _ = try tokens.mint(session(tenant: "south"), nowMilliseconds: 0)
        _ = tokens.verify(first.text, nowMilliseconds: 50_000)
        func list(_ subject: String?, _ now: Int64) throws -> [String] {
            try tokens.list(tenant: "north", module: "albums", subject: subject, nowMilliseconds: now).map(\.id)
        }
        #expect(try list("guest", 60_000) == [second.record.id, first.record.id])
        #expect(try list(nil, 60_000).count == 3)
        #expect(try list("guest", 120_000) == [first.record.id])
        #expect(try tokens.list(tenant: "north", module: "other", subject: nil, nowMilliseconds: 0).isEmpty)
        _ = try tokens.revoke(id: first.record.id, tenant: "north", module: "albums", nowMilliseconds: 60_000)
        #expect(try list("guest", 60_000) == [second.record.id])
        #expect(tokens.verify(first.text, nowMilliseconds: 60_000) == nil)
    }

    @Test("The authenticator takes them for what they are, and forgets with a revocation")
    func authenticator() throws {
        let tokens = try tokens()
        let authenticator = Authenticator(
            keys: try KeyIndex(storage: MemoryKeyStorage()), tokens: nil, moduleTokens: tokens)
        let (text, record) = try tokens.mint(order(), nowMilliseconds: 0)
        guard case .accepted(let principal, 60_000) = authenticator.authenticate(text, nowMilliseconds: 1) else {
            Issue.record("It was refused.")
            return
        }
        #expect(principal.token?.module == "albums")
        let generation = authenticator.generation
        _ = try tokens.revoke(id: record.id, tenant: "north", module: "albums", nowMilliseconds: 1)
        #expect(authenticator.generation != generation)
        #expect(authenticator.authenticate(text, nowMilliseconds: 1) == .refused)
    }
}

/// Keeps records in memory.
final class MemoryTokenStorage: ModuleTokenStorage {
    private let records = Lock<[String: (record: ModuleTokenRecord, isRevoked: Bool)]>([:])

    func insert(_ record: ModuleTokenRecord) throws { records.withLock { $0[record.id] = (record, false) } }

    func revokeToken(id: String, tenant: String, module: String, atMilliseconds: Int64) throws -> Int64? {
        records.withLock { records in
            guard let found = records[id], found.record.tenant == tenant, found.record.module == module else {
                return nil
            }
            records[id]?.isRevoked = true
            return found.record.expiresAtMilliseconds
        }
    }

    func revokeTokens(
        kind: String, subject: String, tenant: String, module: String, atMilliseconds: Int64
    ) throws -> [(id: String, expiresAtMilliseconds: Int64)] {
        records.withLock { records in
            records.values.filter { entry in
                (entry.record.kind, entry.record.subject) == (kind, subject) && entry.record.tenant == tenant
                    && entry.record.module == module && !entry.isRevoked
            }.map { entry in
                records[entry.record.id]?.isRevoked = true
                return (entry.record.id, entry.record.expiresAtMilliseconds)
            }
        }
    }

    func revokedTokens() throws -> [String: Int64] {
        records.withLock { $0.values.filter(\.isRevoked) }
            .reduce(into: [:]) { $0[$1.record.id] = $1.record.expiresAtMilliseconds }
    }

    func tokens(tenant: String, module: String, subject: String?) throws -> [ModuleTokenRecord] {
        records.withLock { $0.values.filter { !$0.isRevoked }.map(\.record) }
            .filter { $0.tenant == tenant && $0.module == module && (subject ?? $0.subject) == $0.subject }
            .sorted { ($1.createdAtMilliseconds, $0.id) < ($0.createdAtMilliseconds, $1.id) }
    }

    func sessionUses() throws -> [SessionUse] {
        records.withLock { $0.values.filter { !$0.isRevoked && $0.record.idleMilliseconds != nil } }
            .map { entry in
                SessionUse(
                    id: entry.record.id, usedAtMilliseconds: entry.record.usedAtMilliseconds,
                    expiresAtMilliseconds: entry.record.expiresAtMilliseconds)
            }
    }

    func saveUses(_ uses: [SessionUse]) throws {
        records.withLock { records in
            for use in uses { records[use.id]?.record.usedAtMilliseconds = use.usedAtMilliseconds }
        }
    }

    func removeExpiredTokens(beforeMilliseconds: Int64) throws {
        records.withLock { $0 = $0.filter { $0.value.record.expiresAtMilliseconds > beforeMilliseconds } }
    }
}
