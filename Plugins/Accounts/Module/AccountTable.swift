import GantryKit
import PlatformParts

/// The rows of people, and what follows from their changes.
enum AccountTable {
    /// An account, a removed one too; nil when there never was one.
    static func find(_ id: String, _ tx: borrowing Transaction) throws -> Account? {
        try tx.first("SELECT \(Account.columns) FROM accounts WHERE id = $1", id) { row in try Account(row) }
    }

    /// An account that was not removed.
    static func present(_ id: String, _ tx: borrowing Transaction) throws -> Account {
        guard let account = try find(id, tx), account.removedAt == nil else { throw Failure.missing("User", id) }
        return account
    }

    /// Writes a new account down, and tells of it.
    static func insert(_ account: Account, by actor: String?, _ tx: borrowing Transaction) throws {
        try tx.execute(
            """
            INSERT INTO accounts (\(Account.columns))
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
            """,
            account.id, account.email, account.fullName, account.avatarURL, account.role.rawValue, account.isActive,
            account.plan, account.subscriptionStatus, account.createdAt, account.updatedAt, account.lastLoginAt,
            account.provider.rawValue, account.removedAt, account.revision)
        try Settlement.mark(account, tx)
        try publish("user.created", account, changed: [], by: actor, at: account.createdAt, tx)
    }

    /// Writes what may have changed of an account, tells of it, and says what has.
    ///
    /// Role and activation are the host's business too, which learns of them behind the transaction.
    @discardableResult
    static func update(
        _ new: Account, from old: Account, by actor: String?, at now: Int64, _ tx: borrowing Transaction
    ) throws -> Account {
        let changed = changes(from: old, to: new)
        guard !changed.isEmpty else { return old }
        var stored = new
        stored.updatedAt = max(now, old.updatedAt)
        let concernsHost = old.role != new.role || old.isActive != new.isActive
        if concernsHost { stored.revision = old.revision + 1 }
        try write(stored, tx)
        if concernsHost { try Settlement.mark(stored, tx) }
        let updated = changed.filter { $0 != "is_active" }
        if !updated.isEmpty { try publish("user.updated", stored, changed: updated, by: actor, at: now, tx) }
        if old.isActive != new.isActive {
            let type = new.isActive ? "user.activated" : "user.deactivated"
            try publish(type, stored, changed: ["is_active"], by: actor, at: now, tx)
        }
        return stored
    }

    /// Removes an account softly: it stays removed, whatever is delivered of it later.
    static func remove(_ account: Account, by actor: String?, at now: Int64, _ tx: borrowing Transaction) throws {
        var gone = account
        gone.removedAt = now
        gone.updatedAt = max(now, account.updatedAt)
        gone.revision += 1
        try write(gone, tx)
        try Settlement.mark(gone, tx)
        try publish("user.deleted", gone, changed: [], by: actor, at: now, tx)
    }

    private static func write(_ account: Account, _ tx: borrowing Transaction) throws {
        try tx.execute(
            """
            UPDATE accounts SET email = $2, full_name = $3, avatar_url = $4, role = $5, is_active = $6,
                subscription_plan = $7, subscription_status = $8, updated_at = $9, removed_at = $10, revision = $11
            WHERE id = $1
            """,
            account.id, account.email, account.fullName, account.avatarURL, account.role.rawValue, account.isActive,
            account.plan, account.subscriptionStatus, account.updatedAt, account.removedAt, account.revision)
    }

    /// Names of the members that differ, as the contract calls them.
    static func changes(from old: Account, to new: Account) -> [String] {
        var changed: [String] = []
        if old.email != new.email { changed.append("email") }
        if old.fullName != new.fullName { changed.append("full_name") }
        if old.avatarURL != new.avatarURL { changed.append("avatar_url") }
        if old.role != new.role { changed.append("role") }
        if old.isActive != new.isActive { changed.append("is_active") }
        if old.plan != new.plan { changed.append("subscription_plan") }
        if old.subscriptionStatus != new.subscriptionStatus { changed.append("subscription_status") }
        return changed
    }

    private static func publish(
        _ type: String, _ account: Account, changed: [String], by actor: String?, at now: Int64,
        _ tx: borrowing Transaction
    ) throws {
        try tx.publish(type, key: account.id) { writer in
            writer.beginObject()
            let texts: [(StaticString, String?)] = [
                ("user_id", account.id), ("email", account.email), ("role", account.role.rawValue),
                ("actor_id", actor),
            ]
            for (name, text) in texts {
                writer.key(name)
                writer.string(text)
            }
            writer.key("is_active")
            writer.bool(account.isActive)
            writer.key("changed")
            writer.beginArray()
            for name in changed { writer.string(name) }
            writer.endArray()
            writer.time("occurred_at", now)
            writer.endObject()
        }
    }
}
