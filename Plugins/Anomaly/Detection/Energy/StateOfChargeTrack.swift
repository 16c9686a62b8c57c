/// One state of charge set against the energy.
struct StateOfChargePoint {
    var time: Int64
    /// Percent.
    var value: Double
    var isReconstructed: Bool
    /// Whether the register tells what was delivered until here.
    var isCovered: Bool
    /// Energy delivered until here, in kWh, and the most that it may be.
    var delivered: Double
    var latest: Double
}

/// A moment with what was delivered until then, in kWh.
private struct EnergyMark {
    var time: Int64
    var delivered: Double
}

/// Before the first and after the last state of charge only what exceeds this is worth filling in, in kWh.
private let leastEnergy = 0.05

/// A cabin is heated with less than this, in kW, and counts apart once this state of charge is reached.
private let heatingPower = 3.0
private let heatedFrom = 70.0

/// The states of charge without those that mean unknown, each set against the energy.
struct StateOfChargeTrack {
    var points: [StateOfChargePoint] = []
    /// The session's average energy for a point, in kWh.
    var energyForPoint: Double
    /// What was filled in from the energy where readings are missing or mean unknown, in order of time.
    var filled: [FilledStateOfCharge] = []

    init(_ series: SessionSeries, _ register: RegisterTrack, _ configuration: DetectionConfiguration) {
        energyForPoint = configuration.stateOfCharge.energyForPoint
        let samples = series.stateOfCharge
        guard !samples.isEmpty else { return }
        points.reserveCapacity(samples.count)
        var timeline = EnergyTimeline(register, sameMoment: configuration.power.sameMoment)
        var unknown: [EnergyMark] = []
        var index = 0
        while index < samples.count {
            let next = Self.endOfUnknown(samples, index, above: configuration.stateOfCharge.unknownZero)
            guard next == index else {
                for sample in samples[index..<next] {
                    let energy = timeline.moment(sample.time)
                    unknown.append(EnergyMark(time: sample.time, delivered: energy.delivered))
                }
                index = next
                continue
            }
            let energy = timeline.moment(samples[index].time)
            points.append(
                StateOfChargePoint(
                    time: samples[index].time, value: samples[index].value,
                    isReconstructed: samples[index].isReconstructed,
                    isCovered: energy.isCovered && register.points.count > 1, delivered: energy.delivered,
                    latest: energy.latest))
            index += 1
        }
        let hasExport = !series.exportMoments.isEmpty || series.exportRegister.count > 1
        guard let gained = gainedPoints(sumsRises: hasExport) else { return }
        energyForPoint = max(energyForPoint, gained.energy / gained.points)
        fill(unknown + marksInHoles(register))
    }

    /// Where a run of zeros that mean unknown ends, or the index itself when none begins there.
    private static func endOfUnknown(_ samples: [Sample], _ index: Int, above bound: Double) -> Int {
        guard samples[index].value == 0 else { return index }
        var end = index
        while end < samples.count, samples[end].value == 0 { end += 1 }
        let followsHigh = index > 0 && samples[index - 1].value > bound
        let precedesHigh = end < samples.count && samples[end].value > bound
        return followsHigh || precedesHigh ? end : index
    }

    /// How many points the session gained for how much energy, where the register tells.
    private func gainedPoints(sumsRises: Bool) -> (points: Double, energy: Double)? {
        guard let first = points.firstIndex(where: { $0.isCovered }),
            let end = points.lastIndex(where: { $0.isCovered }), first < end
        else { return nil }
        // A cabin heated after the last rise charges nothing; what flows at the pace of charging belongs to it.
        var last = end
        while last > first, points[last].value <= points[last - 1].value { last -= 1 }
        let rest = points[end].delivered - points[last].delivered
        let isHeating =
            points[last].value >= heatedFrom && rest < heatingPower * hours(points[end].time - points[last].time)
        if last == first || !isHeating { last = end }
        let energy = points[last].delivered - points[first].delivered
        var gained = points[last].value - points[first].value
        if sumsRises || gained < 1 {
            gained = 0
            for index in (first + 1)...last {
                gained += max(0, points[index].value - points[index - 1].value)
            }
        }
        return gained >= 1 && energy > 0 ? (gained, energy) : nil
    }

    /// The moments of the register at which a state of charge is missing.
    private func marksInHoles(_ register: RegisterTrack) -> [EnergyMark] {
        guard points.count > 1, let usual = usualDistance() else { return [] }
        let reach = usual + usual / 2
        var marks: [EnergyMark] = []
        var next = 0
        for point in register.points {
            while next < points.count, points[next].time <= point.time { next += 1 }
            let before = next > 0 ? points[next - 1] : nil
            let after = next < points.count ? points[next] : nil
            let isMissing: Bool
            switch (before, after) {
            case (let before?, let after?):
                let isApart = point.time - before.time > usual / 2 && after.time - point.time > usual / 2
                isMissing = isApart && after.time - before.time > reach
            case (let before?, nil):
                isMissing = point.time - before.time > reach && point.delivered - before.delivered > leastEnergy
            case (nil, let after?):
                isMissing = after.time - point.time > reach && after.delivered - point.delivered > leastEnergy
            default: isMissing = false
            }
            if isMissing { marks.append(EnergyMark(time: point.time, delivered: point.delivered)) }
        }
        return marks
    }

    /// Tells the states of charge at moments from the energy delivered until then.
    private mutating func fill(_ marks: [EnergyMark]) {
        guard !marks.isEmpty else { return }
        var next = 0
        for mark in marks.sorted(by: { $0.time < $1.time }) where filled.last?.timestampMilliseconds != mark.time {
            while next < points.count, points[next].time <= mark.time { next += 1 }
            let before = points[max(0, next - 1)]
            var value = before.value + (mark.delivered - before.delivered) / energyForPoint
            if next > 0, next < points.count {
                let gained = points[next].delivered - before.delivered
                let share = gained > 0 ? (mark.delivered - before.delivered) / gained : 0
                value = before.value + share * (points[next].value - before.value)
            }
            filled.append(FilledStateOfCharge(timestampMilliseconds: mark.time, percent: min(100, max(0, value))))
        }
    }

    /// The median distance of two states of charge.
    private func usualDistance() -> Int64? {
        var distances: [Int64] = []
        distances.reserveCapacity(points.count - 1)
        for index in 1..<points.count { distances.append(points[index].time - points[index - 1].time) }
        distances.sort()
        let usual = distances[(distances.count - 1) / 2]
        return usual > 0 ? usual : nil
    }
}
