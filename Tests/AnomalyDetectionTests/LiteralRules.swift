import AnomalyDetection

/// The rules written down as literally and as slowly as possible, for sessions whose register, power and state of
/// charge are read at the same moments and whose register shows its energy at once. What these find the pipeline must
/// find.
struct LiteralRules {
    /// Moments in hours.
    var times: [Double]
    var register: [Double]
    var power: [Double]
    var charge: [Double] = []
    var rating: Double?

    private var greatest: Double { rating.map { $0 * 1.15 } ?? 400 }
    private let tolerance = 1e-7

    /// The readings of the session.
    var readings: [Reading] {
        times.indices.flatMap { index -> [Reading] in
            let time = moment(0) + Int64((times[index] * 3_600_000).rounded())
            var readings = [
                Reading(timestampMilliseconds: time, value: register[index], unit: .kilowattHour)
            ]
            if !power.isEmpty {
                readings.append(
                    Reading(
                        timestampMilliseconds: time, value: power[index], measurand: .powerActiveImport,
                        unit: .kilowatt))
            }
            if !charge.isEmpty {
                readings.append(
                    Reading(timestampMilliseconds: time, value: charge[index], measurand: .stateOfCharge))
            }
            return readings
        }
    }

    /// The longest distance of neighbouring moments of a stretch, in hours.
    private func distance(_ start: Int, _ end: Int) -> Double {
        zip(times[start...end], times[start...end].dropFirst()).map { $1 - $0 }.max() ?? 0
    }

    /// Energy between two moments, where the register never falls.
    private func energy(_ start: Int, _ end: Int) -> Double {
        register[end] - register[start]
    }

    /// All pairs of moments, the second the later.
    private func anyPair(_ holds: (Int, Int) -> Bool) -> Bool {
        times.indices.contains { start in (start + 1..<max(start + 1, times.count)).contains { holds(start, $0) } }
    }

    func hasPlateau() -> Bool {
        anyPair { start, end in
            let lowest = power[start...end].min() ?? 0
            let given = lowest * (times[end] - times[start])
            return end - start >= 2 && times[end] - times[start] >= 1.0 / 3 - tolerance && lowest >= 1
                && distance(start, end) <= 1.0 / 3 + tolerance && given >= 0.5 - tolerance
                && energy(start, end) < 0.1 * given - tolerance
        }
    }

    func hasDrop() -> Bool {
        (1..<times.count).contains { start in
            let before = power[start - 1]
            guard before >= 1, power[start] < 0.1 * before else { return false }
            return (start..<times.count).contains { end in
                let span = times[end] - times[start]
                return end - start >= 4 && span >= 1.0 / 12 - tolerance && distance(start, end) <= 1.0 / 12 + tolerance
                    && power[start...end].allSatisfy { $0 < 0.1 * before }
                    && energy(start, end) >= max(0.3, 0.5 * before * span) - tolerance
            }
        }
    }

    func hasMismatch() -> Bool {
        anyPair { start, end in
            guard end - start >= 5, distance(start, end) <= 1.0 / 3 + tolerance else { return false }
            var (upper, lower) = (0.0, 0.0)
            for index in start..<end {
                upper += max(power[index], power[index + 1]) * (times[index + 1] - times[index])
                lower += min(power[index], power[index + 1]) * (times[index + 1] - times[index])
            }
            let energy = energy(start, end)
            return energy > max(1.25 * upper, upper + 1) + tolerance
                || energy < min(0.75 * lower, lower - 1) - tolerance
        }
    }

    func hasPowerSpike() -> Bool {
        if power.contains(where: { $0 > greatest + tolerance }) { return true }
        guard power.count(where: { $0 >= 1 }) >= 5 else { return false }
        return (1..<max(1, times.count - 1)).contains { index in
            let next = power.indices.filter { $0 != index }.map { power[$0] }.max() ?? 0
            let bound = next * (times[index + 1] - times[index - 1]) + 0.2
            return power[index] > max(5, 3 * next) + tolerance && distance(index - 1, index + 1) <= 1.0 / 12 + tolerance
                && energy(index - 1, index + 1) <= bound
        }
    }

    func hasEnergySpike() -> Bool {
        anyPair { start, end in
            guard rating != nil || end == start + 1 else { return false }
            let highest = register[...start].max() ?? 0
            let more = rating == nil ? 1.0 / 60 : 0.25
            return register[end] - highest > 1 + greatest * (times[end] - times[start] + more) + tolerance
        }
    }

    /// Whether there is a decrease and whether there is a pit.
    func falls() -> (decrease: Bool, pit: Bool) {
        var found = (decrease: false, pit: false)
        for index in 1..<times.count where register[index - 1] - register[index] > 0.02 + tolerance {
            let earlier = register[index - 1]
            let fall = earlier - register[index]
            let cut = (earlier * 10).rounded(.down) / 10
            if fall < 0.1 - tolerance, abs(register[index] - cut) < 1e-6 { continue }
            let regained = (index + 1..<max(index + 1, times.count)).first { register[$0] >= earlier - tolerance }
            guard let regained else {
                found.decrease = true
                continue
            }
            let explained = max(power[regained - 1], power[regained]) * (times[regained] - times[regained - 1])
            let rise = register[regained] - register[regained - 1]
            if rise - explained >= 0.5 * fall - tolerance { found.pit = true } else { found.decrease = true }
        }
        return found
    }

    func hasChargeDecrease() -> Bool {
        anyPair { start, end in
            charge[start] - charge[end] >= 3 - tolerance && energy(start, end) >= 0.5 - tolerance
                && energy(start, end) >= 7 * (times[end] - times[start]) - tolerance
        }
    }

    func hasChargeJump() -> Bool {
        let gained = (charge.last ?? 0) - (charge.first ?? 0)
        guard gained >= 1 else { return false }
        let point = max(0.04, energy(0, times.count - 1) / gained)
        return (1..<times.count).contains { index in
            let changed = (0..<index).last { $0 == 0 || charge[$0] != charge[$0 - 1] } ?? 0
            return charge[index] - charge[index - 1] > 15 + energy(changed, index) / point + tolerance
        }
    }
}
