import GantryCore
import GantryCryptography
import GantryIdentity
import GantryLoader
import GantryStore

extension HostDirectory {
    /// Invitations of a tenant that are still good, in their order.
    func invitations(tenant: String, atMilliseconds now: Int64) throws(StoreError) -> [InvitationRecord] {
        try database.read(as: .host) { transaction throws(StoreError) in
            var invitations: [InvitationRecord] = []
            try transaction.execute(
                """
                SELECT id, email, role, invited_by, invited_at, expires_at FROM invitation
                WHERE tenant = $1 AND expires_at > $2 ORDER BY invited_at, id
                """, [.text(tenant), .integer(now)]
            ) { row in
                invitations.append(
                    InvitationRecord(
                        id: row.string(0), email: row.string(1), role: Role(rawValue: row.string(2)) ?? .user,
                        invitedBy: row.string(3), text: "", invitedAtMilliseconds: row.integer(4),
                        expiresAtMilliseconds: row.integer(5)))
                return true
            }
            return invitations
        }
    }

    /// Adds an invitation and forgets those that have expired, unless a member or an invited person has the address.
    /// - Returns: Whether it was added.
    func insert(_ invitation: InvitationRecord, tenant: String) throws(StoreError) -> Bool {
        try audit.change(telling: { isNew, act in
            act.target = invitation.id
            return isNew
        }) { transaction throws(StoreError) in
            try transaction.execute(
                "DELETE FROM invitation WHERE tenant = $1 AND expires_at <= $2",
                [.text(tenant), .integer(invitation.invitedAtMilliseconds)])
            var isTaken = false
            try transaction.execute(
                """
                SELECT 1 FROM member WHERE tenant = $1 AND lower(email) = lower($2)
                UNION ALL SELECT 1 FROM invitation WHERE tenant = $1 AND lower(email) = lower($2)
                """, [.text(tenant), .text(invitation.email)]
            ) { _ in
                isTaken = true
                return false
            }
            if isTaken { return false }
            try transaction.execute(
                """
                INSERT INTO invitation (id, tenant, email, role, invited_by, hash, invited_at, expires_at)
                VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
                """,
                [
                    .text(invitation.id), .text(tenant), .text(invitation.email), .text(invitation.role.rawValue),
                    .text(invitation.invitedBy), .blob(Cryptography.sha256(invitation.text).bytes),
                    .integer(invitation.invitedAtMilliseconds), .integer(invitation.expiresAtMilliseconds),
                ])
            return true
        }
    }

    /// Forgets an invitation; false when there is none of the id.
    func removeInvitation(id: String, tenant: String) throws(StoreError) -> Bool {
        try audit.change(telling: { wasThere, _ in wasThere }) { transaction throws(StoreError) in
            try transaction.execute(
                "DELETE FROM invitation WHERE id = $1 AND tenant = $2", [.text(id), .text(tenant)]) > 0
        }
    }

    /// What became of the acceptance of an invitation.
    enum Acceptance: Sendable {
        case accepted(StoredMember)
        case unknown
        case belongs
    }

    /// Gives the place that the invitation with this text promises, once.
    /// - Parameter guest: Who accepts it; tenant and role are those of the invitation.
    func accept(
        _ text: String, guest: StoredMember, announcing announcement: (StoredMember) -> Announcement
    ) throws(StoreError) -> Acceptance {
        try audit.change(telling: { acceptance, act in
            guard case .accepted(let member) = acceptance else { return false }
            act.tenant = member.tenant
            act.details["role"] = member.role.rawValue
            return true
        }) { transaction throws(StoreError) in
            var member = guest
            var id: String?
            try transaction.execute(
                "SELECT id, tenant, role, email FROM invitation WHERE hash = $1 AND expires_at > $2",
                [.blob(Cryptography.sha256(text).bytes), .integer(guest.joinedAtMilliseconds)]
            ) { row in
                id = row.string(0)
                member.tenant = row.string(1)
                member.role = Role(rawValue: row.string(2)) ?? .user
                if member.email.isEmpty { member.email = row.string(3) }
                return false
            }
            guard let id else { return .unknown }
            if try Self.hasPlace(member, in: transaction) { return .belongs }
            try transaction.execute("DELETE FROM invitation WHERE id = $1", [.text(id)])
            try Self.give(member, in: transaction)
            try Self.announce(announcement(member), in: transaction)
            return .accepted(member)
        }
    }
}
