/// One reading of the register with what was delivered until then.
struct RegisterPoint {
    var time: Int64
    /// The register in kWh.
    var value: Double
    /// Energy delivered since the first reading, in kWh.
    var delivered: Double
    /// The most that may have been delivered by then: a register that stands still may only not have been refreshed.
    var latest: Double
    /// How far the register moved since the first reading, up or down, in kWh.
    var movement: Double
    /// When the register last changed.
    var flatSince: Int64
    var isReconstructed: Bool
}

/// The register of imported energy, freed of its faults: what was delivered when.
struct RegisterTrack {
    /// The readings without those that are left out for a spike.
    var points: [RegisterPoint] = []
    var spikes: [RegisterSpike]
    var falls: [RegisterFall]
    /// Whether the register is refreshed less often than it is read.
    var isRefreshedLate = false
    /// How near the register came to a spike, from 0 to 1.
    var nearnessToSpike: Double

    /// Energy delivered, in kWh.
    var delivered: Double { points.last?.delivered ?? 0 }

    /// Follows the register of a session.
    init(_ series: SessionSeries, _ facts: SessionFacts, _ configuration: DetectionConfiguration) {
        let power = series.power
        let filter = SpikeFilter(
            series.register, power: power, stateOfCharge: series.stateOfCharge, facts, configuration)
        spikes = filter.spikes
        nearnessToSpike = filter.nearness
        let kept = filter.kept
        let greatest = configuration.greatestPower(facts)
        falls = FallSearch(kept, power: power, greatestPower: greatest, configuration).falls()
        addPoints(kept, uncounted: filter.uncounted)
        addLatest(series, facts, configuration)
    }

    /// Sums up the rises; after a pit only what exceeds the value before it counts.
    private mutating func addPoints(_ kept: [Sample], uncounted: [ClosedRange<Int>]) {
        points.reserveCapacity(kept.count)
        var delivered = 0.0
        var movement = 0.0
        var flatSince = kept.first?.time ?? 0
        var ceiling = -Double.infinity
        var pitEnd = 0
        var nextFall = 0
        var nextUncounted = 0
        for index in kept.indices {
            let sample = kept[index]
            if index > 0 {
                let earlier = kept[index - 1].value
                if nextFall < falls.count, falls[nextFall].index == index - 1 {
                    if let regained = falls[nextFall].regained {
                        ceiling = max(ceiling, earlier)
                        pitEnd = max(pitEnd, regained)
                    }
                    nextFall += 1
                }
                while nextUncounted < uncounted.count, uncounted[nextUncounted].upperBound < index {
                    nextUncounted += 1
                }
                let counts = nextUncounted == uncounted.count || uncounted[nextUncounted].lowerBound >= index
                if counts { delivered += max(0, sample.value - max(earlier, ceiling)) }
                if index >= pitEnd { ceiling = -.infinity }
                movement += abs(sample.value - earlier)
                if sample.value != earlier { flatSince = sample.time }
            }
            points.append(
                RegisterPoint(
                    time: sample.time, value: sample.value, delivered: delivered, latest: delivered,
                    movement: movement, flatSince: flatSince, isReconstructed: sample.isReconstructed))
        }
    }

    /// Where the register stands still, the next change within the time of a refresh may belong to before. In a
    /// register that is refreshed late, a reading that has changed may be late too.
    private mutating func addLatest(
        _ series: SessionSeries, _ facts: SessionFacts, _ configuration: DetectionConfiguration
    ) {
        guard points.count > 1 else { return }
        let refresh = configuration.register.refresh
        isRefreshedLate = LateRefresh.isSeen(points, power: series.power, stateOfCharge: series.stateOfCharge)
        var next = points.count - 1
        for index in stride(from: points.count - 2, through: 0, by: -1) {
            if points[index].value != points[index + 1].value { next = index + 1 }
            let isFresh =
                index == 0
                ? points[0].value != points[1].value : points[index].value != points[index - 1].value
            if !isFresh || isRefreshedLate, points[next - 1].time - points[index].time <= refresh {
                points[index].latest = points[next].delivered
            }
        }
        // After the last change of such a register nobody knows until it should have been refreshed; so it is with one
        // that has not changed yet, while the session goes on.
        if let last = points.last, isRefreshedLate || !facts.isCompleted && last.flatSince == points[0].time {
            for index in points.indices.reversed() {
                let still = points[index].time - last.flatSince
                guard still >= 0 else { break }
                if still <= refresh { points[index].latest += configuration.greatestPower(facts) * hours(still) }
            }
        }
        // Within a pit nobody knows how far charging has come.
        var covered = 0
        for fall in falls {
            // A pit within a pit is over before it.
            guard let regained = fall.regained, regained > covered else { continue }
            covered = regained
            for index in (fall.index + 1)..<regained {
                points[index].latest = max(points[index].latest, points[regained].delivered)
                points[index].flatSince = min(points[index].flatSince, points[fall.index].time)
            }
        }
    }
}
