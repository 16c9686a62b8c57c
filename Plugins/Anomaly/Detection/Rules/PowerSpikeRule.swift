/// `POWER_SPIKE`: a power beyond what the connector gives, or a single one that the energy contradicts.
enum PowerSpikeRule {
    /// Judges the level of all readings.
    static func judgeLevel(
        _ power: [Sample], _ facts: SessionFacts, _ configuration: DetectionConfiguration,
        _ collector: inout FindingCollector
    ) {
        let greatest = configuration.greatestPower(facts)
        var index = 0
        while index < power.count {
            guard power[index].value > greatest + comparisonTolerance else {
                collector.came(near: 0.8 * power[index].value / greatest)
                index += 1
                continue
            }
            let start = index
            var highest = 0.0
            var reconstructed = 0
            while index < power.count, power[index].value > greatest + comparisonTolerance {
                highest = max(highest, power[index].value)
                if power[index].isReconstructed { reconstructed += 1 }
                index += 1
            }
            collector.found(
                Evidence(
                    category: .powerSpike, excess: (highest / greatest - 1) / configuration.severity.share,
                    start: power[start].time, end: power[index - 1].time, readings: index - start,
                    reconstructed: reconstructed))
        }
    }

    /// Judges a single reading far above all others.
    static func judgeSingle(
        _ power: PowerTrack, _ register: RegisterTrack, _ configuration: DetectionConfiguration,
        _ collector: inout FindingCollector
    ) {
        let thresholds = configuration.power
        let points = power.points
        var highest = 0
        var next = -Double.infinity
        var charging = 0
        for index in points.indices {
            if points[index].power >= thresholds.charging { charging += 1 }
            guard index > 0 else { continue }
            if points[index].power > points[highest].power {
                next = points[highest].power
                highest = index
            } else {
                next = max(next, points[index].power)
            }
        }
        let peak = points[highest].power
        guard charging >= thresholds.spikeReadings, peak > thresholds.spikePower + comparisonTolerance,
            peak > thresholds.spikeFactor * next + comparisonTolerance,
            let before = neighbour(points, highest, step: -1, thresholds),
            let after = neighbour(points, highest, step: 1, thresholds)
        else { return }
        let span = hours(points[after].time - points[before].time)
        let energy = points[after].delivered - points[before].delivered
        guard energy <= next * span + thresholds.spikeEnergy + comparisonTolerance,
            isContradicted(from: points[before].time, to: points[after].time, next, register, configuration)
        else { return }
        let excess = (peak / (thresholds.spikeFactor * next) - 1) / configuration.severity.share
        collector.found(power.evidence(.powerSpike, excess: excess, before...after))
    }

    /// The nearest reading before or after with a reading of the register.
    private static func neighbour(
        _ points: [PowerPoint], _ index: Int, step: Int, _ thresholds: DetectionConfiguration.Power
    ) -> Int? {
        var other = index + step
        while points.indices.contains(other),
            abs(points[other].time - points[index].time) <= thresholds.spikeDistance
        {
            if points[other].hasEnergy { return other }
            other += step
        }
        return nil
    }

    /// Whether the energy contradicts the peak also between the register's changes before and after: one that is
    /// refreshed late may show the energy of a true peak only later.
    private static func isContradicted(
        from start: Int64, to end: Int64, _ next: Double, _ register: RegisterTrack,
        _ configuration: DetectionConfiguration
    ) -> Bool {
        let points = register.points
        let refresh = configuration.register.refresh
        guard let first = points.lastIndex(where: { $0.time <= start }),
            let last = points.firstIndex(where: { $0.time >= end })
        else { return true }
        let isStaleAtEnd = last > 0 && points[last].value == points[last - 1].value
        guard isStaleAtEnd, let change = points[last...].firstIndex(where: { $0.value != points[last].value }),
            points[change].time - points[last].time <= refresh
        else { return true }
        let earlier = max(points[first].flatSince, start - refresh)
        let energy = points[change].delivered - points[first].delivered
        let bound = next * hours(points[change].time - earlier) + configuration.power.spikeEnergy
        return energy <= bound + comparisonTolerance
    }
}
