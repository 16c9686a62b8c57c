/// `METER_VALUE_GAP`: no reading came although charging went on.
enum GapRule {
    static func judge(
        _ readings: UnsafeBufferPointer<Reading>, _ series: SessionSeries, _ register: RegisterTrack,
        _ configuration: DetectionConfiguration, _ collector: inout FindingCollector
    ) {
        let thresholds = configuration.gap
        var hasGap = false
        for index in 1..<max(1, readings.count)
        where readings[index].timestampMilliseconds - readings[index - 1].timestampMilliseconds > thresholds.duration {
            hasGap = true
            break
        }
        guard hasGap else { return }
        let median = medianDistance(readings)
        for index in 1..<readings.count {
            let start = readings[index - 1].timestampMilliseconds
            let end = readings[index].timestampMilliseconds
            let length = end - start
            guard length > thresholds.duration, Double(length) > thresholds.factor * median else { continue }
            let across = registerIndex(across: start, end, register)
            guard
                hasPower(start, end, series.power, across, register, thresholds)
                    || hasEnergy(across, register, thresholds)
            else { continue }
            let beyond = Double(length) / max(Double(thresholds.duration), thresholds.factor * median) - 1
            let sides = readings[index - 1].isReconstructed || readings[index].isReconstructed ? 1 : 0
            collector.found(
                Evidence(
                    category: .meterValueGap, excess: beyond, start: start, end: end,
                    readings: min(readings.count, 6), reconstructed: sides))
        }
    }

    /// The median distance between neighbouring moments.
    private static func medianDistance(_ readings: UnsafeBufferPointer<Reading>) -> Double {
        var distances: [Int64] = []
        distances.reserveCapacity(readings.count)
        for index in 1..<readings.count {
            let distance = readings[index].timestampMilliseconds - readings[index - 1].timestampMilliseconds
            if distance > 0 { distances.append(distance) }
        }
        distances.sort()
        let middle = distances.count / 2
        guard distances.count.isMultiple(of: 2) else { return Double(distances[middle]) }
        return (Double(distances[middle - 1]) + Double(distances[middle])) / 2
    }

    /// The register's reading before a gap, where it was read on both sides.
    private static func registerIndex(across start: Int64, _ end: Int64, _ register: RegisterTrack) -> Int? {
        guard let before = register.points.lastIndex(where: { $0.time <= start }),
            before + 1 < register.points.count, register.points[before + 1].time >= end
        else { return nil }
        return before
    }

    /// Whether power flowed on both sides, and no register says that it paused in between.
    private static func hasPower(
        _ start: Int64, _ end: Int64, _ power: [Sample], _ across: Int?, _ register: RegisterTrack,
        _ thresholds: DetectionConfiguration.Gap
    ) -> Bool {
        guard let before = power.last(where: { $0.time <= start }), start - before.time <= thresholds.side,
            let after = power.first(where: { $0.time >= end }), after.time - end <= thresholds.side
        else { return false }
        let lower = min(before.value, after.value)
        guard lower >= thresholds.charging - comparisonTolerance else { return false }
        guard let across else { return true }
        let rise = register.points[across + 1].value - register.points[across].value
        return rise < -comparisonTolerance || rise >= thresholds.pauseShare * lower * hours(end - start)
    }

    /// Whether far more energy was delivered across the gap than between any other neighbouring readings.
    private static func hasEnergy(
        _ across: Int?, _ register: RegisterTrack, _ thresholds: DetectionConfiguration.Gap
    ) -> Bool {
        guard let across else { return false }
        let points = register.points
        let energy = points[across + 1].delivered - points[across].delivered
        guard energy > thresholds.energy + comparisonTolerance else { return false }
        var most = 0.0
        for index in 1..<points.count where index != across + 1 {
            most = max(most, points[index].delivered - points[index - 1].delivered)
        }
        return energy > thresholds.energyFactor * most + comparisonTolerance
    }
}
