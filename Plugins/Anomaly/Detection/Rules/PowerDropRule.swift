/// `POWER_DROP`: the power reading is lost while the energy goes on.
enum PowerDropRule {
    static func judge(
        _ power: PowerTrack, _ configuration: DetectionConfiguration, _ collector: inout FindingCollector
    ) {
        let thresholds = configuration.power
        let points = power.points
        var before = 0
        while before + thresholds.dropReadings < points.count {
            let bound = points[before].power * thresholds.dropShare
            guard points[before].power >= thresholds.charging, points[before + 1].power < bound else {
                before += 1
                continue
            }
            var end = before + 1
            while end + 1 < points.count, points[end + 1].power < bound,
                points[end + 1].time - points[end].time <= thresholds.dropDistance
            {
                end += 1
            }
            judge(power, before, end, configuration, &collector)
            // A lower power within the run may drop once more.
            before += 1
        }
    }

    /// Looks for the stretch in a run of low readings in which the energy went on.
    private static func judge(
        _ power: PowerTrack, _ before: Int, _ last: Int, _ configuration: DetectionConfiguration,
        _ collector: inout FindingCollector
    ) {
        let thresholds = configuration.power
        let points = power.points
        var start = before + 1
        while start < last, !points[start].hasEnergy { start += 1 }
        var best: (end: Int, energy: Double)?
        var end = start + thresholds.dropReadings - 1
        while end <= last {
            defer { end += 1 }
            let span = points[end].time - points[start].time
            guard points[end].hasEnergy, span >= thresholds.dropSpan else { continue }
            let energy = points[end].delivered - points[start].owed
            let least = max(thresholds.dropEnergy, thresholds.dropEnergyShare * points[before].power * hours(span))
            if energy >= least - comparisonTolerance { best = (end, energy) }
        }
        guard let best else { return }
        let excess = (best.energy - thresholds.dropEnergy) / configuration.severity.energy
        collector.found(power.evidence(.powerDrop, excess: excess, start...best.end))
    }
}
