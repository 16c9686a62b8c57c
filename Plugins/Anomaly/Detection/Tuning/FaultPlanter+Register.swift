/// Faults of the register.
extension FaultPlanter {
    /// A fall that is visible: what is read is lower than before, by more than rounding.
    mutating func decreaseRegister(_ session: inout SampleSession) -> ClosedRange<Int64>? {
        let register = session.track(.register)
        guard register.count > 2 else { return nil }
        let place = random.whole(1...(register.count - 1))
        let fall = random.magnitude(0.12...12)
        let amount = max(0, register[place].value - register[place - 1].value) + fall
        var lowered = register
        for index in place..<register.count { lowered[index].value -= amount }
        guard !jumpsBack(lowered, after: place, fall) else { return nil }
        for reading in lowered[place...] { session.set(reading.index, to: reading.value) }
        return register[place - 1].time...register[place].time
    }

    /// Whether a rise after a fall looks like a jump back to the value before it.
    private func jumpsBack(_ register: [TrackedReading], after place: Int, _ fall: Double) -> Bool {
        let before = register[place - 1].value
        guard let end = register[place...].firstIndex(where: { $0.value >= before }) else { return false }
        let rise = register[end].value - register[end - 1].value
        return rise >= 0.4 * fall
    }

    mutating func digPit(_ session: inout SampleSession) -> ClosedRange<Int64>? {
        let register = session.track(.register)
        let length = random.whole(1...3)
        guard register.count > length + 2 else { return nil }
        let place = random.whole(1...(register.count - 1 - length))
        let gained = register[place + length - 1].value - register[place - 1].value
        // Half of the fall must be more than any charging explains.
        let amount = max(0, gained) + max(random.magnitude(0.3...20), 2.2 * greatestRise(register))
        for reading in register[place..<(place + length)] {
            session.set(reading.index, to: reading.value - amount)
        }
        return register[place - 1].time...register[place + length].time
    }

    mutating func freezeRegister(_ session: inout SampleSession) -> ClosedRange<Int64>? {
        let power = session.track(.power)
        let register = session.track(.register)
        guard register.count > 3, power.count > 3 else { return nil }
        let minute: Int64 = 60_000
        let span = minute * Int64(random.whole(21...50))
        let thresholds = configuration.power
        let ends = power.indices.map { end(power, from: $0, span: span, count: thresholds.plateauReadings + 1) }
        let places = (0..<power.count).filter { start in
            guard let last = ends[start], let from = nearest(register, power[start].time),
                let to = nearest(register, power[last].time), from < to,
                isDense(power[start...last], thresholds.plateauDistance)
            else { return false }
            let lowest = power[start...last].map(\.value).min() ?? 0
            let given = lowest * hours(power[last].time - power[start].time)
            return lowest > 1.05 * thresholds.charging && given > 1.1 * thresholds.plateauEnergy
                && register[to].value - register[from].value > 0.8 * given
        }
        guard let place = drawn(places), let last = ends[place], let from = nearest(register, power[place].time),
            let to = nearest(register, power[last].time)
        else { return nil }
        // Either what flowed meanwhile is lost, or the register comes back with all of it.
        let lost = random.chance(0.5) ? register[to].value - register[from].value : 0
        for index in (from + 1)..<register.count {
            let isFrozen = index <= to || lost == 0 && index == to
            session.set(register[index].index, to: isFrozen ? register[from].value : register[index].value - lost)
        }
        return power[place].time...power[last].time
    }

    mutating func raiseRegister(_ session: inout SampleSession) -> ClosedRange<Int64>? {
        let register = session.track(.register)
        guard register.count > 2 else { return nil }
        let place = random.whole(1...(register.count - 1))
        let isRated = session.facts.maximumPowerKilowatts != nil
        let thresholds = configuration.register
        let allowance = isRated ? thresholds.spikeAllowanceRated : thresholds.spikeAllowance
        let time = register[place].time - register[place - 1].time + allowance
        let allowed = configuration.greatestPower(session.facts) * hours(time) + thresholds.spike
        let amount = allowed * random.number(1.05...6)
        let isLasting = random.chance(0.5) || place == register.count - 1
        for reading in register[place...].prefix(isLasting ? register.count : 1) {
            session.set(reading.index, to: reading.value + amount)
        }
        return register[place - 1].time...register[place].time
    }

    mutating func lowerBelowZero(_ session: inout SampleSession) -> ClosedRange<Int64>? {
        let register = session.track(.register)
        guard let first = register.first else { return nil }
        let offset = first.value + random.magnitude(0.05...60)
        var span: ClosedRange<Int64>?
        for reading in register {
            session.set(reading.index, to: reading.value - offset)
            guard reading.value - offset < -configuration.register.negative else { continue }
            span = (span?.lowerBound ?? reading.time)...reading.time
        }
        return span
    }

    /// The session moves nothing at all: register, powers and currents. Visible where no reading says why.
    mutating func standStill(_ session: inout SampleSession) -> ClosedRange<Int64>? {
        let register = session.track(.register)
        guard let first = register.first, let last = register.last,
            last.time - first.time >= configuration.register.zeroEnergySpan
        else { return nil }
        for index in session.readings.indices {
            let reading = session.readings[index]
            switch reading.measurand {
            case .energyActiveImportRegister, .energyActiveExportRegister: break
            case .stateOfCharge:
                if reading.commonValue >= configuration.register.zeroEnergyFull { return nil }
            case .powerOffered, .currentOffered:
                if reading.value == 0 { return nil }
            case .powerActiveImport, .powerActiveExport, .currentImport, .currentExport:
                session.readings[index].value = 0
            default: break
            }
        }
        let exported = session.track(.exportRegister)
        for reading in register { session.set(reading.index, to: first.value) }
        for reading in exported { session.set(reading.index, to: exported[0].value) }
        session.facts.isCompleted = true
        return first.time...last.time
    }

    /// The register counts too little or too much for an hour or longer.
    mutating func scaleEnergy(_ session: inout SampleSession) -> ClosedRange<Int64>? {
        let power = session.track(.power)
        let register = session.track(.register)
        let thresholds = configuration.power
        guard register.count > 5, power.count >= thresholds.mismatchReadings, !session.isRegisterLate else {
            return nil
        }
        let span: Int64 = 60_000 * Int64(random.whole(20...120))
        let ends = power.indices.map { end(power, from: $0, span: span, count: thresholds.mismatchReadings) }
        let share = random.chance(0.5) ? random.number(0.2...0.55) : random.number(1.5...2.5)
        let greatest = configuration.greatestPower(session.facts)
        let places = (0..<power.count).filter { start in
            guard let last = ends[start], isDense(power[start...last], thresholds.mismatchDistance),
                let from = nearest(register, power[start].time), let to = nearest(register, power[last].time),
                to > from + 3
            else { return false }
            // A single interval that deviates may hide a pause or a peak, which is ordinary.
            let charging = zip(power[start...last], power[(start + 1)...last]).count {
                min($0.value, $1.value) >= thresholds.charging
            }
            guard charging >= 4 else { return false }
            let energy = share * (register[to].value - register[from].value)
            guard energy < greatest * hours(register[to].time - register[from].time) else { return false }
            let (upper, lower) = given(power[start...last])
            // Visible by a tenth more than the rule asks for.
            return share > 1
                ? energy > max(1.3 * upper, upper + 1.1) : energy < min(0.7 * lower, lower - 1.1)
        }
        guard let place = drawn(places), let last = ends[place], let from = nearest(register, power[place].time),
            let to = nearest(register, power[last].time)
        else { return nil }
        let first = register[from].value
        let gained = register[to].value - first
        for index in (from + 1)..<register.count {
            let value = register[index].value
            session.set(
                register[index].index,
                to: index <= to ? first + (value - first) * share : value + gained * (share - 1))
        }
        return power[place].time...power[last].time
    }

    /// What the higher and what the lower of each two neighbouring readings gives.
    private func given(_ power: ArraySlice<TrackedReading>) -> (upper: Double, lower: Double) {
        var given = (upper: 0.0, lower: 0.0)
        for (earlier, later) in zip(power, power.dropFirst()) {
            let duration = hours(later.time - earlier.time)
            given.upper += max(0, max(earlier.value, later.value)) * duration
            given.lower += max(0, min(earlier.value, later.value)) * duration
        }
        return given
    }

    /// No reading comes for more than an hour, and more than four times the usual distance, while power flows.
    mutating func silence(_ session: inout SampleSession) -> ClosedRange<Int64>? {
        let power = session.track(.power)
        let register = session.track(.register)
        let moments = session.readings.map(\.timestampMilliseconds)
        let distances = zip(moments, moments.dropFirst()).map { $1 - $0 }.filter { $0 > 0 }.sorted()
        guard power.count > 3, !distances.isEmpty else { return nil }
        let median = Double(distances[distances.count / 2])
        let least = max(configuration.gap.duration, Int64(configuration.gap.factor * median)) + 60_000
        let length = least + Int64(random.whole(0...60)) * 60_000
        let places = (1..<power.count).filter { start in
            guard let last = end(power, from: start, span: length, count: 2), last + 1 < power.count,
                let from = nearest(register, power[start].time), let to = nearest(register, power[last].time)
            else { return false }
            let flowing = min(power[start].value, power[last].value)
            let duration = hours(power[last].time - power[start].time)
            return flowing > 1.05 * configuration.gap.charging
                && register[to].value - register[from].value > 0.3 * flowing * duration
        }
        guard let place = drawn(places), let last = end(power, from: place, span: length, count: 2) else { return nil }
        let (from, to) = (power[place].time, power[last].time)
        session.readings.removeAll { $0.timestampMilliseconds > from && $0.timestampMilliseconds < to }
        return from...to
    }
}
