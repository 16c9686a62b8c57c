import CGantry

/// A module as the host holds it behind a `void *`.
///
/// C function pointers cannot be formed in generic code, so nothing here is generic: the module's type is known to the
/// closures alone. That also spares each call the look-up of generic metadata.
final class ModuleExport {
    let description: UnsafePointer<gantry_description_v1>
    /// Whether the module has any handlers of a kind; without them it does not offer their table.
    let hasOperations: Bool
    let hasSubscriptions: Bool
    let hasJobs: Bool
    let hasState: Bool
    /// Declarations of what it exports.
    let services: [String]
    private let make: (ModuleContext, KeptCall) throws -> ModuleInstance

    init<Owner: Module>(_ type: Owner.Type) {
        let handlers = HandlerLists(Owner.handlers)
        hasOperations = !handlers.operations.isEmpty
        hasSubscriptions = !handlers.subscriptions.isEmpty
        hasJobs = !handlers.jobs.isEmpty
        hasState = type is any StatefulModule.Type
        services = handlers.serviceNames
        make = { context, call in ModuleInstance(try Owner(context), handlers, call) }
        let description = UnsafeMutablePointer<gantry_description_v1>.allocate(capacity: 1)
        description.initialize(
            to: gantry_description_v1(
                id: Owner.manifest.id.immortalText(), version: Owner.manifest.version.immortalText(),
                operations: Self.immortal(handlers.operationNames), operation_count: UInt64(handlers.operations.count),
                subscriptions: Self.immortal(handlers.subscriptionNames),
                subscription_count: UInt64(handlers.subscriptions.count), jobs: Self.immortal(handlers.jobNames),
                job_count: UInt64(handlers.jobs.count)))
        self.description = UnsafePointer(description)
    }

    /// Makes the instance that `call` creates.
    func create(_ call: KeptCall, configuration: gantry_str_v1) throws -> ModuleInstance {
        try make(ModuleContext(call, configuration: configuration), call)
    }

    private static func immortal(_ names: [String]) -> UnsafePointer<gantry_str_v1>? {
        guard !names.isEmpty else { return nil }
        let texts = UnsafeMutableBufferPointer<gantry_str_v1>.allocate(capacity: names.count)
        _ = texts.initialize(from: names.map { $0.immortalText() })
        return UnsafePointer(texts.baseAddress)
    }
}
