import CGantry
import GantryCore
import GantryThreads

/// Tells the operator of a module that uses the interface wrongly: the module gets a status, which it may ignore, and
/// the log a line that names function and status, once for each pair and instance.
enum Misuse {
    /// Kinds of lines that one instance may cause.
    private static let maximumKinds = 200

    /// The answer to a call of the host's function, noted where it is the module's fault.
    static func checked(
        _ call: UnsafePointer<gantry_call_v1>?, _ function: StaticString, _ body: () -> ModuleStatus
    ) -> Int32 {
        let status = body()
        if status.rawValue < 0 { note(call, function, status) }
        return status.rawValue
    }

    /// Notes the status, if a module without faults would not get it.
    static func note(_ call: UnsafePointer<gantry_call_v1>?, _ function: StaticString, _ status: ModuleStatus) {
        guard let meaning = meaning(of: status),
            let instance = call.flatMap({ ModuleInstance.table.resolve($0.pointee.instance) })
        else { return }
        let kind = "\(function) \(status)"
        let isNew = instance.misuses.withLock { kinds in
            kinds.count < maximumKinds && kinds.insert(kind).inserted
        }
        guard isNew else { return }
        let running = call.flatMap { ModuleCall.table.resolve($0.pointee.call) }
        instance.ports.log.write(
            level: .warning, message: "The module misuses the interface: `\(function)` answered \(status), \(meaning).",
            fields: running.map { [("within", $0.description)] } ?? [], trace: running?.trace ?? TraceContext())
    }

    /// Tells the operator why the host has refused what the module asked for, once for each reason and instance: many a
    /// module hands over no error record, or does not look into it.
    static func explain(_ call: ModuleCall, _ reason: String) {
        let isNew = call.instance.misuses.withLock { kinds in
            kinds.count < maximumKinds && kinds.insert(reason).inserted
        }
        guard isNew else { return }
        call.instance.ports.log.write(
            level: .warning, message: "The host has refused what the module asked for: \(reason)",
            fields: [("within", call.description)], trace: call.trace)
    }

    private static func meaning(of status: ModuleStatus) -> String? {
        switch status {
        case .invalid: "for an argument breaks its contract"
        case .stale: "for the call, transaction or instance that it names is over"
        case .already: "for the call was answered before"
        case .thread: "for it must not be called on this thread now"
        case .limit: "for it was given more than the host allows"
        default: nil
        }
    }
}
