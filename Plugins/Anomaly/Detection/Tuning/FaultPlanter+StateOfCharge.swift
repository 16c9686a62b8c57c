/// Faults of the state of charge.
extension FaultPlanter {
    /// A fall that lasts until half a kWh was imported at 7 kW or more.
    mutating func lowerStateOfCharge(_ session: inout SampleSession) -> ClosedRange<Int64>? {
        let series = session.track(.stateOfCharge)
        let register = session.track(.register)
        guard series.count > 3, register.count > 2, session.track(.exportRegister).count < 2,
            !session.isRegisterLate, !series.contains(where: { $0.value == 0 })
        else { return nil }
        let thresholds = configuration.stateOfCharge
        let places = (1..<(series.count - 1)).filter { place in
            guard let from = nearest(register, series[place - 1].time), let to = nearest(register, series[place].time)
            else { return false }
            // What a register that stood still shows next may have flowed before.
            guard register[from].value != register[from > 0 ? from - 1 : 1].value else { return false }
            let energy = register[to].value - register[from].value
            let least = thresholds.decreasePower * hours(register[to].time - register[from].time)
            return energy > 1.05 * max(least, thresholds.decreaseEnergy)
        }
        guard let place = drawn(places) else { return nil }
        let amount =
            series[place].value - series[place - 1].value + thresholds.decrease
            + random.number(0...20).rounded(.up)
        let lowest = series[place...].map(\.value).min() ?? 0
        guard lowest - amount > thresholds.unknownZero else { return nil }
        for reading in series[place...] { session.set(reading.index, to: reading.value - amount) }
        return series[place - 1].time...series[place].time
    }

    mutating func raiseStateOfCharge(_ session: inout SampleSession) -> ClosedRange<Int64>? {
        let series = session.track(.stateOfCharge)
        let register = session.track(.register)
        guard series.count > 3, let first = register.first, let last = register.last,
            last.value - first.value > 0.5, !session.isRegisterLate, !series.contains(where: { $0.value == 0 })
        else { return nil }
        let place = random.whole(1...(series.count - 1))
        let amount = configuration.stateOfCharge.jump + random.number(4...40).rounded(.up)
        // Within what the register covers, and below a full battery.
        guard series[place].value + amount <= 100, series[place - 1].value > 0, series[place - 1].time >= first.time,
            series[place].time <= last.time
        else { return nil }
        guard rise(series, place, amount, register) > 1.05 * configuration.stateOfCharge.jump else { return nil }
        for reading in series[place...] { session.set(reading.index, to: min(100, reading.value + amount)) }
        return series[place - 1].time...series[place].time
    }

    /// By how many points a state of charge that is raised from a reading on rises there beyond what the energy since
    /// its last change explains, at the energy for a point that the session then shows.
    private func rise(
        _ series: [TrackedReading], _ place: Int, _ amount: Double, _ register: [TrackedReading]
    ) -> Double {
        let changed = series[..<place].lastIndex { $0.value != series[place - 1].value }.map { $0 + 1 } ?? 0
        let lastRise = series.indices.dropFirst().last { series[$0].value > series[$0 - 1].value } ?? place
        guard let start = nearest(register, series[0].time), let from = nearest(register, series[changed].time),
            let to = nearest(register, series[place].time),
            let end = nearest(register, series[max(place, lastRise)].time)
        else { return 0 }
        let gained = series[series.count - 1].value - series[0].value + amount
        let energy = register[end].value - register[start].value
        let point = max(configuration.stateOfCharge.energyForPoint, energy / max(1, gained))
        // What the register shows only at its next reading may have flowed before.
        let explained = (register[min(to + 1, register.count - 1)].value - register[from].value) / point
        return series[place].value - series[place - 1].value + amount - explained
    }

    mutating func misreadStateOfCharge(_ session: inout SampleSession) -> ClosedRange<Int64>? {
        let series = session.track(.stateOfCharge)
        guard series.count > 1 else { return nil }
        let place = random.whole(0...(series.count - 1))
        let end = min(series.count - 1, place + random.whole(0...3))
        let value = random.pick([-128.0, -1, -0.5, 100.5, 101, 127, 255])
        for reading in series[place...end] { session.set(reading.index, to: value) }
        return series[place].time...series[end].time
    }
}
