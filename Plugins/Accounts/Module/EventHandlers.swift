import GantryKit
import PlatformParts

extension AccountsModule {
    /// Names of what hears of the module's own events: has the host learn what a crash has kept from it.
    private static let settling = [
        "userCreated", "userUpdated", "userDeleted", "userActivated", "userDeactivated", "impersonationStarted",
        "impersonationStopped", "jobRetried",
    ]
    private static let identities = ["identityCreated", "identityUpdated", "identityDeleted"]

    static var eventHandlers: [Handler<Self>] {
        settling.map { name in .subscription(name) { _, _, context in try Settlement.run(context) } }
            + identities.map { name in
                .subscription(name) { _, event, context in try takeIdentity(event, context) }
            } + otherHandlers
    }

    private static var otherHandlers: [Handler<Self>] {
        [
            .subscription("subscriptionChanged") { _, event, context in try takeSubscription(event, context) },
            .subscription("auditEntry") { _, event, context in try takeAudit(event, context) },
        ]
    }

    /// A notice of the auth service, which decides over role and activation too.
    private static func takeIdentity(_ event: borrowing Event, _ context: borrowing CallContext) throws {
        let data = event.data
        guard let user = data["user"], let id = user["id"]?.string else { return }
        var change = ProviderChange(id: id, provider: .internal)
        change.isRemoval = event.type == "identity.user.deleted"
        change.decides = true
        change.email = user["email"].stated(Plausible.email)
        change.fullName = user["full_name"].stated(Plausible.name)
        change.avatarURL = user["avatar_url"].stated(Plausible.picture)
        change.role = user["role"]?.string.flatMap(AccountRole.init)
        change.isActive = user["is_active"]?.bool
        change.changedAt = data["occurred_at"]?.string.flatMap { RFC3339.milliseconds($0) }
        let isCreation = event.type == "identity.user.created"
        let complete = change
        let now = try context.clock.milliseconds()
        try context.database.write { tx in
            if isCreation, try AccountTable.find(id, tx) != nil { return }
            _ = try complete.apply(at: now, tx)
        }
        try Settlement.run(context)
    }

    /// The plan and its state as billing has them; the newest counts, in whatever order they come.
    private static func takeSubscription(_ event: borrowing Event, _ context: borrowing CallContext) throws {
        let data = event.data
        guard let id = data["user_id"]?.string, let plan = data["plan"]?.string,
            let status = data["status"]?.string, ["free", "pro", "enterprise"].contains(plan),
            ["inactive", "active", "trialing", "past_due", "canceled", "expired"].contains(status)
        else { return }
        let occurredAt = data["occurred_at"]?.string.flatMap { RFC3339.milliseconds($0) } ?? event.timeMilliseconds
        let now = try context.clock.milliseconds()
        try context.database.write { tx in
            let newer = try tx.execute(
                """
                UPDATE accounts SET billing_changed_at = $2
                WHERE id = $1 AND removed_at IS NULL AND (billing_changed_at IS NULL OR billing_changed_at <= $2)
                """, id, occurredAt)
            guard newer > 0 else { return }
            let old = try AccountTable.present(id, tx)
            var new = old
            new.plan = plan
            new.subscriptionStatus = status
            try AccountTable.update(new, from: old, by: nil, at: now, tx)
        }
    }

    /// An act of another module's.
    private static func takeAudit(_ event: borrowing Event, _ context: borrowing CallContext) throws {
        let data = event.data
        guard let actor = data["actor_id"]?.string, let action = data["action"]?.string,
            let resourceType = data["resource_type"]?.string
        else { return }
        var entry = AuditEntry(
            actor: actor, action: action, resourceType: resourceType, resource: data["resource_id"]?.string,
            address: data["ip_address"]?.string,
            createdAt: data["occurred_at"]?.string.flatMap { RFC3339.milliseconds($0) } ?? event.timeMilliseconds)
        if let details = data["details"], details.kind == .object {
            entry.details = String(decoding: details.jsonBytes, as: UTF8.self)
        }
        let (id, complete) = (event.id, entry)
        try context.database.write { tx in try AuditTable.append(complete, source: id, tx) }
        try Settlement.run(context)
    }
}
