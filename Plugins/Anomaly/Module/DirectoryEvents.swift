import GantryKit
import PlatformParts

/// What the host tells of the tenant's keys, organization and people becomes the contract's events.
///
/// The host tells it at least once, and so do the events.
extension AnomalyModule {
    static var directoryEventHandlers: [Handler<Self>] {
        [
            .subscription("keyCreated") { _, event, context in try publishKey("apikey.created", event, context) },
            .subscription("keyRevoked") { _, event, context in try publishKey("apikey.revoked", event, context) },
            .subscription("organizationCreated") { _, event, context in
                try publishOrganization("organization.created", event, context)
            },
            .subscription("organizationUpdated") { _, event, context in
                try publishOrganization("organization.updated", event, context)
            },
            .subscription("memberRemoved") { module, event, context in
                try module.unassign(event, context)
            },
        ]
    }

    /// Who has done it; the operator's commands have no user.
    private static func actor(_ event: borrowing Event) -> String { event.data["actor"]?.string ?? "operator" }

    private static func publishKey(
        _ type: String, _ event: borrowing Event, _ context: borrowing CallContext
    ) throws {
        let (id, name) = (event.data["key_id"]?.string ?? "", event.data["name"]?.string ?? "")
        let actor = actor(event)
        try context.database.write { tx in
            try tx.publish(type, key: id) { writer in
                writer.beginObject()
                for (member, text) in [("keyId", id), ("name", name), ("actorUserId", actor)] {
                    writer.key(member)
                    writer.string(text)
                }
                writer.endObject()
            }
        }
    }

    private static func publishOrganization(
        _ type: String, _ event: borrowing Event, _ context: borrowing CallContext
    ) throws {
        let names: [(StaticString, String)] = [
            ("id", "id"), ("tenantId", "tenant"), ("name", "name"), ("phone", "phone"), ("address", "address"),
            ("taxIdType", "tax_kind"), ("taxIdValue", "tax_number"), ("createdAt", "created_at"),
            ("updatedAt", "updated_at"),
        ]
        let data = event.data
        let members = names.map { ($0.0, data[$0.1]?.string) }
        try context.database.write { tx in
            try tx.publish(type, key: members[0].1 ?? "") { writer in
                writer.beginObject()
                for (member, text) in members {
                    writer.key(member)
                    writer.string(text)
                }
                writer.endObject()
            }
        }
    }

    /// Nobody is assigned any more where the removed person was.
    private func unassign(_ event: borrowing Event, _ context: borrowing CallContext) throws {
        let user = event.data["user_id"]?.string ?? ""
        let actor = Self.actor(event)
        let now = clock.change(nowMilliseconds: try context.clock.milliseconds())
        try context.database.write { tx in
            var ids: [String] = []
            try tx.query("SELECT issue_id FROM anomaly_issues WHERE assigned_to = $1 ORDER BY issue_id", user) { row in
                ids.append(try row[0])
            }
            for id in ids {
                guard var issue = try IssueTable.find(id, tx) else { continue }
                issue.assignee = nil
                try IssueTable.update(issue, nowMilliseconds: now, tx)
                try issue.publishUpdate(by: actor, tx)
            }
            try tx.publish("member.removed", key: user) { writer in
                writer.beginObject()
                writer.key("userId")
                writer.string(user)
                writer.key("removedBy")
                writer.string(actor)
                writer.endObject()
            }
        }
    }
}
