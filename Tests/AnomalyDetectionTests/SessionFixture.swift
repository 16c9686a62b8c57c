import AnomalyDetection

/// Moment of a test session, in milliseconds since 1970.
func moment(_ minutes: Double) -> Int64 {
    1_750_000_020_000 + Int64((minutes * 60_000).rounded())
}

/// A series of readings at a fixed distance.
func series(
    _ measurand: Measurand, _ values: [Double], unit: Unit? = nil, from start: Double = 0, every minutes: Double = 1,
    phase: Phase? = nil, location: Location = .outlet, isReconstructed: Bool = false
) -> [Reading] {
    values.enumerated().map { index, value in
        Reading(
            timestampMilliseconds: moment(start + Double(index) * minutes), value: value, measurand: measurand,
            unit: unit, phase: phase, location: location, isReconstructed: isReconstructed)
    }
}

/// Registers of imported energy in kWh.
func register(
    _ values: [Double], from start: Double = 0, every minutes: Double = 1, phase: Phase? = nil,
    location: Location = .outlet
) -> [Reading] {
    series(
        .energyActiveImportRegister, values, unit: .kilowattHour, from: start, every: minutes, phase: phase,
        location: location)
}

/// Registers of imported energy in kWh at moments in minutes.
func register(at moments: [(Double, Double)]) -> [Reading] {
    moments.flatMap { register([$0.1], from: $0.0) }
}

/// Powers in kW.
func power(
    _ values: [Double], from start: Double = 0, every minutes: Double = 1, phase: Phase? = nil
) -> [Reading] {
    series(.powerActiveImport, values, unit: .kilowatt, from: start, every: minutes, phase: phase)
}

/// States of charge in percent.
func stateOfCharge(_ values: [Double], from start: Double = 0, every minutes: Double = 1) -> [Reading] {
    series(.stateOfCharge, values, unit: .percent, from: start, every: minutes, location: .vehicle)
}

/// The register that the powers give, each until the next reading.
func registerOf(
    _ powers: [Double], every minutes: Double = 1, base: Double = 1000, share: Double = 1, step: Double = 0
) -> [Double] {
    var value = base
    return powers.map { power in
        defer { value += power * minutes / 60 * share }
        return step > 0 ? (value / step).rounded(.down) * step : value
    }
}

/// A session of constant power with registers and powers, both read at each moment.
func constantCharge(_ kilowatts: Double, count: Int, every minutes: Double = 1) -> [Reading] {
    let powers = [Double](repeating: kilowatts, count: count)
    return register(registerOf(powers, every: minutes), every: minutes) + power(powers, every: minutes)
}

/// The categories found in a session.
func found(
    _ readings: [Reading], isCompleted: Bool = false, rating: Double? = nil,
    configuration: DetectionConfiguration = DetectionConfiguration()
) -> Set<AnomalyCategory> {
    let facts = SessionFacts(isCompleted: isCompleted, maximumPowerKilowatts: rating)
    return Set(
        SessionPipeline.analyze(readings, facts: facts, configuration: configuration).findings.map(\.category))
}

/// The verdict on a session.
func verdict(_ readings: [Reading], isCompleted: Bool = false, rating: Double? = nil) -> Verdict {
    SessionPipeline.analyze(
        readings, facts: SessionFacts(isCompleted: isCompleted, maximumPowerKilowatts: rating))
}

/// What a session delivered, in kWh.
func delivered(_ readings: [Reading], rating: Double? = nil) -> Double {
    verdict(readings, rating: rating).deliveredEnergyKilowattHours
}
