import GantryJSON

/// How far an upgrade is, as it is shown.
struct UpgradeProgress: Sendable {
    /// What became of the whole.
    enum State: String, Sendable {
        case running
        /// All tenants are on the version.
        case done
        /// A tenant could not be moved; those before it are on the version, it and those after it are not.
        case failed
        /// A tenant was moved back, since the new version did worse.
        case rolledBack = "rolled-back"
        /// A tenant does worse, and there is no way back.
        case paused
        /// The host ended meanwhile; `--resume` goes on.
        case interrupted
    }

    /// One tenant's way.
    struct Step: Sendable {
        enum State: String, Sendable {
            case waiting
            case moving
            case watching
            case draining
            case moved
            case failed
            case rolledBack = "rolled-back"
        }

        var tenant: String
        var from: String
        var state = State.waiting
        var message = ""
    }

    var module: String
    var version: String
    var state = State.running
    var message = ""
    var steps: [Step] = []

    var json: String {
        Administration.object { writer in
            writer.key("module")
            writer.string(module)
            writer.key("version")
            writer.string(version)
            writer.key("state")
            writer.string(state.rawValue)
            writer.key("message")
            writer.string(message.isEmpty ? nil : message)
            writer.key("tenants")
            Administration.array(steps, into: &writer) { step, writer in
                writer.key("tenant")
                writer.string(step.tenant)
                writer.key("from")
                writer.string(step.from)
                writer.key("state")
                writer.string(step.state.rawValue)
                writer.key("message")
                writer.string(step.message.isEmpty ? nil : step.message)
            }
        }
    }
}
