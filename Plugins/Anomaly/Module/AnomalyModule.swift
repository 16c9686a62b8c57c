public import GantryKit

/// The anomaly module: takes charging sessions with their meter values, judges them, and keeps what it finds.
public struct AnomalyModule: Module {
    /// Id and version, equal to those in `module.yaml`.
    public static let manifest = Identity("anomaly", version: "0.1.0")

    /// All operations and jobs.
    public static let handlers: [Handler<Self>] = sessionHandlers + batchHandlers + stationHandlers

    /// Makes the instance for one tenant; it keeps nothing outside its database.
    public init(_ context: ModuleContext) throws {}
}
