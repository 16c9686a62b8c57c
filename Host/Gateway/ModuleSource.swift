import GantryCore

/// Where the gateway gets the instance of a tenant's module from. Instances come and go; the source stays as long as
/// the tenant has the module enabled in the same way. Any thread; nothing here blocks.
public protocol ModuleSource: AnyObject, Sendable {
    /// Whether the instance runs or can be started; false for a while after it failed to.
    /// - Parameter now: CLOCK_MONOTONIC.
    func isAvailable(atNanoseconds now: Int64) -> Bool
    /// The running instance, which stays until `leave`; nil, and no `leave` follows, when none runs.
    func enter() -> (any ModulePort)?
    /// Ends what `enter` began.
    func leave()
    /// Starts the instance unless it runs, once for all who ask. Calls back exactly once, at once or later from any
    /// thread: with the source whose `enter` is worth a try, nil when the instance could not be started. It is another
    /// source where another generation of the module has taken this one's place.
    func start(_ receive: @escaping @Sendable ((any ModuleSource)?) -> Void)
    /// A request that had entered was answered.
    /// - Parameter durationNanoseconds: From the request's head on; nil where it says nothing, as with streams.
    func didAnswer(status: Int, durationNanoseconds: Int64?)
}

extension ModuleSource {
    /// Nothing.
    public func didAnswer(status _: Int, durationNanoseconds _: Int64?) {}
}

/// Where the gateway gets the modules of a tenant from.
public protocol TenantSource: AnyObject, Sendable {
    /// The source of one of the tenant's modules. Asked at the first request for it.
    func source(of module: String) -> any ModuleSource
}

/// Instances that run already, or never will.
final class FixedSource: TenantSource {
    private final class Source: ModuleSource {
        private let instance: (any ModulePort)?

        init(_ instance: (any ModulePort)?) {
            self.instance = instance
        }

        func isAvailable(atNanoseconds _: Int64) -> Bool { instance != nil }
        func enter() -> (any ModulePort)? { instance }
        func leave() {}
        func start(_ receive: @escaping @Sendable ((any ModuleSource)?) -> Void) { receive(nil) }
    }

    private let instances: [String: any ModulePort]

    init(_ modules: [EnabledModule]) {
        instances = Dictionary(modules.compactMap { module in module.instance.map { (module.manifest.id, $0) } }) {
            first, _ in first
        }
    }

    func source(of module: String) -> any ModuleSource { Source(instances[module]) }
}
