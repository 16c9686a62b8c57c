import GantryCore
import GantryIdentity
import GantryThreads
import Testing

@Suite("Members beside tokens")
struct MemberTests {
    /// Keeps everything in memory, and fails when told to.
    private final class Storage: MemberStorage {
        struct Broken: Error {}

        let given = Lock<[Membership]>([])
        let removed = Lock<[(tenant: String, user: String, atMilliseconds: Int64)]>([])
        let seen = Lock<[SeenUser]>([])
        let isBroken = Lock(false)

        func memberships() throws -> [Membership] { given.withLock { $0 } }
        func removedUsers() throws -> [(tenant: String, user: String, atMilliseconds: Int64)] {
            removed.withLock { $0 }
        }
        func record(_ users: [SeenUser]) throws {
            if isBroken.withLock({ $0 }) { throw Broken() }
            seen.withLock { $0 += users }
        }
    }

    private let storage = Storage()
    private let now: Int64 = 1_800_000_000_000
    private let signer: TokenSigner
    private let keys: KeyIndex

    init() throws {
        signer = try TokenSigner(secret: [UInt8](repeating: 7, count: 32))
        keys = try KeyIndex(storage: MemoryKeyStorage())
    }

    private func index() throws -> MemberIndex { try MemberIndex(storage: storage) { _ in false } }

    private func token(_ tenant: String?, role: Role = .user, email: String? = nil, user: String = "ada") -> String {
        signer.mint(
            TokenClaims(
                subject: user, expiresAtMilliseconds: now + 60_000, role: role, tenant: tenant, email: email))
    }

    private func place(
        _ tenant: String, role: Role = .admin, at time: Int64 = 5, origin: String = "", user: String = "ada"
    ) -> Membership {
        Membership(tenant: tenant, user: user, origin: origin, role: role, joinedAtMilliseconds: time)
    }

    /// Tenant and role of the bearer, and the tenant that has removed him.
    private func bearer(_ token: String, _ authenticator: Authenticator) -> [String] {
        guard case .accepted(let principal, _) = authenticator.authenticate(token, nowMilliseconds: now) else {
            return []
        }
        return [principal.tenant, principal.role.rawValue, principal.user.formerTenant]
    }

    @Test("A token that names no tenant stands for the place that its bearer was given first")
    func resolution() throws {
        let index = try index()
        let authenticator = Authenticator(keys: keys, tokens: signer, members: index)
        #expect(bearer(token(nil, role: .superadmin), authenticator) == ["", "user", ""])
        let generation = authenticator.generation
        index.adopt(place("b", role: .user, at: 9))
        #expect(authenticator.generation > generation)
        #expect(bearer(token(nil, role: .superadmin), authenticator) == ["b", "user", ""])
        index.adopt(place("a", at: 3))
        #expect(bearer(token(nil), authenticator) == ["a", "admin", ""])
        // Somebody else is somebody else, and so is one of that id whom another issuer knows.
        #expect(bearer(token(nil, user: "bob"), authenticator) == ["", "user", ""])
        index.adopt(place("c", origin: "c", user: "bob"))
        #expect(bearer(token(nil, user: "bob"), authenticator) == ["", "user", ""])
    }

    @Test("A role that was given counts for more than the token's, and only in its tenant")
    func roles() throws {
        storage.given.withLock { $0 = [place("a", role: .user)] }
        let authenticator = Authenticator(keys: keys, tokens: signer, members: try index())
        #expect(bearer(token("a", role: .admin), authenticator) == ["a", "user", ""])
        #expect(bearer(token("b", role: .admin), authenticator) == ["b", "admin", ""])
    }

    @Test("A removed person's tokens stand for no tenant, until a place is given again")
    func removal() throws {
        storage.removed.withLock { $0 = [("a", "ada", 10)] }
        let index = try index()
        let authenticator = Authenticator(keys: keys, tokens: signer, members: index)
        #expect(bearer(token("a", role: .admin), authenticator) == ["", "user", "a"])
        #expect(bearer(token("b", role: .admin), authenticator) == ["b", "admin", ""])
        // A place from before the removal is another matter; one since then is what the person has made of it.
        index.adopt(place("old", at: 9))
        #expect(bearer(token("a"), authenticator) == ["", "user", "a"])
        index.adopt(place("new", at: 11))
        #expect(bearer(token("a"), authenticator) == ["new", "admin", ""])
        index.adopt(place("a", role: .user, at: 12))
        #expect(bearer(token("a", role: .admin), authenticator) == ["a", "user", ""])
        index.remove(user: "ada", tenant: "a", atMilliseconds: 13)
        #expect(bearer(token("a"), authenticator) == ["", "user", "a"])
    }

    @Test("Who comes with a token is written down once for each time that it is verified, and tried again")
    func seen() throws {
        let index = try index()
        let authenticator = Authenticator(keys: keys, tokens: signer, members: index)
        let token = token("a", role: .admin, email: "ada@people.example")
        _ = bearer(token, authenticator)
        _ = bearer(token, authenticator)
        _ = bearer(self.token(nil), authenticator)
        storage.isBroken.withLock { $0 = true }
        #expect(throws: Storage.Broken.self) { try index.recordSeen() }
        storage.isBroken.withLock { $0 = false }
        try index.recordSeen()
        try index.recordSeen()
        let seen = storage.seen.withLock { $0 }
        #expect(seen.map(\.tenant) == ["a"] && seen.map(\.email) == ["ada@people.example"])
        #expect(seen.map(\.role) == [.admin] && seen.map(\.seenAtMilliseconds) == [now])
    }

    @Test(
        "An address is taken from a token when it is a plain one",
        arguments: [
            ("ada@people.example", true), ("a.b+c@x-y.example", true), ("ada", false), ("@x.example", false),
            ("a@b", false), ("a..b@x.example", false), ("a b@x.example", false), ("a@-x.example", false),
            ("ä@x.example", false), ("a@x.example\n", false),
        ])
    func addresses(text: String, isPlain: Bool) {
        #expect(EmailAddress.isPlain(text) == isPlain)
    }

    @Test("The last use of a key is known to half a minute and kept")
    func uses() throws {
        let storage = MemoryKeyStorage()
        let keys = try KeyIndex(storage: storage)
        let authenticator = Authenticator(keys: keys, tokens: nil)
        let (key, record) = try keys.issue(tenant: "a", name: "k", nowMilliseconds: now)
        #expect(keys.lastUse(id: record.id) == nil)
        let judgement = authenticator.judge(key, nowMilliseconds: now + 5)
        #expect(judgement.untilMilliseconds <= now + 30_005)
        #expect(keys.lastUse(id: record.id) == now + 5)
        storage.breakDown()
        #expect(throws: MemoryKeyStorage.Broken.self) { try keys.saveUses() }
        storage.mend()
        try keys.saveUses()
        #expect(try KeyIndex(storage: storage).lastUse(id: record.id) == now + 5)
    }
}
