/// `POWER_ENERGY_MISMATCH`: the energy is not what the power readings give.
enum MismatchRule {
    static func judge(
        _ power: PowerTrack, _ configuration: DetectionConfiguration, _ collector: inout FindingCollector
    ) {
        let points = power.points
        var first = 0
        while first + configuration.power.mismatchReadings <= points.count {
            var last = first
            while last + 1 < points.count,
                points[last + 1].time - points[last].time <= configuration.power.mismatchDistance
            {
                last += 1
            }
            judge(power, first...last, isAbove: true, configuration, &collector)
            judge(power, first...last, isAbove: false, configuration, &collector)
            first = last + 1
        }
    }

    /// Looks for the stretch with the greatest excess among those that exceed both bounds: of the energy over the power
    /// or, where `isAbove` is false, of the power over the energy.
    @inline(__always)
    private static func judge(
        _ power: PowerTrack, _ run: ClosedRange<Int>, isAbove: Bool, _ configuration: DetectionConfiguration,
        _ collector: inout FindingCollector
    ) {
        let bound = configuration.power.mismatchEnergy + comparisonTolerance
        let share = configuration.power.mismatchShare
        let distance = configuration.power.mismatchReadings - 1
        let points = power.points
        var beginnings = Staircase()
        var lowest = Double.infinity
        var best: (range: ClosedRange<Int>, excess: Double)?
        var greatest = 0.0
        var end = run.lowerBound + distance
        while end <= run.upperBound {
            defer { end += 1 }
            let candidate = points[end - distance]
            if candidate.hasEnergy {
                let excess = excessAtStart(candidate, isAbove)
                lowest = min(lowest, excess)
                beginnings.insert(key: excess - share * given(candidate, isAbove), gain: -excess, index: end - distance)
            }
            guard points[end].hasEnergy else { continue }
            let excessAtEnd = excessAtEnd(points[end], isAbove)
            greatest = max(greatest, excessAtEnd - lowest)
            guard excessAtEnd - lowest > max(bound, best?.excess ?? 0) else { continue }
            // Beyond the share too: the excess over it must not have been there at the beginning already.
            let beyondShare = excessAtEnd - share * given(points[end], isAbove) - comparisonTolerance
            guard let beginning = beginnings.best(below: beyondShare) else { continue }
            let excess = excessAtEnd + beginning.gain
            if excess > max(bound, best?.excess ?? 0) { best = (beginning.index...end, excess) }
        }
        collector.came(near: 0.9 * greatest / bound)
        guard let best else { return }
        let excess = (best.excess - configuration.power.mismatchEnergy) / configuration.severity.energy
        collector.found(power.evidence(.powerEnergyMismatch, excess: excess, best.range))
    }

    /// What the power gives: at most where the energy is looked at as too much, at least where as too little.
    @inline(__always)
    private static func given(_ point: PowerPoint, _ isAbove: Bool) -> Double {
        isAbove ? point.upper : point.lower
    }

    @inline(__always)
    private static func excessAtEnd(_ point: PowerPoint, _ isAbove: Bool) -> Double {
        isAbove ? point.delivered - point.upper : point.lower - point.latest
    }

    @inline(__always)
    private static func excessAtStart(_ point: PowerPoint, _ isAbove: Bool) -> Double {
        isAbove ? point.owed - point.upper : point.lower - point.delivered
    }
}
