import GantryCore
import GantryIdentity
import GantryLoader
import GantryStore
import GantryThreads
import TestCommands
import Testing

@testable import GantryRuntime

@Suite("Keys, organizations and people of tenants")
struct TenantDirectoryTests {
    private let temporary = TemporaryFolder()
    private let pool = ThreadPool(name: "test", threadCount: 2)
    private let directory: HostDirectory
    private let people: TenantDirectory
    private let fields = OrganizationFields(name: "Linden", phone: "", address: "", taxKind: "", taxNumber: "")

    init() throws {
        directory = try HostDirectory(database: Database(path: "\(temporary.path)/host.db", pool: pool))
        for tenant in ["a", "b"] { _ = try directory.insertTenant(id: tenant, name: tenant, atMilliseconds: 1) }
        people = TenantDirectory(
            directory: directory, keys: try KeyIndex(storage: directory),
            members: try MemberIndex(storage: directory) { _ in false }, provisioned: [Deployment.Module(id: "anomaly")]
        )
    }

    private func user(_ id: String, _ tenant: String = "", role: Role = .admin, origin: String = "") -> Principal {
        var facts = UserFacts()
        facts.origin = origin
        facts.email = "\(id)@people.example"
        return Principal(kind: .user, subject: id, role: role, tenant: tenant, user: facts)
    }

    private func see(_ user: String, _ tenant: String, role: Role, email: String = "", at time: Int64 = 50) throws {
        try directory.record([
            SeenUser(tenant: tenant, user: user, origin: "", email: email, role: role, seenAtMilliseconds: time)
        ])
    }

    /// Types of what waits to be told, in order; it counts as told then.
    private func told(_ tenant: String) throws -> [String] {
        var types: [String] = []
        while let next = try directory.nextAnnouncement(tenant: tenant) {
            types.append(next.type)
            try directory.removeAnnouncement(id: next.id)
        }
        return types
    }

    @Test("A key counts against the limit while it is good, and what happened to it is told once")
    func keys() throws {
        let order = KeyOrder(name: "k", description: "d", lifetimeSeconds: 10, limit: 2)
        let first = try #require(try people.issueKey(order, tenant: "a", actor: "ada", atMilliseconds: 1000))
        #expect(try people.issueKey(order, tenant: "a", actor: "ada", atMilliseconds: 2000) != nil)
        #expect(try people.issueKey(order, tenant: "a", actor: "ada", atMilliseconds: 3000) == nil)
        #expect(try people.issueKey(order, tenant: "b", actor: "ada", atMilliseconds: 3000) != nil)
        #expect(try !people.revokeKey(id: first.record.id, tenant: "b", actor: "ada", atMilliseconds: 4000))
        #expect(try people.revokeKey(id: first.record.id, tenant: "a", actor: "ada", atMilliseconds: 5000))
        #expect(try people.revokeKey(id: first.record.id, tenant: "a", actor: "ada", atMilliseconds: 6000))
        #expect(try people.issueKey(order, tenant: "a", actor: "ada", atMilliseconds: 7000) != nil)
        // The second has expired by now.
        #expect(try people.issueKey(order, tenant: "a", actor: "ada", atMilliseconds: 12_000) != nil)
        let listed = try directory.keys(tenant: "a")
        #expect(listed.map(\.createdAtMilliseconds) == [12_000, 7000, 2000, 1000])
        #expect(listed.last?.revokedAtMilliseconds == 5000 && listed.last?.description == "d")
        let event = "directory.key."
        #expect(
            try told("a") == ["created", "created", "revoked", "created", "created"].map { event + $0 })
        #expect(try KeyIndex(storage: directory).records(tenant: "a").first?.description == "d")
    }

    @Test("An organization is told of when it is made and when it changes, and not when it stays")
    func organizations() throws {
        let made = try people.setOrganization(fields, tenant: "a", actor: nil, atMilliseconds: 10)
        #expect(try people.setOrganization(fields, tenant: "a", actor: nil, atMilliseconds: 20) == made)
        var other = fields
        other.phone = "+4940555010"
        let changed = try people.setOrganization(other, tenant: "a", actor: nil, atMilliseconds: 30)
        #expect(changed.id == made.id && changed.createdAtMilliseconds == 10 && changed.updatedAtMilliseconds == 30)
        #expect(try directory.organization(tenant: "a") == changed)
        #expect(try directory.organization(tenant: "b") == nil)
        #expect(try told("a") == ["directory.organization.created", "directory.organization.updated"])
    }

    @Test("A tenant that a user makes is there whole, once, and resolves his tokens from then on")
    func provisioning() throws {
        let made = try #require(try people.provision(fields, for: user("ada"), atMilliseconds: 10))
        #expect(made.tenant.hasPrefix("tnt_") && Identifiers.isTenant(made.tenant))
        #expect(try people.provision(fields, for: user("ada"), atMilliseconds: 11) == nil)
        #expect(try people.provision(fields, for: user("ada", origin: "b"), atMilliseconds: 12) != nil)
        #expect(try directory.tenant(made.tenant)?.name == "Linden")
        #expect(try directory.enablements(tenant: made.tenant).map(\.module) == ["anomaly"])
        let admin = try #require(try people.members(tenant: made.tenant).first)
        #expect(admin == MemberRecord(user: "ada", email: "ada@people.example", role: .admin, joinedAtMilliseconds: 10))
        #expect(try directory.memberships().count == 2)
        #expect(try told(made.tenant) == ["directory.organization.created", "directory.member.joined"])
    }

    @Test("Without modules for them no tenant is made")
    func nothingProvisioned() throws {
        let bare = TenantDirectory(
            directory: directory, keys: people.keys, members: people.members, defaultTenant: "a")
        #expect(throws: PortOutcome.self) { try bare.provision(fields, for: user("ada"), atMilliseconds: 10) }
        #expect(try directory.tenants().map(\.id) == ["a", "b"])
        try directory.save(
            HostDirectory.Enablement(
                tenant: "a", module: "guestbook", isEnabled: true, configuration: #"{"x":1}"#, limits: "{}", mount: "/m"
            )
        )
        let made = try #require(try bare.provision(fields, for: user("ada"), atMilliseconds: 10))
        let copy = try #require(try directory.enablements(tenant: made.tenant).first)
        #expect(copy.module == "guestbook" && copy.configuration == #"{"x":1}"# && copy.mount == "/m")
    }

    @Test("Who has come is a member; what tokens say changes him until he is given a role")
    func seen() throws {
        try see("ada", "a", role: .user, at: 50)
        try see("ada", "a", role: .admin, email: "ada@people.example", at: 60)
        try see("ada", "unheard-of", role: .admin)
        var ada = MemberRecord(user: "ada", email: "ada@people.example", role: .admin, joinedAtMilliseconds: 50)
        #expect(try people.members(tenant: "a") == [ada])
        #expect(try directory.memberships().isEmpty)
        let given = HostDirectory.StoredMember(
            tenant: "a", user: "ada", origin: "", email: "", role: .user, joinedAtMilliseconds: 70)
        try people.give(given, actor: nil)
        try see("ada", "a", role: .admin)
        ada.role = .user
        #expect(try people.member("ada", tenant: "a") == ada)
        #expect(try people.member("ada", tenant: "b") == nil)
        #expect(try directory.memberships().map(\.role) == [.user])
    }

    @Test("The rules on removals hold at the moment of the removal")
    func removals() throws {
        for (user, role) in [("ada", Role.admin), ("bob", .user), ("sue", .superadmin)] {
            try see(user, "a", role: role)
        }
        func remove(_ user: String, by caller: Principal?) throws -> String {
            switch try people.remove(user, tenant: "a", caller: caller, atMilliseconds: 100) {
            case .removed: "removed"
            case .unknown: "unknown"
            case .refused(let refusal): "\(refusal)"
            }
        }
        let (ada, sue) = (user("ada", "a"), user("sue", "a", role: .superadmin))
        #expect(try remove("ada", by: ada) == "oneself")
        #expect(try remove("nobody", by: ada) == "unknown")
        #expect(try remove("sue", by: ada) == "role")
        #expect(try remove("ada", by: sue) == "lastAdmin")
        #expect(try remove("ada", by: nil) == "lastAdmin")
        #expect(try told("a").isEmpty)
        #expect(try remove("bob", by: ada) == "removed")
        #expect(try remove("bob", by: ada) == "unknown")
        try see("bob", "a", role: .admin)
        #expect(try people.members(tenant: "a").map(\.user) == ["ada", "sue"], "His tokens bring him back no more.")
        try see("eve", "a", role: .admin)
        #expect(try remove("ada", by: user("eve", "a")) == "removed")
        #expect(try remove("eve", by: ada) == "tenantRequired", "She is out by now.")
        #expect(try told("a") == ["directory.member.removed", "directory.member.removed"])
        #expect(try directory.removedUsers().map(\.user).sorted() == ["ada", "bob"])
    }

    @Test("An invitation is one address's, for a time, and once")
    func invitations() throws {
        let order = InvitationOrder(email: "Jo@people.example", role: .admin, lifetimeSeconds: 10)
        let made = try #require(try people.invite(order, tenant: "a", by: "ada", atMilliseconds: 1000))
        #expect(try people.invite(order, tenant: "a", by: "ada", atMilliseconds: 2000) == nil)
        #expect(try people.invite(order, tenant: "b", by: "ada", atMilliseconds: 2000) != nil)
        var listed = try directory.invitations(tenant: "a", atMilliseconds: 3000)
        #expect(listed.map(\.id) == [made.id] && listed.first?.text == "" && listed.first?.invitedBy == "ada")
        #expect(try directory.invitations(tenant: "a", atMilliseconds: 11_000).isEmpty)
        #expect(try !directory.removeInvitation(id: made.id, tenant: "b"))
        func accept(_ text: String, _ user: Principal, at time: Int64) throws -> String {
            switch try people.accept(text, user: user, atMilliseconds: time) {
            case .accepted(let member): "\(member.tenant) \(member.role)"
            case .unknown: "unknown"
            case .belongs: "belongs"
            }
        }
        #expect(try accept(made.text + "x", user("jo"), at: 4000) == "unknown")
        #expect(try accept(made.text, user("jo"), at: 11_000) == "unknown")
        #expect(try accept(made.text, user("jo"), at: 4000) == "a admin")
        #expect(try accept(made.text, user("kim"), at: 4000) == "unknown")
        let again = InvitationOrder(email: "x@people.example", role: .user, lifetimeSeconds: 10)
        let second = try #require(try people.invite(again, tenant: "b", by: "", atMilliseconds: 5000))
        #expect(try accept(second.text, user("jo"), at: 6000) == "belongs")
        #expect(try directory.removeInvitation(id: second.id, tenant: "b"))
        // Jo is a member now; an address whose invitation has lapsed is free again.
        #expect(try people.invite(order, tenant: "a", by: "ada", atMilliseconds: 12_000) == nil)
        #expect(try people.invite(again, tenant: "a", by: "ada", atMilliseconds: 12_000) != nil)
        #expect(try people.invite(again, tenant: "a", by: "ada", atMilliseconds: 22_000) != nil)
        listed = try directory.invitations(tenant: "a", atMilliseconds: 22_000)
        #expect(listed.count == 1)
    }
}
