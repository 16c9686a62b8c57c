public import CGantry

/// A feature, written as a type. The host makes one value of it for each tenant that has it enabled.
///
/// ```swift
/// struct Greeter: Module {
///     static let manifest = Identity("greeter", version: "1.0.0")
///     static let handlers: [Handler<Self>] = [
///         .operation("greet") { module, request in .json(["message": "Hello, \(request.parameters[0])!"]) }
///     ]
///     init(_ context: ModuleContext) throws {}
/// }
///
/// @c(gantry_entry_v1)
/// public func entry(host: UnsafePointer<gantry_host_v1>?, module: UnsafeMutablePointer<gantry_module_v1>?) -> Int32 {
///     Greeter.export(host, module)
/// }
/// ```
///
/// life: `init` → `start` → handlers, possibly several at once on different threads → `quiesce` → `stop`. A module is
/// `Sendable` for that reason: keep what changes in the database, or behind a `Mutex`.
public protocol Module: Sendable {
    /// Id and version, equal to those in `module.yaml`.
    static var manifest: Identity { get }
    /// What the module handles; everything that `module.yaml` names must stand here once.
    static var handlers: [Handler<Self>] { get }
    /// Makes the instance for one tenant. What it throws keeps the module from starting for that tenant.
    init(_ context: ModuleContext) throws
    /// Called once when the migrations are applied and before the first call. Does nothing unless implemented.
    func start(_ context: borrowing CallContext) throws
    /// Called when no new call will arrive, with a deadline to finish what is under way. Does nothing unless
    /// implemented.
    func quiesce(_ context: borrowing CallContext) throws
    /// Called when nothing is under way any more, before the instance goes. Does nothing unless implemented.
    func stop(_ context: borrowing CallContext) throws
}

extension Module {
    /// Does nothing.
    public func start(_ context: borrowing CallContext) throws {}
    /// Does nothing.
    public func quiesce(_ context: borrowing CallContext) throws {}
    /// Does nothing.
    public func stop(_ context: borrowing CallContext) throws {}

    /// Hands the module to the host: the whole body of a library's entry function.
    public static func export(
        _ host: UnsafePointer<gantry_host_v1>?, _ module: UnsafeMutablePointer<gantry_module_v1>?
    ) -> Int32 {
        guard host != nil, let module else { return Status.invalid.rawValue }
        // The host keeps the module for as long as the process runs, so the reference is never released.
        module.pointee.module = Unmanaged.passRetained(ModuleExport(Self.self)).toOpaque()
        module.pointee.query = ModuleTables.query
        return Status.ok.rawValue
    }
}

/// Which module a library is.
public struct Identity: Hashable, Sendable {
    /// The id: lower case, one word or hyphenated.
    public let id: String
    /// The version, such as `1.0.0`.
    public let version: String

    /// The identity of the module `id` at `version`.
    public init(_ id: String, version: String) {
        self.id = id
        self.version = version
    }
}
