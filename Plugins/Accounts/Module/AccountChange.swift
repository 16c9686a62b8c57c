import GantryKit

/// What an administrator wants to be different about an account, with the rules about who may change whom. All rules
/// hold at the moment of the change.
struct AccountChange {
    /// Nil to leave it.
    var role: AccountRole?
    /// Nil to leave it.
    var isActive: Bool?
    /// What the audit trail calls it.
    var action: String

    /// Applies the change and tells of it, or throws why it may not be. What is so already is no change.
    func apply(
        to id: String, by actorID: String, from address: String?, at now: Int64, _ tx: borrowing Transaction
    ) throws -> Account {
        let old = try AccountTable.present(id, tx)
        if role == nil && isActive == nil { return old }
        let actor = try AccountTable.present(actorID, tx)
        var new = old
        if let role { new.role = role }
        if let isActive { new.isActive = isActive }
        try check(old, new, actor, tx)
        if new.role == old.role && new.isActive == old.isActive { return old }
        let stored = try AccountTable.update(new, from: old, by: actorID, at: now, tx)
        try AuditTable.append(
            AuditEntry(
                actor: actorID, action: action, resourceType: "user", resource: id,
                details: Self.details(old, new), address: address, createdAt: now), tx)
        return stored
    }

    private func check(_ old: Account, _ new: Account, _ actor: Account, _ tx: borrowing Transaction) throws {
        guard actor.isActive, actor.role >= .admin else {
            throw Self.refusal("role_required", "An administrator role is needed.")
        }
        // Letting oneself back in is nothing that anybody can do; the contract names no such refusal.
        if old.id == actor.id, role != nil || isActive == false {
            throw Self.refusal("self_change", "Nobody changes their own role or activation.")
        }
        if actor.role < .superadmin, old.role > .user || new.role == .superadmin {
            throw Self.refusal("role_hierarchy", "Only a superadmin may do this.")
        }
        let leaves = old.role == .superadmin && old.isActive && (new.role != .superadmin || !new.isActive)
        guard leaves else { return }
        let others = try tx.one(
            """
            SELECT COUNT(*) FROM accounts
            WHERE role = 'superadmin' AND is_active = 1 AND removed_at IS NULL AND id <> $1
            """, old.id
        ) { row in try row[0] as Int64 }
        if others == 0 {
            throw Failure(409, reason: "last_superadmin", "The tenant would be left without an active superadmin.")
        }
    }

    private static func refusal(_ reason: String, _ message: String) -> Failure {
        Failure(403, reason: reason, message)
    }

    /// Old and new values of what has changed.
    private static func details(_ old: Account, _ new: Account) -> String {
        var writer = JSONWriter()
        writer.beginObject()
        if old.role != new.role {
            writer.key("role")
            writer.beginObject()
            writer.key("old")
            writer.string(old.role.rawValue)
            writer.key("new")
            writer.string(new.role.rawValue)
            writer.endObject()
        }
        if old.isActive != new.isActive {
            writer.key("is_active")
            writer.beginObject()
            writer.key("old")
            writer.bool(old.isActive)
            writer.key("new")
            writer.bool(new.isActive)
            writer.endObject()
        }
        writer.endObject()
        return String(decoding: writer.bytes, as: UTF8.self)
    }
}
