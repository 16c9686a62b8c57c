import GantryCore
import GantryIdentity
import GantryJSON
import GantryThreads

extension Administration {
    func createKey(_ arguments: CommandArguments) throws -> String {
        let tenant = try tenant(arguments)
        let now = systemWallClock()
        let (key, record) = try keys.issue(
            tenant: tenant.id, name: arguments.values["name"] ?? "", expiresAtMilliseconds: try end(arguments, now),
            nowMilliseconds: now)
        return Self.object { writer in Self.write(key, record, into: &writer) }
    }

    /// Makes a key in the place of another, which stays good for a while.
    func rotateKey(_ arguments: CommandArguments) throws -> String {
        let tenant = try tenant(arguments)
        let id = try arguments.required("id")
        guard let overlap = Int64(arguments.values["overlap"] ?? "86400"), (0...31_536_000).contains(overlap) else {
            throw AdministrationError(code: "invalid", message: "Two keys are good together for up to a year.")
        }
        let now = systemWallClock()
        let rotated = try keys.rotate(
            id: id, tenant: tenant.id, overlapMilliseconds: overlap * 1000,
            expiresAtMilliseconds: try end(arguments, now), nowMilliseconds: now)
        guard let (key, record, former) = rotated else {
            throw AdministrationError(
                code: "not_found", message: "The tenant `\(tenant.id)` has no key `\(id)` that is good.")
        }
        return Self.object { writer in
            Self.write(key, record, into: &writer)
            writer.key("former")
            writer.string(former.id)
            writer.key("former_expires")
            Self.write(former.expiresAtMilliseconds, into: &writer)
        }
    }

    /// When a key ends that is made now: after the days that were asked for, else as the contracts say.
    private func end(_ arguments: CommandArguments, _ now: Int64) throws -> Int64 {
        guard let text = arguments.values["days"], !text.isEmpty else { return now + Self.keyLifetime }
        guard let days = Int64(text), (1...3650).contains(days) else {
            throw AdministrationError(code: "invalid", message: "A key is good for 1 to 3650 days.")
        }
        return now + days * 86_400_000
    }

    private static func write(_ key: String, _ record: APIKeyRecord, into writer: inout JSONWriter) {
        for (name, text) in [("id", record.id), ("tenant", record.tenant), ("name", record.name), ("key", key)] {
            writer.key(name)
            writer.string(text)
        }
        writer.key("expires")
        write(record.expiresAtMilliseconds, into: &writer)
    }

    func listKeys(_ arguments: CommandArguments) throws -> String {
        let tenant = try tenant(arguments)
        let records = keys.records(tenant: tenant.id).sorted { $0.createdAtMilliseconds > $1.createdAtMilliseconds }
        return Self.list(records) { record, writer in
            writer.key("id")
            writer.string(record.id)
            writer.key("prefix")
            writer.string(record.prefix)
            writer.key("name")
            writer.string(record.name)
            writer.key("created")
            writer.timestamp(milliseconds: record.createdAtMilliseconds)
            writer.key("expires")
            Self.write(record.expiresAtMilliseconds, into: &writer)
            writer.key("used")
            Self.write(record.usedAtMilliseconds, into: &writer)
            writer.key("revoked")
            Self.write(record.revokedAtMilliseconds, into: &writer)
        }
    }

    func revokeKey(_ arguments: CommandArguments) throws -> String {
        let tenant = try tenant(arguments)
        let id = try arguments.required("id")
        // A key of another tenant is treated like one that does not exist.
        guard keys.records(tenant: tenant.id).contains(where: { $0.id == id }) else {
            throw AdministrationError(code: "not_found", message: "The tenant `\(tenant.id)` has no key `\(id)`.")
        }
        _ = try keys.revoke(id: id, tenant: tenant.id, nowMilliseconds: systemWallClock())
        return Self.object { writer in
            writer.key("id")
            writer.string(id)
            writer.key("state")
            writer.string("revoked")
        }
    }

    func issueToken(_ arguments: CommandArguments) throws -> String {
        // Without a tenant it is the token of somebody who has just signed up.
        let tenant = arguments.values["tenant"]?.isEmpty == false ? try tenant(arguments).id : nil
        let email = arguments.values["email"].flatMap { $0.isEmpty ? nil : $0 }
        if let email, !EmailAddress.isPlain(email) {
            throw AdministrationError(
                code: "invalid", message: "`\(email)` is no address like `name@host.example`.")
        }
        let user = try arguments.required("user")
        let name = arguments.values["role"] ?? Role.user.rawValue
        guard let role = Role(rawValue: name), role != .public else {
            throw AdministrationError(
                code: "invalid", message: "`\(name)` is no role; there are user, admin and superadmin.")
        }
        guard let seconds = Int64(arguments.values["seconds"] ?? "3600"), (1...31_536_000).contains(seconds) else {
            throw AdministrationError(code: "invalid", message: "A token lasts from 1 second to a year of seconds.")
        }
        let now = systemWallClock()
        let claims = TokenClaims(
            subject: user, expiresAtMilliseconds: now + seconds * 1000, role: role, tenant: tenant,
            issuedAtMilliseconds: now, email: email)
        return Self.object { writer in
            writer.key("token")
            writer.string(tokens.mint(claims))
            writer.key("expires")
            writer.timestamp(milliseconds: claims.expiresAtMilliseconds)
        }
    }

    /// API keys last 365 days, as the contracts say.
    static var keyLifetime: Int64 { 365 * 86_400_000 }

    static func write(_ milliseconds: Int64?, into writer: inout JSONWriter) {
        if let milliseconds {
            writer.timestamp(milliseconds: milliseconds)
        } else {
            writer.null()
        }
    }
}
