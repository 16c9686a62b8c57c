/// One value of a series, in the unit in which values are compared.
struct Sample {
    /// When it was read, in milliseconds since 1970.
    var time: Int64
    /// The value in kWh, kW, Percent, V, A or Celsius.
    var value: Double
    /// True when the sender computed it.
    var isReconstructed: Bool
}

/// Temperatures are judged by where they were measured.
struct TemperatureSample {
    var sample: Sample
    var location: Location
}

/// Voltages are judged phase by phase.
struct VoltageSample {
    var sample: Sample
    var phase: Phase
}

/// The currents of one moment.
struct CurrentMoment {
    var time: Int64
    /// The currents of L1, L2 and L3 in A; the fourth lane is unused.
    var currents: SIMD4<Double>
    /// Bit n is set when the current of conductor n was read.
    var phases: UInt8
    var isReconstructed: Bool
}

/// Milliseconds as hours, the time in which kW give kWh.
@inline(__always)
func hours(_ milliseconds: Int64) -> Double {
    Double(milliseconds) / 3_600_000
}

/// Rules compare sums and differences of decimal numbers; what differs from a bound by less than this is on it.
let comparisonTolerance = 1e-7
