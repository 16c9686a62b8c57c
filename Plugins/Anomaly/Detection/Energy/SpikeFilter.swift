/// A rise of the register beyond what the connector can deliver.
struct RegisterSpike {
    var start: Int64
    var end: Int64
    /// The rise above the highest earlier value, and the most that it could have been, in kWh.
    var rise: Double
    var limit: Double
    var reconstructed: Int
}

/// Takes the spikes out of a register: readings between a spike and the way back down are left out, a spike that stays
/// is kept as a level and noted as a rise that does not count.
struct SpikeFilter {
    /// The readings that remain.
    private(set) var kept: [Sample] = []
    private(set) var spikes: [RegisterSpike] = []
    /// Ranges of `kept` from the reading before a lasting spike to the one with it.
    private(set) var uncounted: [ClosedRange<Int>] = []
    /// How near the register came to a spike: the greatest share of the limit.
    private(set) var nearness = 0.0

    private let greatestPower: Double
    private let allowance: Int64
    private let comparesAll: Bool
    private let limit: Double
    private let origin: Int64
    private let refresh: Int64
    private let samples: [Sample]
    private let power: [Sample]
    private let stateOfCharge: [Sample]
    /// When the register last changed, and the reading before that.
    private var flatSince: Int64 = 0
    private var changedAfter: Int64 = 0
    /// Index of the last reading that is lower than the one before.
    private let lastFall: Int
    /// Highest value so far, for each kept reading, and when it was read last.
    private var highest: [Double] = []
    private var highestAt: [Int64] = []
    /// Least of the highest values less what the greatest power gave until then, since the last lasting spike.
    private var lowestSlack: [Double] = []
    private var windowStart = 0

    init(
        _ samples: [Sample], power: [Sample], stateOfCharge: [Sample], _ facts: SessionFacts,
        _ configuration: DetectionConfiguration
    ) {
        self.stateOfCharge = stateOfCharge
        self.samples = samples
        self.power = power
        refresh = configuration.register.refresh
        greatestPower = configuration.greatestPower(facts)
        comparesAll = facts.maximumPowerKilowatts != nil
        let thresholds = configuration.register
        allowance = comparesAll ? thresholds.spikeAllowanceRated : thresholds.spikeAllowance
        limit = thresholds.spike + greatestPower * hours(allowance)
        origin = samples.first?.time ?? 0
        lastFall = samples.indices.dropFirst().last { samples[$0].value < samples[$0 - 1].value } ?? 0
        kept.reserveCapacity(samples.count)
        highest.reserveCapacity(samples.count)
        highestAt.reserveCapacity(samples.count)
        if comparesAll { lowestSlack.reserveCapacity(samples.count) }
        var index = 0
        while index < samples.count {
            let sample = samples[index]
            guard let before = readingBeforeSpike(sample) else {
                keep(sample)
                index += 1
                continue
            }
            let back = returnIndex(spike: index, before: kept[before])
            note(sample, before, end: back.map { samples[$0].time } ?? sample.time)
            if let back {
                cut(after: before)
                index = back
            } else {
                uncounted.append(before...kept.count)
                windowStart = kept.count
                keep(sample)
                index += 1
            }
        }
    }

    private mutating func keep(_ sample: Sample) {
        let top = max(highest.last ?? -.infinity, sample.value)
        let topTime = top == sample.value ? sample.time : highestAt.last ?? sample.time
        if kept.last?.value != sample.value {
            changedAfter = kept.last?.time ?? sample.time
            flatSince = sample.time
        }
        if comparesAll {
            let slack = top - greatestPower * hours(topTime - origin)
            let lowest = kept.count > windowStart ? min(lowestSlack[kept.count - 1], slack) : slack
            lowestSlack.append(lowest)
        }
        kept.append(sample)
        highest.append(top)
        highestAt.append(topTime)
    }

    private mutating func cut(after index: Int) {
        let surplus = kept.count - index - 1
        guard surplus > 0 else { return }
        kept.removeLast(surplus)
        highest.removeLast(surplus)
        highestAt.removeLast(surplus)
        if comparesAll { lowestSlack.removeLast(surplus) }
    }

    /// The latest kept reading from which the sample is a spike, if it is one.
    private mutating func readingBeforeSpike(_ sample: Sample) -> Int? {
        guard let last = kept.indices.last else { return nil }
        let rise = sample.value - highest[last]
        guard rise > 0 else { return nil }
        // After a dip the rise includes what was charged since the highest value was read.
        let gain = greatestPower * hours(sample.time - highestAt[last])
        nearness = max(nearness, min(1, 0.8 * rise / (gain + limit)))
        if rise > gain + limit + comparisonTolerance {
            return comparesAll || !isLateRefresh(sample, rise, after: kept[last]) ? last : nil
        }
        guard comparesAll else { return nil }
        let slack = sample.value - greatestPower * hours(sample.time - origin)
        guard slack - lowestSlack[last] > limit + comparisonTolerance else { return nil }
        var index = last
        while index >= windowStart {
            let allowed = greatestPower * hours(sample.time - highestAt[index]) + limit
            if sample.value - highest[index] > allowed + comparisonTolerance { return index }
            index -= 1
        }
        return nil
    }

    private mutating func note(_ sample: Sample, _ before: Int, end: Int64) {
        let allowed = greatestPower * hours(sample.time - highestAt[before]) + limit
        spikes.append(
            RegisterSpike(
                start: kept[before].time, end: end, rise: sample.value - highest[before], limit: allowed,
                reconstructed: (sample.isReconstructed ? 1 : 0) + (kept[before].isReconstructed ? 1 : 0)))
    }

    /// The first reading after a spike at which the register is back at the value before it, give or take what may have
    /// been charged meanwhile.
    private func returnIndex(spike: Int, before: Sample) -> Int? {
        guard spike < lastFall else { return nil }
        let excess = samples[spike].value - before.value
        var charged = 0.0
        var pace: Double?
        for index in (spike + 1)..<max(spike + 1, samples.count) {
            let step = samples[index].value - samples[index - 1].value
            guard step < 0 else {
                charged += step
                continue
            }
            let remaining = samples[index].value - before.value - charged
            if remaining <= 0.25 * excess { return index }
            let fastest = pace ?? fastestPace()
            pace = fastest
            if remaining <= fastest * hours(samples[index].time - before.time) + 0.2 { return index }
        }
        return nil
    }

    /// Whether a register that stood still only shows what was charged in the last quarter of an hour: that is so where
    /// power or state of charge tell as much or, where neither was read, where it stands still before its other changes
    /// too.
    private func isLateRefresh(_ sample: Sample, _ rise: Double, after last: Sample) -> Bool {
        guard flatSince < last.time else { return false }
        // The last change may have been late too, by up to the distance of the readings.
        let start = max(changedAfter, last.time - refresh)
        guard rise <= greatestPower * hours(sample.time - start) + limit else { return false }
        if power.contains(where: { $0.time >= start && $0.time <= sample.time }) {
            return rise <= 1.15 * LateRefresh.given(power, start, sample.time, takesHigher: true) + 1
        }
        // A point of the largest batteries takes less than one and a half kWh.
        if rise <= 1.5 * LateRefresh.gained(stateOfCharge, start, sample.time) { return true }
        return last.time - flatSince <= refresh && standsStillBeforeChanges(except: sample.time)
    }

    /// Whether the register has other changes, and stands still for a third of the time of a refresh or longer before
    /// each of them but the first and one at the very end, which come when the session begins and ends.
    private func standsStillBeforeChanges(except time: Int64) -> Bool {
        var changes = 0
        var changed = 0
        for index in 1..<max(1, samples.count) where samples[index].value != samples[index - 1].value {
            defer { changed = index }
            guard samples[index].time != time else { continue }
            changes += 1
            let still = samples[index - 1].time - samples[changed].time
            if still < refresh / 3, changed > 0, index != samples.count - 1 { return false }
        }
        return changes > 0
    }

    /// The highest average power of a rise between neighbouring readings that is no spike by itself.
    private func fastestPace() -> Double {
        var fastest = 0.0
        for index in 1..<max(1, samples.count) {
            let rise = samples[index].value - samples[index - 1].value
            let duration = hours(samples[index].time - samples[index - 1].time)
            guard rise > 0, rise <= greatestPower * duration + limit else { continue }
            fastest = max(fastest, rise / duration)
        }
        return min(fastest, greatestPower)
    }
}
