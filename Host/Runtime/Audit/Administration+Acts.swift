import GantryCryptography
import GantryIdentity
import GantryStore

extension Administration {
    /// Commands that change nothing. Every other is told of, also one that is new.
    private static let readingCommands: Set<String> = [
        "tenant.list", "tenant.show", "module.list", "module.show", "migrate.status", "migrate.plan",
        "migrate.rehearse", "migrate.restore-points", "deployment.plan", "routes", "key.list", "member.list",
        "token.list", "events.list", "events.show", "webhook.list", "webhook.deliveries", "jobs.list", "jobs.show",
        "jobs.schedules", "secret.list", "capability.list", "audit.list", "audit.verify", "module.upgrade-status",
        "record.show", "trust.list",
    ]

    /// Commands whose change lies in `host.db`, where the entry is written with it. Of every other that changes
    /// something two entries tell: one before and one after.
    private static let directoryCommands: Set<String> = [
        "tenant.create", "tenant.import", "module.enable", "module.disable", "deployment.step", "key.create",
        "key.revoke", "key.rotate", "member.add", "member.invite", "member.remove", "token.revoke", "secret.set",
        "secret.unset", "capability.grant", "capability.revoke", "audit.archive", "trust.revoke", "trust.restore",
    ]

    /// Arguments that entries hold as they are. What is not among them may be a secret and is left out.
    private static let toldArguments: Set<String> = [
        "action", "bundle", "canary", "capabilities", "capability", "days", "dead", "delivery", "email", "event",
        "file",
        "folders", "hosts", "id", "job", "keys", "limits", "minimum-requests", "module", "mount", "name", "overlap",
        "point", "retried",
        "reason", "resume", "role", "seconds", "subject", "subscriber", "tenant", "tenants", "to", "trust", "type",
        "user", "version", "watch", "what",
    ]

    /// Runs a command with its entry in the audit log: what it changes in `host.db` is there exactly when the entry is.
    func audited(_ arguments: CommandArguments, user: UInt32, _ body: () throws -> String) throws -> String {
        if Self.readingCommands.contains(arguments.command) { return try body() }
        let act = try act(of: arguments, user: user)
        return try PendingAct.run(act) { pending in
            if !Self.directoryCommands.contains(act.action) { try tell(act, .begun) }
            do {
                let answer = try body()
                if let left = pending.take() { try tell(left, .done) }
                return answer
            } catch {
                if let left = pending.take() {
                    try tell(left, .failed, because: (error as? AdministrationError)?.code ?? "failed")
                }
                throw error
            }
        }
    }

    private func act(of arguments: CommandArguments, user: UInt32) throws -> AuditAct {
        let values = arguments.values
        let target = ["id", "name", "module", "user", "email", "type", "action"].lazy.compactMap { values[$0] }.first
        var details = values.filter { Self.toldArguments.contains($0.key) && !$0.value.isEmpty }
        // What is configured may hold what nobody is to read; that it was this and no other can be told all the same.
        for name in ["configuration", "settings", "lines"] {
            details[name] = values[name].map { "sha256:\(Cryptography.sha256($0).hexadecimal)" }
        }
        // A chain is begun for a tenant that exists, or is just being made, and not for whatever somebody types.
        var tenant = values["tenant"].flatMap { $0.isEmpty ? nil : $0 }
        let makes = arguments.command == "tenant.create" || values["action"] == "tenant"
        if let named = tenant, !makes, try directory.tenant(named) == nil { tenant = nil }
        return AuditAct(
            tenant: tenant, actor: .operator(user: user), action: arguments.command, target: target ?? tenant ?? "",
            details: details)
    }

    private func tell(_ act: AuditAct, _ outcome: AuditOutcome, because reason: String? = nil) throws {
        var act = act
        act.outcome = outcome
        act.details["reason"] = reason
        if outcome == .failed, let tenant = act.tenant, try directory.tenant(tenant) == nil { act.tenant = nil }
        do { try directory.audit.record(act) } catch {
            throw AdministrationError(
                code: "failed", message: "The audit log cannot be written, so nothing is done: \(error.message)")
        }
    }
}
