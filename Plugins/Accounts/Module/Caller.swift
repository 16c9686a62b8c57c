import GantryKit
import PlatformParts

/// Who makes a request, and his account.
enum Caller {
    /// The user whom the token stands for.
    static func id(_ request: borrowing Request) throws -> String {
        guard let principal = request.principal, principal.kind == .user else {
            throw Failure(401, reason: "user_token_required", "This needs the token of a user.")
        }
        return principal.subject
    }

    /// The real person, also behind a token of impersonation.
    static func person(_ request: borrowing Request) throws -> String {
        try actor(request) ?? id(request)
    }

    /// Who acts as the user by a token of impersonation; nil for the user himself.
    static func actor(_ request: borrowing Request) throws -> String? { try facts(request).actor }

    /// The caller's account. It is made of the token where there is none yet, and notes the newest login.
    static func account(_ request: borrowing Request) throws -> Account {
        let id = try id(request)
        let issuedAt = try request.services.call(PlatformServices.issuedAt)
        let known = try request.database.read { tx in try AccountTable.find(id, tx) }
        if let known, known.removedAt != nil {
            throw Failure(401, reason: "account_removed", "The account was removed.")
        }
        if let known, known.lastLoginAt ?? 0 >= issuedAt { return known }
        let facts = try facts(request)
        guard facts.actor == nil else { throw Failure.missing("User", id) }
        let role = AccountRole(rawValue: request.principal?.role ?? "") ?? .user
        let now = try request.clock.milliseconds()
        let account = try request.database.write { tx in
            try signIn(id, role: role, email: facts.email, issuedAt: issuedAt, now: now, tx)
        }
        if known == nil { try Settlement.run(request) }
        return account
    }

    private static func signIn(
        _ id: String, role: AccountRole, email: String?, issuedAt: Int64, now: Int64, _ tx: borrowing Transaction
    ) throws -> Account {
        guard var account = try AccountTable.find(id, tx) else {
            var new = Account(id: id, role: role, provider: .custom, createdAt: now)
            new.email = email
            new.lastLoginAt = issuedAt > 0 ? issuedAt : nil
            try AccountTable.insert(new, by: nil, tx)
            return new
        }
        guard issuedAt > account.lastLoginAt ?? 0 else { return account }
        try tx.execute("UPDATE accounts SET last_login_at = $2 WHERE id = $1", id, issuedAt)
        account.lastLoginAt = issuedAt
        return account
    }

    /// What the host knows of the caller besides: his address; and who acts as him, by which token of impersonation.
    static func facts(
        _ request: borrowing Request
    ) throws -> (email: String?, actor: String?, token: String?) {
        let text = try request.services.call(PlatformServices.caller)
        return try JSONDocument(text).withRoot { root in
            (root["email"]?.string, root["actor"]?.string, root["token"]?.string)
        }
    }
}
