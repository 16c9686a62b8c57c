import GantryKit

/// What the module tells others of projects.
enum ProjectEvents {
    /// Publishes an event with the transaction, in order for each project.
    ///
    /// - Parameters:
    ///   - actorID: Who did it.
    ///   - changed: Names of the members that changed; empty for creation and removal.
    static func publish(
        _ type: String, _ project: Project, actorID: String, changed: [String] = [], atMilliseconds time: Int64,
        _ tx: borrowing Transaction
    ) throws {
        try tx.publish(type, key: project.id) { writer in
            writer.beginObject()
            writer.key("project_id")
            writer.string(project.id)
            writer.key("owner_id")
            writer.string(project.ownerID)
            writer.key("name")
            writer.string(project.name)
            writer.key("actor_id")
            writer.string(actorID)
            writer.key("changed")
            writer.beginArray()
            for name in changed { writer.string(name) }
            writer.endArray()
            writer.key("occurred_at")
            writer.timestamp(milliseconds: time)
            writer.endObject()
        }
    }
}
