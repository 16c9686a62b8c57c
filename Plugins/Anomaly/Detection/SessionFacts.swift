/// What is known of a session besides its readings.
public struct SessionFacts: Sendable, Equatable {
    /// Whether the session's status is `completed`.
    public var isCompleted: Bool
    /// Rated power of the connector in kW (`maxPowerKw` of the metadata), if given.
    public var maximumPowerKilowatts: Double?

    /// Makes the facts of a session.
    /// - Parameters:
    ///   - isCompleted: Whether the session's status is `completed`.
    ///   - maximumPowerKilowatts: Rated power of the connector in kW, if given.
    public init(isCompleted: Bool, maximumPowerKilowatts: Double? = nil) {
        self.isCompleted = isCompleted
        self.maximumPowerKilowatts = maximumPowerKilowatts
    }
}
