import GantryCore
import GantryIdentity
import GantryJSON
import GantryThreads

extension Administration {
    /// The tokens that a module has issued for a tenant and that are good; their text is kept nowhere.
    func listTokens(_ arguments: CommandArguments) throws -> String {
        let tenant = try tenant(arguments)
        let records = try moduleTokens().list(
            tenant: tenant.id, module: try arguments.required("module"), subject: Self.subject(arguments),
            nowMilliseconds: systemWallClock())
        return Self.list(records) { record, writer in
            for (name, text) in [("id", record.id), ("kind", record.kind), ("subject", record.subject)] {
                writer.key(name)
                writer.string(text)
            }
            writer.key("created")
            writer.timestamp(milliseconds: record.createdAtMilliseconds)
            writer.key("used")
            Self.write(record.idleMilliseconds == nil ? nil : record.usedAtMilliseconds, into: &writer)
            writer.key("expires")
            writer.timestamp(milliseconds: record.expiresAtMilliseconds)
        }
    }

    /// Ends one of those tokens, or all of a subject.
    func revokeTokens(_ arguments: CommandArguments) throws -> String {
        let tenant = try tenant(arguments)
        let module = try arguments.required("module")
        let tokens = try moduleTokens()
        let now = systemWallClock()
        let id = arguments.values["id"] ?? ""
        var count = 0
        if let subject = Self.subject(arguments), id.isEmpty {
            let good = try tokens.list(tenant: tenant.id, module: module, subject: subject, nowMilliseconds: now)
            for kind in Set(good.map(\.kind)).sorted() {
                count += try tokens.revoke(
                    kind: kind, subject: subject, tenant: tenant.id, module: module, nowMilliseconds: now)
            }
        } else {
            guard Self.subject(arguments) == nil, !id.isEmpty else {
                throw AdministrationError(code: "invalid", message: "Name either one token or one subject.")
            }
            guard try tokens.revoke(id: id, tenant: tenant.id, module: module, nowMilliseconds: now) else {
                throw AdministrationError(
                    code: "not_found", message: "`\(module)` has issued no token `\(id)` for tenant `\(tenant.id)`.")
            }
            count = 1
        }
        return Self.object { writer in
            writer.key("revoked")
            writer.int(Int64(count))
        }
    }

    private static func subject(_ arguments: CommandArguments) -> String? {
        arguments.values["subject"].flatMap { $0.isEmpty ? nil : $0 }
    }

    /// Those of the running host, which remembers what was revoked; on a folder without a host, its records.
    private func moduleTokens() throws -> ModuleTokens {
        if let supervisor {
            guard let tokens = supervisor.resources.services.tokens else {
                _ = try vault.key
                throw AdministrationError(code: "failed", message: "Tokens cannot be issued.")
            }
            return tokens
        }
        return try ModuleTokens(key: vault.key, storage: directory, nowMilliseconds: systemWallClock())
    }
}
