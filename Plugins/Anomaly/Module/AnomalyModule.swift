public import GantryKit
import PlatformParts

/// The anomaly module: takes charging sessions with their meter values, judges them, and keeps what it finds.
public struct AnomalyModule: Module {
    /// Id and version, equal to those in `module.yaml`.
    public static let manifest = Identity("anomaly", version: "0.1.0")

    /// All operations and jobs.
    public static let handlers: [Handler<Self>] =
        sessionHandlers + languageHandlers + batchHandlers + stationHandlers + stationResultHandlers + modelHandlers
        + anomalyHandlers + statisticsHandlers + webhookHandlers + directoryHandlers + directoryEventHandlers
        + retentionHandlers

    /// Stamps what this instance writes; all else is kept in the database.
    let clock = WriteClock()
    /// Between the check of a request and its handler.
    let handover = ReadingHandover()
    /// What the operator configured.
    let settings: ModuleSettings
    /// Writes explanations and answers.
    let writer: TextWriter

    /// Makes the instance for one tenant.
    public init(_ context: ModuleContext) throws {
        settings = ModuleSettings(context.configuration)
        writer = TextWriter(generator: try TextGenerator(context))
    }

    /// Takes up work that an update of the module has left to be done.
    public func start(_ context: borrowing CallContext) throws {
        try EnergyCountJob.queueIfNeeded(context)
    }
}
