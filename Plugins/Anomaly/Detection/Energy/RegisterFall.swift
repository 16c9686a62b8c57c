/// A fall of the register between neighbouring readings.
struct RegisterFall {
    /// Index of the reading before the fall.
    var index: Int
    /// By how much the register fell, in kWh.
    var amount: Double
    /// Index of the reading at which the earlier value is regained by a jump; nil when the register goes on from below.
    var regained: Int?
}

/// Finds the falls of a register and tells pits from decreases.
struct FallSearch {
    private let samples: [Sample]
    private let power: [Sample]
    private let configuration: DetectionConfiguration
    private let greatestPower: Double

    init(
        _ samples: [Sample], power: [Sample], greatestPower: Double, _ configuration: DetectionConfiguration
    ) {
        self.samples = samples
        self.power = power
        self.greatestPower = greatestPower
        self.configuration = configuration
    }

    /// The falls in order of time.
    func falls() -> [RegisterFall] {
        var falls: [RegisterFall] = []
        for index in 1..<max(1, samples.count) {
            let amount = samples[index - 1].value - samples[index].value
            guard amount > configuration.register.fall + comparisonTolerance,
                !isRounding(samples[index - 1].value, samples[index].value)
            else { continue }
            falls.append(RegisterFall(index: index - 1, amount: amount, regained: nil))
        }
        guard !falls.isEmpty else { return falls }
        let regaining = regainingReadings()
        let pace = fastestOrdinaryPace(falls, regaining)
        for position in falls.indices {
            guard let end = regaining[falls[position].index] else { continue }
            let rise = samples[end].value - samples[end - 1].value
            let explained = explainedEnergy(end - 1, pace: pace)
            let bound = configuration.register.jumpShare * falls[position].amount
            if rise - explained >= bound - comparisonTolerance { falls[position].regained = end }
        }
        return falls
    }

    /// Whether a fall is only that the later value was cut or rounded.
    private func isRounding(_ earlier: Double, _ later: Double) -> Bool {
        let step = configuration.register.roundingStep
        guard earlier - later < step - comparisonTolerance else { return false }
        let steps = earlier / step
        let tolerance = 1e-6
        return abs(steps.rounded(.toNearestOrAwayFromZero) * step - later) < tolerance
            || abs(steps.rounded(.down) * step - later) < tolerance
            || abs(steps.rounded(.towardZero) * step - later) < tolerance
    }

    /// For each reading the first later one that is at least as high, where the register falls in between.
    private func regainingReadings() -> [Int?] {
        var regaining = [Int?](repeating: nil, count: samples.count)
        var open: [Int] = []
        for index in samples.indices {
            while let last = open.last, samples[index].value >= samples[last].value - comparisonTolerance {
                if index > last + 1 { regaining[last] = index }
                open.removeLast()
            }
            open.append(index)
        }
        return regaining
    }

    /// What the rise that begins at a reading may be by charging, in kWh.
    private func explainedEnergy(_ index: Int, pace: Double) -> Double {
        let duration = hours(samples[index + 1].time - samples[index].time)
        guard !power.isEmpty else { return pace * duration }
        let around = [
            powerAround(samples[index].time, later: false), powerAround(samples[index + 1].time, later: true),
        ]
        if let highest = around.compactMap({ $0 }).max() { return highest * duration }
        return pace * duration
    }

    /// The power reading of a moment, else the nearest before or after it.
    private func powerAround(_ time: Int64, later: Bool) -> Double? {
        var low = 0
        var high = power.count
        while low < high {
            let middle = (low + high) / 2
            if power[middle].time < time { low = middle + 1 } else { high = middle }
        }
        let after = low < power.count ? power[low] : nil
        let before = low > 0 ? power[low - 1] : nil
        let distanceAfter = after.map { $0.time - time } ?? .max
        let distanceBefore = before.map { time - $0.time } ?? .max
        let nearest = distanceAfter <= distanceBefore ? after : before
        if min(distanceAfter, distanceBefore) <= configuration.power.sameMoment { return nearest?.value }
        let reach = configuration.power.mismatchDistance
        if later { return distanceAfter <= reach ? after?.value : nil }
        return distanceBefore <= reach ? before?.value : nil
    }

    /// The highest average power of the rises that are not the way back up after a fall. Where there is no other rise
    /// to compare with, nothing below the greatest power is a jump.
    private func fastestOrdinaryPace(_ falls: [RegisterFall], _ regaining: [Int?]) -> Double {
        var waysBack = Set<Int>()
        for fall in falls {
            if let end = regaining[fall.index] { waysBack.insert(end) }
        }
        var fastest: Double?
        for index in 1..<max(1, samples.count) where !waysBack.contains(index) {
            let rise = samples[index].value - samples[index - 1].value
            guard rise > 0 else { continue }
            fastest = max(fastest ?? 0, rise / hours(samples[index].time - samples[index - 1].time))
        }
        return fastest ?? greatestPower
    }
}
