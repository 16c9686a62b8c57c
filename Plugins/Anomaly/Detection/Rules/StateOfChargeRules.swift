/// The rules about the state of charge: `SOC_DECREASE`, `SOC_JUMP` and `SOC_OUT_OF_RANGE`.
enum StateOfChargeRules {
    static func judge(
        _ track: StateOfChargeTrack, _ series: SessionSeries, _ configuration: DetectionConfiguration,
        _ collector: inout FindingCollector
    ) {
        judgeRange(series.stateOfCharge, configuration, &collector)
        judgeJumps(track, configuration, &collector)
        judgeDecreases(track, series, configuration, &collector)
    }

    private static func judgeRange(
        _ samples: [Sample], _ configuration: DetectionConfiguration, _ collector: inout FindingCollector
    ) {
        var evidence: Evidence?
        for sample in samples {
            let outside = max(-sample.value, sample.value - 100)
            guard outside > comparisonTolerance else { continue }
            let excess = outside / configuration.severity.points
            var found =
                evidence
                ?? Evidence(
                    category: .stateOfChargeOutOfRange, excess: excess, start: sample.time, end: sample.time,
                    readings: 0,
                    reconstructed: 0)
            found.excess = max(found.excess, excess)
            found.end = sample.time
            found.readings += 1
            if sample.isReconstructed { found.reconstructed += 1 }
            evidence = found
        }
        if let evidence { collector.found(evidence) }
    }

    private static func judgeJumps(
        _ track: StateOfChargeTrack, _ configuration: DetectionConfiguration, _ collector: inout FindingCollector
    ) {
        let points = track.points
        var changed = 0
        for index in 1..<max(1, points.count) {
            let rise = points[index].value - points[index - 1].value
            defer { if rise != 0 { changed = index } }
            guard rise > 0, points[index].isCovered, points[changed].isCovered else { continue }
            let explained = (points[index].latest - points[changed].delivered) / track.energyForPoint
            let unexplained = rise - explained
            collector.came(near: 0.9 * unexplained / configuration.stateOfCharge.jump)
            guard unexplained > configuration.stateOfCharge.jump + comparisonTolerance else { continue }
            let pair = [points[index - 1], points[index]]
            collector.found(
                Evidence(
                    category: .stateOfChargeJump,
                    excess: (unexplained - configuration.stateOfCharge.jump) / configuration.severity.points,
                    start: points[index - 1].time, end: points[index].time, readings: 2,
                    reconstructed: pair.count(where: { $0.isReconstructed })))
        }
    }

    private static func judgeDecreases(
        _ track: StateOfChargeTrack, _ series: SessionSeries, _ configuration: DetectionConfiguration,
        _ collector: inout FindingCollector
    ) {
        let thresholds = configuration.stateOfCharge
        let points = track.points
        // Beginnings by how much less was charged until then than at the least power, and by their state of charge.
        var beginnings = Staircase()
        var next = 0
        var exports = ExportTimeline(series)
        var since = Int64.min
        var highest = -Double.infinity
        var strongest: (range: ClosedRange<Int>, fall: Double)?
        for end in points.indices where points[end].isCovered {
            let lastExport = exports.end(before: points[end].time)
            if lastExport > since {
                since = lastExport
                beginnings.removeAll()
                highest = -.infinity
                next = max(next, points.firstIndex(where: { $0.time >= lastExport }) ?? points.count)
            }
            let latest = points[end].delivered - thresholds.decreaseEnergy + comparisonTolerance
            while next < end, points[next].latest <= latest {
                if points[next].isCovered {
                    highest = max(highest, points[next].value)
                    let owed = points[next].latest - thresholds.decreasePower * hours(points[next].time)
                    beginnings.insert(key: owed, gain: points[next].value, index: next)
                }
                next += 1
            }
            guard highest - points[end].value >= thresholds.decrease - comparisonTolerance else { continue }
            let charged = points[end].delivered - thresholds.decreasePower * hours(points[end].time)
            guard let best = beginnings.best(below: charged + comparisonTolerance) else { continue }
            let fall = best.gain - points[end].value
            guard fall >= thresholds.decrease - comparisonTolerance else { continue }
            if fall > strongest?.fall ?? 0 { strongest = (best.index...end, fall) }
        }
        guard let strongest else { return }
        let stretch = points[strongest.range]
        collector.found(
            Evidence(
                category: .stateOfChargeDecrease,
                excess: (strongest.fall - thresholds.decrease) / configuration.severity.points,
                start: points[strongest.range.lowerBound].time, end: points[strongest.range.upperBound].time,
                readings: stretch.count, reconstructed: stretch.count(where: { $0.isReconstructed })))
    }
}

/// When energy was fed back last, for moments that are asked for in order of time.
private struct ExportTimeline {
    private let moments: [Int64]
    private let register: [Sample]
    private var nextMoment = 0
    private var nextRise = 1
    private var moment = Int64.min
    private var rise: Int64?

    init(_ series: SessionSeries) {
        moments = series.exportMoments
        register = series.exportRegister
    }

    /// From when on nothing was fed back until a moment.
    mutating func end(before time: Int64) -> Int64 {
        while nextMoment < moments.count, moments[nextMoment] <= time {
            moment = moments[nextMoment] + 1
            nextMoment += 1
        }
        while nextRise < register.count, register[nextRise - 1].time < time {
            if register[nextRise].value > register[nextRise - 1].value { rise = register[nextRise].time }
            nextRise += 1
        }
        return max(moment, rise.map { min($0, time) } ?? .min)
    }
}
