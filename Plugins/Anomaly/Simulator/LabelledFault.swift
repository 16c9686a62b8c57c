public import AnomalyDetection

/// A fault that was put into a session.
public struct LabelledFault: Sendable, Equatable {
    /// What must be found.
    public var category: AnomalyCategory
    /// Where it begins, in milliseconds since 1970.
    public var startMilliseconds: Int64
    /// Where it ends, in milliseconds since 1970; not before its start.
    public var endMilliseconds: Int64
}

/// One simulated session.
public struct SimulatedSession: Sendable {
    /// Its identifier, unique in a simulation.
    public var identifier: String
    /// Its station.
    public var station: SimulatedStation
    /// Its connector.
    public var connector: SimulatedConnector
    /// Rated power in kW as the session's metadata give it; nil when they do not.
    public var maximumPowerKilowatts: Double?
    /// Whether the session has ended.
    public var isCompleted: Bool
    /// Its readings in order of time.
    public var readings: [Reading]
    /// The faults put into it; empty for ordinary charging.
    public var faults: [LabelledFault]

    /// What the pipeline is told besides the readings.
    public var facts: SessionFacts {
        SessionFacts(isCompleted: isCompleted, maximumPowerKilowatts: maximumPowerKilowatts)
    }
}
