/// `ENERGY_PLATEAU`: power flows while the register stands still.
enum PlateauRule {
    static func judge(
        _ power: PowerTrack, _ configuration: DetectionConfiguration, _ collector: inout FindingCollector
    ) {
        let points = power.points
        let longest = longestStretch(points)
        var start = 0
        while start < points.count {
            guard points[start].hasEnergy, points[start].power >= configuration.power.charging,
                var end = shortestPlateau(points, start, longest: longest, configuration.power)
            else {
                start += 1
                continue
            }
            // The stretch is drawn out as long as the rule holds.
            var missing = 0.0
            var lowest = points[start...end].reduce(.infinity) { min($0, $1.power) }
            var next = end
            while next < points.count {
                lowest = min(lowest, points[next].power)
                guard continues(points, next, configuration.power) || next == end else { break }
                if points[next].hasEnergy {
                    guard isPlateau(points, start, next, lowest, configuration.power) else { break }
                    end = next
                    missing =
                        lowest * hours(points[end].time - points[start].time)
                        - (points[end].movement - points[start].movement)
                }
                next += 1
            }
            collector.found(
                power.evidence(.energyPlateau, excess: missing / configuration.severity.energy, start...end))
            start = end
        }
    }

    /// Stretches longer than this need not be looked at, in hours: they can be cut in two.
    private static func longestStretch(_ points: [PowerPoint]) -> Double {
        var distance: Int64 = 0
        var last: Int64?
        for point in points where point.hasEnergy {
            if let last { distance = max(distance, point.time - last) }
            last = point.time
        }
        return max(3, 4 * hours(distance))
    }

    private static func continues(
        _ points: [PowerPoint], _ index: Int, _ thresholds: DetectionConfiguration.Power
    ) -> Bool {
        points[index].power >= thresholds.charging
            && points[index].time - points[index - 1].time <= thresholds.plateauDistance
    }

    /// The end of the first plateau that begins at a reading.
    ///
    /// A plateau that can be cut into two stretches, each long enough for the rule, holds a shorter one in one of the
    /// two. So ends beyond the second such stretch need not be looked at.
    private static func shortestPlateau(
        _ points: [PowerPoint], _ start: Int, longest: Double, _ thresholds: DetectionConfiguration.Power
    ) -> Int? {
        var lowest = points[start].power
        var firstEnd: Int?
        var end = start + 1
        while end < points.count, continues(points, end, thresholds) {
            lowest = min(lowest, points[end].power)
            defer { end += 1 }
            // The register has moved too far already for any stretch that begins here.
            let moved = points[end].movement - points[start].movement
            if moved >= thresholds.plateauShare * lowest * longest { return nil }
            guard points[end].hasEnergy, isLongEnough(points, start, end, lowest, thresholds) else { continue }
            if isPlateau(points, start, end, lowest, thresholds) { return end }
            if let first = firstEnd {
                if isLongEnough(points, first, end, thresholds.charging, thresholds) { return nil }
            } else {
                firstEnd = end
            }
        }
        return nil
    }

    private static func isLongEnough(
        _ points: [PowerPoint], _ start: Int, _ end: Int, _ lowest: Double,
        _ thresholds: DetectionConfiguration.Power
    ) -> Bool {
        let span = points[end].time - points[start].time
        return end - start + 1 >= thresholds.plateauReadings && span >= thresholds.plateauSpan
            && lowest * hours(span) >= thresholds.plateauEnergy - comparisonTolerance
    }

    private static func isPlateau(
        _ points: [PowerPoint], _ start: Int, _ end: Int, _ lowest: Double,
        _ thresholds: DetectionConfiguration.Power
    ) -> Bool {
        let expected = lowest * hours(points[end].time - points[start].time)
        let moved = points[end].movement - points[start].movement
        return expected >= thresholds.plateauEnergy - comparisonTolerance
            && moved < thresholds.plateauShare * expected - comparisonTolerance
    }
}
