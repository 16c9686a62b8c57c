import GantryCore
import GantryCryptography
import GantryIdentity
import GantryJSON
import GantryLoader

extension TenantDirectory {
    /// The members of a tenant, those among them who have just come for the first time.
    func members(tenant: String) throws -> [MemberRecord] {
        try members.recordSeen()
        return try directory.members(tenant: tenant)
    }

    /// One member; nil when the user is none.
    func member(_ user: String, tenant: String) throws -> MemberRecord? {
        try members.recordSeen()
        return try directory.member(user, tenant: tenant)
    }

    /// Gives a user a place in a tenant, or another role.
    func give(_ member: HostDirectory.StoredMember, actor: String?) throws {
        let now = member.joinedAtMilliseconds
        try directory.give(member, announcing: Self.joinEvent(member, actor, now))
        members.adopt(member.membership)
        announce(to: member.tenant)
    }

    /// Removes a member; whatever tokens the person holds stand for no tenant from then on.
    /// - Parameter caller: Who does it; nil for the operator.
    func remove(
        _ user: String, tenant: String, caller: Principal?, atMilliseconds now: Int64
    ) throws -> HostDirectory.Removal {
        try members.recordSeen()
        let actor = caller.map(\.subject)
        let announcement = Announcement(
            "directory.member.removed", tenant: tenant, key: user, actor: actor, atMilliseconds: now
        ) { writer in
            writer.key("user_id")
            writer.string(user)
        }
        let removal = try directory.remove(
            user, tenant: tenant, caller: caller, atMilliseconds: now, announcing: announcement)
        if case .removed = removal {
            members.remove(user: user, tenant: tenant, atMilliseconds: now)
            announce(to: tenant)
        }
        return removal
    }

    /// Invites somebody; nil when a member or an invited person has the address.
    func invite(
        _ order: InvitationOrder, tenant: String, by inviter: String, atMilliseconds now: Int64
    ) throws -> InvitationRecord? {
        try members.recordSeen()
        let invitation = InvitationRecord(
            id: UUIDText.random(), email: order.email, role: order.role, invitedBy: inviter,
            text: "inv_" + Base64URL.text(Cryptography.randomBytes(32)), invitedAtMilliseconds: now,
            expiresAtMilliseconds: now + order.lifetimeSeconds * 1000)
        return try directory.insert(invitation, tenant: tenant) ? invitation : nil
    }

    /// Gives a user without a tenant the place that an invitation promises.
    func accept(_ text: String, user: Principal, atMilliseconds now: Int64) throws -> HostDirectory.Acceptance {
        let guest = HostDirectory.StoredMember(
            tenant: "", user: user.subject, origin: user.user.origin, email: user.user.email, role: .user,
            joinedAtMilliseconds: now)
        let acceptance = try directory.accept(text, guest: guest) { Self.joinEvent($0, user.subject, now) }
        if case .accepted(let member) = acceptance {
            members.adopt(member.membership)
            announce(to: member.tenant)
        }
        return acceptance
    }

    static func joinEvent(_ member: HostDirectory.StoredMember, _ actor: String?, _ now: Int64) -> Announcement {
        Announcement(
            "directory.member.joined", tenant: member.tenant, key: member.user, actor: actor, atMilliseconds: now
        ) { writer in
            writer.key("user_id")
            writer.string(member.user)
            writer.key("role")
            writer.string(member.role.rawValue)
        }
    }
}
