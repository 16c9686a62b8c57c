/// Puts faults into sessions so that they are visible in the readings: at least as large as the rule of the category
/// asks for, and where the readings show it. What a real meter would hide, such as a fall that is smaller than what was
/// charged between two readings, is not planted.
public struct FaultPlanter: Sendable {
    var random: SeededRandom
    let configuration: DetectionConfiguration

    /// Makes a planter.
    /// - Parameters:
    ///   - random: Says where and how large faults are.
    ///   - configuration: The rules that the faults must exceed.
    public init(random: SeededRandom, configuration: DetectionConfiguration = DetectionConfiguration()) {
        self.random = random
        self.configuration = configuration
    }

    /// Puts a fault into a session.
    /// - Parameters:
    ///   - category: What is to be found.
    ///   - session: The session, its readings in order of time.
    /// - Returns: The session with the fault; nil when the session has no place where the fault would be visible.
    public mutating func plant(_ category: AnomalyCategory, into session: SampleSession) -> PlantedFault? {
        var session = session
        let span: ClosedRange<Int64>?
        switch category {
        case .registerDecrease: span = decreaseRegister(&session)
        case .energyPit: span = digPit(&session)
        case .energyPlateau: span = freezeRegister(&session)
        case .energySpike: span = raiseRegister(&session)
        case .energyNegative: span = lowerBelowZero(&session)
        case .zeroEnergy: span = standStill(&session)
        case .powerDrop: span = losePower(&session)
        case .powerSpike: span = raisePower(&session)
        case .powerEnergyMismatch: span = scaleEnergy(&session)
        case .stateOfChargeDecrease: span = lowerStateOfCharge(&session)
        case .stateOfChargeJump: span = raiseStateOfCharge(&session)
        case .stateOfChargeOutOfRange: span = misreadStateOfCharge(&session)
        case .phaseImbalance: span = unbalance(&session)
        case .voltageDeviation: span = deviate(&session)
        case .overheating: span = overheat(&session)
        case .meterValueGap: span = silence(&session)
        }
        guard let span else { return nil }
        return PlantedFault(
            session: session, category: category, startMilliseconds: span.lowerBound, endMilliseconds: span.upperBound)
    }

    /// One of the places that fit, drawn at random.
    mutating func drawn(_ places: [Int]) -> Int? {
        places.isEmpty ? nil : random.pick(places)
    }

    /// The greatest rise between neighbouring readings.
    func greatestRise(_ register: [TrackedReading]) -> Double {
        var greatest = 0.0
        for (earlier, later) in zip(register, register.dropFirst()) {
            greatest = max(greatest, later.value - earlier.value)
        }
        return greatest
    }

    /// The register's readings within a minute of a moment.
    func nearest(_ register: [TrackedReading], _ time: Int64) -> Int? {
        let place = register.indices.min { abs(register[$0].time - time) < abs(register[$1].time - time) }
        return place.flatMap { abs(register[$0].time - time) <= configuration.power.sameMoment ? $0 : nil }
    }

    /// Whether neighbouring readings of a stretch are at most so far apart.
    func isDense(_ readings: ArraySlice<TrackedReading>, _ distance: Int64) -> Bool {
        zip(readings, readings.dropFirst()).allSatisfy { $1.time - $0.time <= distance }
    }

    /// The shortest stretch from a place that spans the time and the number of readings.
    func end(_ readings: [TrackedReading], from start: Int, span: Int64, count: Int) -> Int? {
        var end = start + count - 1
        while end < readings.count, readings[end].time - readings[start].time < span { end += 1 }
        return end < readings.count ? end : nil
    }
}
