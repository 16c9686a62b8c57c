import CGantry
import GantryKit

/// Keys, organization and people of a host for tests.
struct DirectoryState {
    var keys: [StoredKey] = []
    var organization: StoredOrganization?
    var members: [TestMember] = []
    var invitations: [StoredInvitation] = []
    var strangers: Set<String> = []
    var removed: Set<String> = []

    /// A user of the tenant has come.
    mutating func see(_ principal: TestPrincipal, atMilliseconds now: Int64) {
        let user = principal.subject
        if removed.contains(user) || members.contains(where: { $0.user == user }) { return }
        members.append(
            TestMember(user: user, email: "", role: principal.role, joinedMilliseconds: now))
    }

    /// Creates or replaces the organization; a stranger joins as the first admin.
    mutating func replaceOrganization(
        _ fields: StoredOrganization.Fields, call: DirectoryTable.Caller, atMilliseconds now: Int64
    ) -> StoredOrganization {
        if call.isStranger {
            strangers.remove(call.principal.subject)
            members.append(
                TestMember(user: call.principal.subject, email: "", role: "admin", joinedMilliseconds: now))
        }
        var next = organization ?? StoredOrganization(id: "org_test", fields: fields, created: now)
        if next.fields != fields {
            next.fields = fields
            next.updated = now
        }
        organization = next
        return next
    }

    /// Removes a member by the rules of the real host.
    mutating func removeMember(_ user: String, by caller: TestPrincipal) -> DirectoryTable.Answer {
        if caller.kind == GANTRY_PRINCIPAL_USER, caller.subject == user { return .refused(.oneself) }
        guard let index = members.firstIndex(where: { $0.user == user }) else { return .status(.end) }
        if members[index].role == "superadmin", caller.role != "superadmin" { return .refused(.role) }
        if members[index].role == "admin", members.count(where: { $0.role == "admin" }) < 2 {
            return .refused(.lastAdmin)
        }
        members.remove(at: index)
        removed.insert(user)
        strangers.insert(user)
        return .status(.ok)
    }
}

/// A person of the tenant in a test.
public struct TestMember: Sendable, Equatable {
    /// The user's id.
    public var user: String
    /// The user's address; empty for none that is known.
    public var email: String
    /// `user`, `admin` or `superadmin`.
    public var role: String
    /// Since when, in milliseconds since 1970.
    public var joinedMilliseconds: Int64

    /// A person.
    public init(user: String, email: String = "", role: String = "user", joinedMilliseconds: Int64 = 0) {
        self.user = user
        self.email = email
        self.role = role
        self.joinedMilliseconds = joinedMilliseconds
    }

    func raw(in memory: LentMemory) -> gantry_member_v1 {
        gantry_member_v1(
            user: memory.text(user), email: memory.text(email), role: memory.text(role),
            joined_milliseconds: joinedMilliseconds)
    }
}

/// A key in memory; its text is kept nowhere.
struct StoredKey {
    let id: String
    let name: String
    let description: String
    let created: Int64
    let expires: Int64
    var revoked: Int64 = 0

    func raw(in memory: LentMemory, text: String) -> gantry_key_v1 {
        gantry_key_v1(
            id: memory.text(id), name: memory.text(name), description: memory.text(description),
            text: memory.text(text), created_milliseconds: created, expires_milliseconds: expires,
            used_milliseconds: 0, revoked_milliseconds: revoked)
    }
}

/// The organization in memory.
struct StoredOrganization {
    /// What it says of itself, in the order of the interface.
    struct Fields: Equatable {
        let texts: [String]

        init(_ order: gantry_organization_order_v1) {
            texts = [order.name, order.phone, order.address, order.tax_kind, order.tax_number].map(\.copy)
        }
    }

    let id: String
    var fields: Fields
    let created: Int64
    var updated: Int64 = 0

    func raw(in memory: LentMemory, tenant: String) -> gantry_organization_v1 {
        let texts = fields.texts.map { memory.text($0) }
        return gantry_organization_v1(
            id: memory.text(id), tenant: memory.text(tenant), name: texts[0], phone: texts[1], address: texts[2],
            tax_kind: texts[3], tax_number: texts[4], created_milliseconds: created, updated_milliseconds: updated)
    }
}

/// An invitation in memory.
struct StoredInvitation {
    let id: String
    let email: String
    let role: String
    let invitedBy: String
    let invited: Int64
    let expires: Int64

    func raw(in memory: LentMemory, text: String) -> gantry_invitation_v1 {
        gantry_invitation_v1(
            id: memory.text(id), email: memory.text(email), role: memory.text(role),
            invited_by: memory.text(invitedBy), text: memory.text(text), invited_milliseconds: invited,
            expires_milliseconds: expires)
    }
}
