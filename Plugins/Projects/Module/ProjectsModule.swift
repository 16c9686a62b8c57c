public import GantryKit
import PlatformParts

/// The projects module: what a person creates, finds, changes and removes. A project is reached by its owner alone.
public struct ProjectsModule: Module {
    /// Id and version, equal to those in `module.yaml`.
    public static let manifest = Identity("projects", version: "1.0.0")

    /// All operations, and what becomes of the projects of people who are gone.
    public static let handlers: [Handler<Self>] = [
        .operation("listProjects") { _, request in try ProjectListing.answer(request) },
        .operation("createProject") { module, request in try module.create(request) },
        .operation("getProject") { _, request in try get(request) },
        .operation("updateProject") { module, request in try module.update(request) },
        .operation("deleteProject") { module, request in try module.delete(request) },
        .subscription("userDeleted") { module, event, context in try module.removeAll(event, context) },
    ]

    /// Stamps what this instance writes; all else is kept in the database.
    private let clock = WriteClock()

    /// Makes the instance for one tenant.
    public init(_ context: ModuleContext) throws {}

    private func create(_ request: borrowing Request) throws -> Response {
        let owner = try request.caller()
        let body = request.body
        let actor = request.actor ?? owner.subject
        let now = clock.creation(nowMilliseconds: try request.clock.milliseconds())
        let project = Project(
            id: try request.random.orderedUUID(), ownerID: owner.subject, name: body["name"].trimmedText ?? "",
            description: body["description"].trimmedText, createdMilliseconds: now, updatedMilliseconds: now)
        try request.database.write { tx in
            try ProjectTable.insert(project, tx)
            try ProjectEvents.publish("project.created", project, actorID: actor, atMilliseconds: now, tx)
        }
        let view = ProjectView(request.apiVersion, nowMilliseconds: now)
        return .created(location: "\(request.versionedPath)/\(project.id)") { view.write(project, to: &$0) }
    }

    private static func get(_ request: borrowing Request) throws -> Response {
        let owner = try request.caller().subject
        let id = request.parameters[0]
        let view = try ProjectView(request)
        return try request.database.read { tx in
            guard let project = try ProjectTable.find(id, of: owner, tx) else { throw Failure.missing("Project", id) }
            return .json { view.write(project, to: &$0) }
        }
    }

    private func update(_ request: borrowing Request) throws -> Response {
        let owner = try request.caller().subject
        let actor = request.actor ?? owner
        let id = request.parameters[0]
        let change = ProjectChange(request.body)
        let now = clock.change(nowMilliseconds: try request.clock.milliseconds())
        let view = ProjectView(request.apiVersion, nowMilliseconds: now)
        return try request.database.write { tx in
            guard var project = try ProjectTable.find(id, of: owner, tx) else { throw Failure.missing("Project", id) }
            let changed = change.apply(to: &project)
            if !changed.isEmpty {
                project.updatedMilliseconds = max(now, project.updatedMilliseconds)
                try ProjectTable.update(project, tx)
                try ProjectEvents.publish(
                    "project.updated", project, actorID: actor, changed: changed,
                    atMilliseconds: project.updatedMilliseconds, tx)
            }
            return .json { view.write(project, to: &$0) }
        }
    }

    private func delete(_ request: borrowing Request) throws -> Response {
        let owner = try request.caller().subject
        let actor = request.actor ?? owner
        let id = request.parameters[0]
        let now = clock.change(nowMilliseconds: try request.clock.milliseconds())
        try request.database.write { tx in
            guard let project = try ProjectTable.find(id, of: owner, tx) else { throw Failure.missing("Project", id) }
            try ProjectTable.remove(project.id, atMilliseconds: now, tx)
            try ProjectEvents.publish("project.deleted", project, actorID: actor, atMilliseconds: now, tx)
        }
        return .empty(204)
    }

    /// Removes the projects of somebody who is gone, so many at a time that others can write in between. A delivery
    /// that is repeated finds only what is left.
    private func removeAll(_ event: borrowing Event, _ context: borrowing CallContext) throws {
        guard let owner = event.data["user_id"]?.string else { return }
        let actor = event.data["actor_id"]?.string ?? owner
        let now = clock.change(nowMilliseconds: try context.clock.milliseconds())
        var isDone = false
        while !isDone {
            isDone = try context.database.write { tx in
                let projects = try ProjectTable.some(of: owner, limit: Self.removedAtOnce, tx)
                for project in projects {
                    try ProjectTable.remove(project.id, atMilliseconds: now, tx)
                    try ProjectEvents.publish("project.deleted", project, actorID: actor, atMilliseconds: now, tx)
                }
                return projects.count < Self.removedAtOnce
            }
        }
    }

    private static let removedAtOnce = 100
}
