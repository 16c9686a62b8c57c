/// What one row of a file says about a session, before it becomes readings.
public struct ChargingRecord: Equatable, Sendable {
    /// A moment at which the register is read, and how much was delivered up to then.
    public struct Step: Equatable, Sendable {
        /// When.
        public var time: LocalTime
        /// Energy in kWh since the session's start.
        public var energy: Double
        /// True when the time was moved because the row's own is too coarse.
        public var isReconstructed = false
    }

    /// Stable identifier: the same row has the same one in every run.
    public var sessionId: String
    /// Identifier of the station.
    public var stationId: String
    /// Connector, where the file tells.
    public var connectorId: String?
    /// Facts about the station.
    public var station: [String: String]
    /// Register readings in order of time, the first at plug-in.
    public var steps: [Step]
    /// Whether the last step also has a reading of the energy of the whole session.
    public var readsInterval: Bool
    /// False for a session whose end the file does not tell.
    public var isCompleted: Bool
}

/// What became of one row when it was read.
public enum RowOutcome: Equatable, Sendable {
    /// A session.
    case session(ChargingRecord)
    /// Nothing that can be sent, and why.
    case unreadable(String)
}
