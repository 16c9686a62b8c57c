import GantryKit
import PlatformParts

extension AccountsModule {
    static var impersonationHandlers: [Handler<Self>] {
        [
            .operation("startImpersonation") { _, request in try startActing(request) },
            .operation("stopImpersonation") { _, request in try stopActing(request) },
        ]
    }

    private static func startActing(_ request: borrowing Request) throws -> Response {
        guard try Caller.actor(request) == nil else {
            throw Failure(403, reason: "nested_impersonation", "Nobody acts as one while acting as another.")
        }
        let actor = try Caller.account(request)
        let body = request.body
        let id = body["user_id"].trimmedText ?? ""
        let reason = body["reason"].trimmedText
        let target = try request.database.read { tx in
            let target = try AccountTable.present(id, tx)
            try check(target, by: try AccountTable.present(actor.id, tx))
            return target
        }
        let token = try mint(target, request)
        let address = request.headers["x-forwarded-for"]
        let now = try request.clock.milliseconds()
        try request.database.write { tx in
            // Whoever was shut out meanwhile is nobody to act as.
            try check(try AccountTable.present(id, tx), by: try AccountTable.present(actor.id, tx))
            try tell(
                Act(what: "start", actor: actor.id, target: id, token: token.id, reason: reason, address: address),
                at: now, tx)
        }
        try Settlement.run(request)
        return .json(capacity: 1024) { writer in
            writer.beginObject()
            writer.key("message")
            writer.string("You are now acting as this user.")
            writer.key("impersonated_user")
            writer.beginObject()
            for (name, text) in [("id", target.id), ("email", target.email), ("full_name", target.fullName)] {
                writer.key(name)
                writer.string(text)
            }
            writer.endObject()
            writer.key("token")
            writer.string(token.text)
            writer.time("expires_at", token.expiresAt)
            writer.endObject()
        }
    }

    private static func stopActing(_ request: borrowing Request) throws -> Response {
        let facts = try Caller.facts(request)
        guard let actor = facts.actor, let token = facts.token else {
            throw Failure(400, reason: "not_impersonating", "The token is an ordinary one.")
        }
        let target = try Caller.id(request)
        let address = request.headers["x-forwarded-for"]
        let now = try request.clock.milliseconds()
        guard try request.services.call(PlatformServices.endImpersonation) else {
            throw Failure(401, reason: "unauthenticated", "The token is void.")
        }
        try request.database.write { tx in
            try tell(
                Act(what: "stop", actor: actor, target: target, token: token, reason: nil, address: address), at: now,
                tx)
        }
        try Settlement.run(request)
        return .json(["message": "You are yourself again."])
    }

    /// An administrator acts as whoever may do less than he, and is let in himself.
    private static func check(_ target: Account, by actor: Account) throws(Failure) {
        guard actor.isActive, actor.role >= .admin, actor.role > target.role else {
            throw Failure(403, reason: "role_hierarchy", "Nobody acts as somebody who may do as much as they.")
        }
        guard target.isActive else {
            throw Failure(409, reason: "user_inactive", "The account is deactivated.")
        }
    }

    private static func mint(
        _ target: Account, _ request: borrowing Request
    ) throws -> (id: String, text: String, expiresAt: Int64) {
        let answer: String
        do throws(HostError) {
            answer = try request.services.call(PlatformServices.impersonate, target.id, target.email ?? "", 0)
        } catch {
            guard error.status == .unsupported else { throw error }
            throw Failure(
                503, reason: "not_configured", "Acting as others is not configured.", details: ["service": "identity"])
        }
        return try JSONDocument(answer).withRoot { root in
            (root["id"]?.string ?? "", root["token"]?.string ?? "", root["expires_at"]?.int64 ?? 0)
        }
    }

    private struct Act {
        var what: String
        var actor: String
        var target: String
        var token: String
        var reason: String?
        var address: String?
    }

    private static func tell(_ act: Act, at now: Int64, _ tx: borrowing Transaction) throws {
        var details = JSONWriter()
        details.beginObject()
        details.key("jti")
        details.string(act.token)
        if act.what == "start" {
            details.key("reason")
            details.string(act.reason)
        }
        details.endObject()
        try AuditTable.append(
            AuditEntry(
                actor: act.actor, action: "impersonate.\(act.what)", resourceType: "user", resource: act.target,
                details: String(decoding: details.bytes, as: UTF8.self), address: act.address, createdAt: now), tx)
        try tx.publish(act.what == "start" ? "impersonation.started" : "impersonation.stopped", key: act.target) {
            writer in
            writer.beginObject()
            let texts: [(StaticString, String?)] = [
                ("actor_id", act.actor), ("user_id", act.target), ("jti", act.token), ("reason", act.reason),
            ]
            for (name, text) in texts {
                writer.key(name)
                writer.string(text)
            }
            writer.time("occurred_at", now)
            writer.endObject()
        }
    }
}
