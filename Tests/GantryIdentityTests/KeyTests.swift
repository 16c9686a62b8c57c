import GantryCore
import GantryCryptography
import GantryIdentity
import Testing

@Suite("API keys")
struct KeyTests {
    private let storage = MemoryKeyStorage()
    private let now: Int64 = 1_000_000

    @Test("A key is cak_ and 43 URL-safe characters, and no two are equal")
    func form() throws {
        let index = try KeyIndex(storage: storage)
        let keys = try (0..<50).map { _ in try index.issue(tenant: "a", name: "k", nowMilliseconds: now).key }
        for key in keys {
            #expect(key.utf8.count == 47)
            #expect(key.hasPrefix("cak_"))
            #expect(Base64URL.bytes(Array(key.utf8.dropFirst(4)))?.count == 32)
        }
        #expect(Set(keys).count == keys.count)
    }

    @Test("Only the hash and a prefix are kept")
    func keepsNoKey() throws {
        let index = try KeyIndex(storage: storage)
        let (key, record) = try index.issue(tenant: "a", name: "robot", nowMilliseconds: now)
        #expect(record.hash == Cryptography.sha256(key))
        #expect(record.prefix == String(key.prefix(12)))
        #expect(try storage.keys() == [record])
        #expect(!"\(try storage.keys())".contains(key.dropFirst(12)))
    }

    @Test("A good key is its tenant's, and acts as a user")
    func accepted() throws {
        let index = try KeyIndex(storage: storage)
        let authenticator = Authenticator(keys: index, tokens: nil)
        let (key, record) = try index.issue(tenant: "a", name: "k", nowMilliseconds: now)
        let principal = Principal(kind: .key, subject: record.id, role: .user, tenant: "a")
        #expect(
            authenticator.authenticate(key, nowMilliseconds: now) == .accepted(principal, untilMilliseconds: .max))
        #expect(authenticator.authenticate(key + "x", nowMilliseconds: now) == .refused)
        #expect(authenticator.authenticate(String(key.dropLast()) + "!", nowMilliseconds: now) == .refused)
        #expect(authenticator.authenticate("", nowMilliseconds: now) == .refused)
    }

    @Test("A key ends at its expiry to the millisecond")
    func expiry() throws {
        let index = try KeyIndex(storage: storage)
        let authenticator = Authenticator(keys: index, tokens: nil)
        let key = try index.issue(tenant: "a", name: "k", expiresAtMilliseconds: now + 10, nowMilliseconds: now).key
        #expect(authenticator.authenticate(key, nowMilliseconds: now + 9) != .refused)
        #expect(authenticator.authenticate(key, nowMilliseconds: now + 10) == .refused)
    }

    @Test("A revoked key is refused at once, and the generation tells those who remember")
    func revocation() throws {
        let index = try KeyIndex(storage: storage)
        let authenticator = Authenticator(keys: index, tokens: nil)
        let (key, record) = try index.issue(tenant: "a", name: "k", nowMilliseconds: now)
        let generation = authenticator.generation
        let revoked = try index.revoke(id: record.id, tenant: "a", nowMilliseconds: now + 5)
        #expect(revoked?.revokedAtMilliseconds == now + 5)
        #expect(authenticator.authenticate(key, nowMilliseconds: now) == .refused)
        #expect(authenticator.generation > generation)
        #expect(
            try index.revoke(id: record.id, tenant: "a", nowMilliseconds: now + 9)?.revokedAtMilliseconds == now + 5)
    }

    @Test("A key that is replaced stays good for a while, and never for longer than it was")
    func rotation() throws {
        let index = try KeyIndex(storage: storage)
        let authenticator = Authenticator(keys: index, tokens: nil)
        let (key, record) = try index.issue(
            tenant: "a", name: "k", expiresAtMilliseconds: now + 5000, nowMilliseconds: now)
        let generation = authenticator.generation
        let rotated = try #require(
            try index.rotate(
                id: record.id, tenant: "a", overlapMilliseconds: 1000, expiresAtMilliseconds: nil, nowMilliseconds: now)
        )
        #expect(authenticator.generation > generation)
        #expect(rotated.record.name == "k" && rotated.record.tenant == "a")
        #expect(rotated.former.expiresAtMilliseconds == now + 1000)
        for authenticator in [authenticator, Authenticator(keys: try KeyIndex(storage: storage), tokens: nil)] {
            #expect(authenticator.authenticate(key, nowMilliseconds: now + 999) != .refused)
            #expect(authenticator.authenticate(key, nowMilliseconds: now + 1000) == .refused)
            #expect(authenticator.authenticate(rotated.key, nowMilliseconds: now + 99_999) != .refused)
        }
        let last = try #require(
            try index.rotate(
                id: rotated.record.id, tenant: "a", overlapMilliseconds: 0, expiresAtMilliseconds: now + 9,
                nowMilliseconds: now))
        #expect(authenticator.authenticate(rotated.key, nowMilliseconds: now) == .refused)
        #expect(last.record.expiresAtMilliseconds == now + 9)
        // One that has ended, or is another tenant's, is replaced by none.
        for (id, tenant) in [(record.id, "a"), (last.record.id, "b")] {
            #expect(
                try index.rotate(
                    id: id, tenant: tenant, overlapMilliseconds: 0, expiresAtMilliseconds: nil,
                    nowMilliseconds: now + 6000) == nil)
        }
    }

    @Test("A tenant neither sees nor revokes the keys of another")
    func isolation() throws {
        let index = try KeyIndex(storage: storage)
        let (_, record) = try index.issue(tenant: "a", name: "k", nowMilliseconds: now)
        #expect(index.records(tenant: "b").isEmpty)
        #expect(try index.revoke(id: record.id, tenant: "b", nowMilliseconds: now) == nil)
        #expect(index.records(tenant: "a") == [record])
    }

    @Test("Keys outlive the process")
    func reload() throws {
        let key = try KeyIndex(storage: storage).issue(tenant: "a", name: "k", nowMilliseconds: now).key
        let again = Authenticator(keys: try KeyIndex(storage: storage), tokens: nil)
        #expect(again.authenticate(key, nowMilliseconds: now) != .refused)
    }

    @Test("What is not stored does not count")
    func brokenStorage() throws {
        let index = try KeyIndex(storage: storage)
        let (key, record) = try index.issue(tenant: "a", name: "k", nowMilliseconds: now)
        storage.breakDown()
        #expect(throws: IdentityError.self) { try index.issue(tenant: "a", name: "l", nowMilliseconds: now) }
        #expect(index.records(tenant: "a") == [record])
        #expect(throws: IdentityError.self) { try index.revoke(id: record.id, tenant: "a", nowMilliseconds: now) }
        let authenticator = Authenticator(keys: index, tokens: nil)
        #expect(authenticator.authenticate(key, nowMilliseconds: now) != .refused)
    }
}
