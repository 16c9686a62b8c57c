/// One meter value of a session, as it was sent.
public struct Reading: Sendable, Equatable {
    /// When it was read, in milliseconds since 1970.
    public var timestampMilliseconds: Int64
    /// The value in `unit`.
    public var value: Double
    /// What was measured.
    public var measurand: Measurand
    /// Unit of the value; nil means the default of the measurand.
    public var unit: Unit?
    /// Phase it belongs to; nil means the total.
    public var phase: Phase?
    /// Where it was measured.
    public var location: Location
    /// True when the sender computed the value instead of measuring it.
    public var isReconstructed: Bool

    /// Makes a reading.
    /// - Parameters:
    ///   - timestampMilliseconds: When it was read, in milliseconds since 1970.
    ///   - value: The value in `unit`.
    ///   - measurand: What was measured.
    ///   - unit: Unit of the value; nil means the default of the measurand.
    ///   - phase: Phase it belongs to; nil means the total.
    ///   - location: Where it was measured.
    ///   - isReconstructed: True when the sender computed the value instead of measuring it.
    @inlinable
    public init(
        timestampMilliseconds: Int64, value: Double, measurand: Measurand = .energyActiveImportRegister,
        unit: Unit? = nil, phase: Phase? = nil, location: Location = .outlet, isReconstructed: Bool = false
    ) {
        self.timestampMilliseconds = timestampMilliseconds
        self.value = value
        self.measurand = measurand
        self.unit = unit
        self.phase = phase
        self.location = location
        self.isReconstructed = isReconstructed
    }

    /// The value in the unit in which values are compared: kWh, kW, Percent, V, A or Celsius.
    @inlinable
    public var commonValue: Double {
        guard let unit = unit ?? measurand.defaultUnit else { return value }
        return unit.common(value)
    }
}
