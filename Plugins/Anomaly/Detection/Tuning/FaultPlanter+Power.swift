/// Faults of power, currents, voltages and temperatures.
extension FaultPlanter {
    /// The power reads next to nothing while the register shows that at least half of it went on.
    mutating func losePower(_ session: inout SampleSession) -> ClosedRange<Int64>? {
        let power = session.track(.power)
        let register = session.track(.register)
        let thresholds = configuration.power
        guard power.count > thresholds.dropReadings + 1, register.count > 2, !session.isRegisterLate else { return nil }
        let span = thresholds.dropSpan + Int64(random.whole(1...30)) * 60_000
        let ends = power.indices.map { end(power, from: $0, span: span, count: thresholds.dropReadings) }
        let places = (1..<power.count).filter { start in
            guard let last = ends[start], isDense(power[start...last], thresholds.dropDistance),
                let from = nearest(register, power[start].time), let to = nearest(register, power[last].time)
            else { return false }
            let before = power[start - 1].value
            let least = thresholds.dropEnergyShare * before * hours(power[last].time - power[start].time)
            return before >= 1.05 * thresholds.charging
                && register[to].value - register[from].value > 1.2 * max(thresholds.dropEnergy, least)
        }
        guard let place = drawn(places), let last = ends[place] else { return nil }
        let share = random.chance(0.5) ? 0 : random.number(0...0.09)
        for reading in power[place...last] {
            session.set(reading.index, to: min(reading.value, power[place - 1].value) * share)
        }
        return power[place].time...power[last].time
    }

    /// A power above the greatest, or a single one that the energy around it contradicts.
    mutating func raisePower(_ session: inout SampleSession) -> ClosedRange<Int64>? {
        let power = session.track(.power)
        let register = session.track(.register)
        guard power.count > 2 else { return nil }
        let thresholds = configuration.power
        let isContradicted =
            random.chance(0.5) && !session.isRegisterLate
            && power.count(where: { $0.value >= thresholds.charging }) > thresholds.spikeReadings
        let factor = random.magnitude(1.03...5)
        guard isContradicted else {
            let place = random.whole(0...(power.count - 1))
            session.set(power[place].index, to: configuration.greatestPower(session.facts) * factor)
            return power[place].time...power[place].time
        }
        let places = (1..<(power.count - 1)).filter { place in
            guard let from = nearest(register, power[place - 1].time), let to = nearest(register, power[place + 1].time)
            else { return false }
            let span = hours(power[place + 1].time - power[place - 1].time)
            let next = highestBeside(place, power)
            return isDense(power[(place - 1)...(place + 1)], thresholds.spikeDistance)
                && register[to].value - register[from].value <= next * span + 0.8 * thresholds.spikeEnergy
        }
        guard let place = drawn(places) else { return nil }
        let next = highestBeside(place, power)
        session.set(power[place].index, to: max(thresholds.spikePower, thresholds.spikeFactor * next) * factor)
        return power[place - 1].time...power[place + 1].time
    }

    /// The highest power of all readings but one.
    private func highestBeside(_ place: Int, _ power: [TrackedReading]) -> Double {
        max(power[..<place].map(\.value).max() ?? 0, power[(place + 1)...].map(\.value).max() ?? 0)
    }

    /// One of the loaded phases carries far less than the others.
    mutating func unbalance(_ session: inout SampleSession) -> ClosedRange<Int64>? {
        let thresholds = configuration.electrical
        var moments: [(time: Int64, phases: [Int])] = []
        let choice = session.readings.withUnsafeBufferPointer { SeriesSurvey($0).phaseChoice(.current) }
        for (index, reading) in session.readings.enumerated()
        where reading.measurand == .currentImport && reading.phase?.conductor != nil
            && reading.location == choice?.location
        {
            if moments.last?.time != reading.timestampMilliseconds {
                moments.append((reading.timestampMilliseconds, []))
            }
            moments[moments.count - 1].phases.append(index)
        }
        let victim = random.whole(0...2)
        let share = random.number(0.35...0.66)
        let readings = session.readings
        let fits = moments.map { moment in
            moment.phases.count == 3 && victim < moment.phases.count
                && moment.phases.allSatisfy { readings[$0].value * share > 1.05 * thresholds.carriedCurrent }
        }
        let span = thresholds.imbalanceSpan + Int64(random.whole(0...30)) * 60_000
        let tracked = moments.map { TrackedReading(index: 0, time: $0.time, value: 0) }
        let places = (0..<moments.count).filter { start in
            guard let last = end(tracked, from: start, span: span, count: thresholds.imbalanceMoments) else {
                return false
            }
            return fits[start...last].allSatisfy { $0 }
        }
        guard let place = drawn(places),
            let last = end(tracked, from: place, span: span, count: thresholds.imbalanceMoments)
        else {
            return nil
        }
        for moment in moments[place...last] {
            let largest = moment.phases.map { readings[$0].value }.max() ?? 0
            session.set(moment.phases[victim], to: largest * share)
        }
        return moments[place].time...moments[last].time
    }

    /// The voltage of a phase is far from nominal at two moments or more.
    mutating func deviate(_ session: inout SampleSession) -> ClosedRange<Int64>? {
        let choice = session.readings.withUnsafeBufferPointer { SeriesSurvey($0).phaseChoice(.voltage) }
        let candidates = session.readings.indices.filter { index in
            let reading = session.readings[index]
            return reading.measurand == .voltage && reading.location == choice?.location
                && reading.phase?.conductor != nil
        }
        guard let some = candidates.first, let phase = session.readings[some].phase else { return nil }
        let series = candidates.filter { session.readings[$0].phase == phase }
        guard series.count > 3 else { return nil }
        let length = min(series.count - 1, random.whole(2...5))
        let place = random.whole(0...(series.count - length))
        let nominal = configuration.installation.nominalVoltage
        let highest = configuration.electrical.voltageHighest / nominal
        let share = random.chance(0.5) ? random.number(0.4...0.84) : random.number(1.16...(0.99 * highest))
        for index in series[place..<(place + length)] { session.set(index, to: nominal * share) }
        return session.readings[series[place]]
            .timestampMilliseconds...session.readings[series[place + length - 1]].timestampMilliseconds
    }

    mutating func overheat(_ session: inout SampleSession) -> ClosedRange<Int64>? {
        let series = session.readings.indices.filter { session.readings[$0].measurand == .temperature }
        guard !series.isEmpty else { return nil }
        let place = random.whole(0...(series.count - 1))
        let end = min(series.count - 1, place + random.whole(0...4))
        for index in series[place...end] {
            let isBody = session.readings[index].location == .body
            let bound = isBody ? configuration.electrical.temperatureBody : configuration.electrical.temperature
            session.set(index, to: bound + random.number(0.1...40))
        }
        return session.readings[series[place]]
            .timestampMilliseconds...session.readings[series[end]].timestampMilliseconds
    }
}
