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
        var highest = -Double.infinity
        for end in points.indices {
            defer { highest = max(highest, points[end].value) }
            guard highest - points[end].value >= thresholds.decrease - comparisonTolerance, points[end].isCovered
            else { continue }
            let since = endOfExport(before: points[end].time, series)
            var best: (start: Int, fall: Double)?
            var start = end - 1
            while start >= 0, points[start].time >= since {
                defer { start -= 1 }
                let fall = points[start].value - points[end].value
                guard fall >= thresholds.decrease - comparisonTolerance, points[start].isCovered else { continue }
                let energy = points[end].delivered - points[start].latest
                let least = thresholds.decreasePower * hours(points[end].time - points[start].time)
                guard energy >= max(least, thresholds.decreaseEnergy) - comparisonTolerance else { continue }
                if fall > best?.fall ?? 0 { best = (start, fall) }
            }
            guard let best else { continue }
            let stretch = points[best.start...end]
            collector.found(
                Evidence(
                    category: .stateOfChargeDecrease,
                    excess: (best.fall - thresholds.decrease) / configuration.severity.points,
                    start: points[best.start].time, end: points[end].time, readings: stretch.count,
                    reconstructed: stretch.count(where: { $0.isReconstructed })))
        }
    }

    /// From when on nothing was fed back until a moment.
    private static func endOfExport(before time: Int64, _ series: SessionSeries) -> Int64 {
        var since = Int64.min
        if let moment = series.exportMoments.last(where: { $0 <= time }) { since = moment + 1 }
        let register = series.exportRegister
        for index in stride(from: register.count - 1, to: 0, by: -1)
        where register[index - 1].time < time && register[index].value > register[index - 1].value {
            return max(since, min(register[index].time, time))
        }
        return since
    }
}
