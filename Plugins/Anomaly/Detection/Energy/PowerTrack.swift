/// One reading of power set against the energy.
struct PowerPoint {
    var time: Int64
    /// The power in kW.
    var power: Double
    var isReconstructed: Bool
    /// What the higher of each two neighbouring readings gives since the first, in kWh.
    var upper: Double
    /// What the lower of each two neighbouring readings gives since the first, in kWh.
    var lower: Double
    /// Whether the register was read within a minute, so that a stretch can begin or end here.
    var hasEnergy: Bool
    /// Energy delivered until here, in kWh.
    var delivered: Double
    /// The most that may have been delivered until here as far as the register tells, in kWh.
    var latest: Double
    /// The same, limited to what power gave since the register last changed: what a stretch that begins here may owe
    /// to the time before it.
    var owed: Double
    /// How far the register moved until here, in kWh.
    var movement: Double
}

/// The readings of power, each set against the energy.
struct PowerTrack {
    var points: [PowerPoint] = []

    init(
        _ power: [Sample], _ register: RegisterTrack, _ facts: SessionFacts, _ configuration: DetectionConfiguration
    ) {
        points.reserveCapacity(power.count)
        var timeline = EnergyTimeline(register, sameMoment: configuration.power.sameMoment)
        let refresh = register.isRefreshedLate ? configuration.register.refresh : 0
        var upper = 0.0
        var lower = 0.0
        // The last reading of power at or before the time since which energy may be owed.
        var owedSince = 0
        for index in power.indices {
            let sample = power[index]
            if index > 0 {
                let duration = hours(sample.time - power[index - 1].time)
                upper += max(0, max(sample.value, power[index - 1].value)) * duration
                lower += max(0, min(sample.value, power[index - 1].value)) * duration
            }
            let energy = timeline.moment(sample.time)
            points.append(
                PowerPoint(
                    time: sample.time, power: sample.value, isReconstructed: sample.isReconstructed, upper: upper,
                    lower: lower, hasEnergy: energy.isNear, delivered: energy.delivered, latest: energy.latest,
                    owed: energy.delivered, movement: energy.movement))
            let since = min(energy.flatSince, sample.time - refresh)
            while owedSince + 1 <= index, power[owedSince + 1].time <= since { owedSince += 1 }
            let owed = energy.delivered + upper - points[owedSince].upper
            points[index].owed = max(energy.delivered, min(energy.latest, owed))
        }
        // Of a register that is refreshed late single intervals tell nothing.
        if !register.isRefreshedLate { relieveUnseen(greatestPower: configuration.greatestPower(facts)) }
    }

    /// How many points of a range were reconstructed.
    func reconstructed(_ range: ClosedRange<Int>) -> Int {
        var count = 0
        for index in range where points[index].isReconstructed { count += 1 }
        return count
    }

    /// Evidence of a stretch of power readings.
    func evidence(_ category: AnomalyCategory, excess: Double, _ range: ClosedRange<Int>) -> Evidence {
        Evidence(
            category: category, excess: excess, start: points[range.lowerBound].time,
            end: points[range.upperBound].time, readings: range.count, reconstructed: reconstructed(range))
    }
}
