import GantryCore
import GantryJSON
import GantryStore

/// What lies between a deployment file and what is: the steps in their order, what stands in their way, and what will
/// stay different.
struct DeploymentPlan: Sendable {
    /// One step of `apply`. Each is done by itself, and doing it twice is the same as doing it once.
    struct Step: Sendable {
        enum Action: String, Sendable {
            /// Capabilities are granted to a module.
            case grant
            /// A module is to run elsewhere, or with other limits; its instances are started again.
            case isolate
            /// The folders of bundles are looked through anew.
            case bundles
            /// A tenant is made, or its host names are set.
            case tenant
            /// A module is stopped for a tenant; its data is kept.
            case stop
            /// A module is started for a tenant.
            case start
            /// A module is started again with another configuration, limits or mount.
            case change
            /// A module is started again from another build.
            case upgrade
            /// Pending migrations are run for a module that does not run.
            case migrate
        }

        var action: Action
        var tenant = ""
        var module = ""
        /// What is done, for people.
        var details: [String] = []
        var migrations: [Migration] = []
        /// What the command `deployment.step` is given.
        var arguments: [String: String] = [:]
    }

    /// Why the plan cannot be applied.
    struct Obstacle: Sendable, Equatable {
        /// For programs: `missing_module`, `route_conflict`, `capability`, `configuration`, `host_conflict`,
        /// `missing_service`, `service_mismatch`, `service_cycle`, or a migration's `drift`, `ahead`, `locked`,
        /// `unreadable`.
        var code: String
        var tenant: String
        var module: String
        var message: String
    }

    /// A difference that `apply` leaves alone.
    struct Note: Sendable, Equatable {
        var tenant: String
        var module: String
        var message: String
    }

    var file: String
    /// Whether a host runs on the data folder.
    var isRunning: Bool
    var steps: [Step] = []
    var obstacles: [Obstacle] = []
    var notes: [Note] = []

    /// The plan as one JSON object.
    var json: String {
        Administration.object { writer in
            writer.key("deployment")
            writer.string(file)
            writer.key("running")
            writer.bool(isRunning)
            writer.key("changes")
            writer.int(steps.count)
            writer.key("steps")
            Administration.array(steps, into: &writer, Self.write)
            writer.key("obstacles")
            Administration.array(obstacles, into: &writer) { obstacle, writer in
                writer.key("code")
                writer.string(obstacle.code)
                Self.write(obstacle.tenant, obstacle.module, into: &writer)
                writer.key("message")
                writer.string(obstacle.message)
            }
            writer.key("notes")
            Administration.array(notes, into: &writer) { note, writer in
                Self.write(note.tenant, note.module, into: &writer)
                writer.key("message")
                writer.string(note.message)
            }
        }
    }

    private static func write(_ tenant: String, _ module: String, into writer: inout JSONWriter) {
        writer.key("tenant")
        writer.string(tenant.isEmpty ? nil : tenant)
        writer.key("module")
        writer.string(module.isEmpty ? nil : module)
    }

    private static func write(_ step: Step, into writer: inout JSONWriter) {
        writer.key("action")
        writer.string(step.action.rawValue)
        write(step.tenant, step.module, into: &writer)
        writer.key("details")
        Administration.texts(step.details, into: &writer)
        writer.key("migrations")
        Administration.write(step.migrations, into: &writer)
        writer.key("arguments")
        writer.beginObject()
        for (name, value) in step.arguments.sorted(by: { $0.key < $1.key }) {
            writer.key(name)
            writer.string(value)
        }
        writer.endObject()
    }
}
