import GantryKit
import PlatformParts

/// What a provider of identities tells of a person. What it does not say of somebody stays as it is.
struct ProviderChange {
    var id: String
    var provider: AccountProvider
    /// Whether the person is gone.
    var isRemoval = false
    var email: String??
    var fullName: String??
    var avatarURL: String??
    /// The role, for a new account; for one that there is only where `decides`.
    var role: AccountRole?
    /// Whether the person is let in.
    var isActive: Bool?
    /// Whether role and activation of an account that there is follow, rather than those that administrators gave it.
    var decides = false
    /// When it was made there, in milliseconds since 1970; nil where that is not told.
    var changedAt: Int64?
    /// When the person was made there.
    var createdAt: Int64?
    /// Settings of the transaction: whether what is older than the last change applied is ignored.
    var isOrdered = true

    /// Brings the account in line, and says whether that was of interest.
    func apply(at now: Int64, _ tx: borrowing Transaction) throws -> Inbox.Status {
        guard let old = try AccountTable.find(id, tx) else { return try create(at: now, tx) }
        // Whoever was removed stays removed.
        guard old.removedAt == nil else { return .ignored }
        if isRemoval {
            try AccountTable.remove(old, by: nil, at: now, tx)
            return .processed
        }
        if isOrdered, let changedAt, let last = try lastChange(tx), changedAt < last { return .ignored }
        var new = old
        if let email { new.email = email }
        if let fullName { new.fullName = fullName }
        if let avatarURL { new.avatarURL = avatarURL }
        if decides, let role { new.role = role }
        if decides, let isActive { new.isActive = isActive }
        try AccountTable.update(new, from: old, by: nil, at: now, tx)
        try noteChange(tx)
        return .processed
    }

    private func create(at now: Int64, _ tx: borrowing Transaction) throws -> Inbox.Status {
        var account = Account(id: id, role: role ?? .user, provider: provider, createdAt: createdAt ?? now)
        account.updatedAt = max(now, account.createdAt)
        account.email = email ?? nil
        account.fullName = fullName ?? nil
        account.avatarURL = avatarURL ?? nil
        account.isActive = isActive ?? true
        if isRemoval { account.removedAt = now }
        try AccountTable.insert(account, by: nil, tx)
        try noteChange(tx)
        return .processed
    }

    private func lastChange(_ tx: borrowing Transaction) throws -> Int64? {
        try tx.one("SELECT provider_changed_at FROM accounts WHERE id = $1", id) { row in try row[0] as Int64? }
    }

    private func noteChange(_ tx: borrowing Transaction) throws {
        guard let changedAt else { return }
        try tx.execute(
            """
            UPDATE accounts SET provider_changed_at = $2
            WHERE id = $1 AND (provider_changed_at IS NULL OR provider_changed_at < $2)
            """, id, changedAt)
    }
}

extension JSONValue? {
    /// A member that may be null: nil where it is not there. What `fits` does not take is null.
    func stated(_ fits: (String) -> Bool) -> String?? {
        guard let value = self else { return nil }
        guard let text = Optional(value).trimmedText, !text.isEmpty, fits(text) else { return .some(nil) }
        return text
    }
}

/// What accounts can hold, of what providers say.
enum Plausible {
    static func email(_ text: String) -> Bool {
        guard text.utf8.count <= 254, let at = text.lastIndex(of: "@"), at != text.startIndex else { return false }
        let domain = text[text.index(after: at)...]
        return domain.contains(".") && !domain.hasPrefix(".") && !domain.hasSuffix(".")
            && text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F }
    }

    static func name(_ text: String) -> Bool { text.unicodeScalars.count <= 255 }

    static func picture(_ text: String) -> Bool {
        guard text.utf8.count <= 2048, let scheme = ["https://", "http://"].first(where: { text.hasPrefix($0) }) else {
            return false
        }
        return text.utf8.count > scheme.utf8.count && text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F }
            && !text.contains { "<>\"\\^`{|}".contains($0) }
    }
}
