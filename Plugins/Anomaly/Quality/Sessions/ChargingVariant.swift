import AnomalyDetection

/// What may happen in ordinary charging. The first ones are the contract's list, the others are what stations of other
/// makes and countries do.
public enum ChargingVariant: String, Sendable, CaseIterable {
    case plain, ramp, taper, managed, pausedOften, phaseChange, waitingBefore, waitingAfter, hybrid, cabinHeat
    case pausedReadings, fedBack, coarseRegister, lateRegister, unknownStateOfCharge
    case outOfOrder, lostReadings, wanderingClock, wholeWattHours, registerFromZero, splitPhase, otherPlaces
    case seenHalfway, slowStart, coldBattery, readAtEvents
}

/// The true power of a session in steps of ten seconds, in kW; negative where energy is fed back.
struct PowerCourse {
    static let step: Int64 = 10_000
    private static let stepsPerMinute = 6.0

    var power: [Double] = []
    /// Steps without any reading.
    var silence: Range<Int>?

    init(_ shape: SessionShape, _ variant: ChargingVariant, _ random: inout SeededRandom) {
        let idle = max(0, shape.pluggedMinutes - shape.chargingMinutes)
        let before = variant == .waitingBefore ? random.number(20...180) : variant == .slowStart ? 5 : 0.5
        let after =
            variant == .waitingAfter || variant == .cabinHeat ? max(idle, random.number(40...400)) : min(idle, 60)
        let base = variant == .hybrid ? min(shape.power, random.pick([1.4, 2.3, 3.6])) : shape.power
        let charging = Int(shape.chargingMinutes * Self.stepsPerMinute)
        power = [Double](repeating: 0, count: Int(before * Self.stepsPerMinute))
        var share = Share(variant, &random)
        let taperStart = shape.isDirect || variant == .taper ? random.number(0.3...0.7) : random.number(0.88...0.97)
        for index in 0..<charging {
            let progress = Double(index) / Double(max(1, charging))
            var value = base * share.next(&random)
            if progress > taperStart { value *= max(0.06, 1 - (progress - taperStart) / (1 - taperStart) * 0.92) }
            if variant == .ramp { value *= min(1, Double(index + 1) / 40) }
            if variant == .coldBattery { value *= min(1, 0.35 + 0.65 * Double(index) / (0.4 * Double(charging))) }
            if variant == .fedBack, (0.4...0.6).contains(progress) { value = -0.7 * min(base, 10) }
            power.append(value * (1 + 0.004 * random.normal()))
        }
        appendWaiting(Int(after * Self.stepsPerMinute), heats: variant == .cabinHeat, &random)
        if variant == .pausedReadings { pause(&random) }
    }

    private mutating func appendWaiting(_ count: Int, heats: Bool, _ random: inout SeededRandom) {
        let heat = random.number(1.1...2.8)
        for index in 0..<count { power.append(heats && (index / 40).isMultiple(of: 3) ? heat : 0) }
    }

    /// Nothing flows and nothing is read for a while.
    private mutating func pause(_ random: inout SeededRandom) {
        let place = power.count / 3
        let length = random.whole(400...1500)
        power.insert(contentsOf: repeatElement(0, count: length + 60), at: place)
        silence = (place + 30)..<(place + 30 + length)
    }
}

/// The share of the power that a vehicle, a tariff or load management allows, step by step.
private struct Share {
    private let variant: ChargingVariant
    private var remaining = 0
    private var current = 1.0

    init(_ variant: ChargingVariant, _ random: inout SeededRandom) {
        self.variant = variant
        remaining = random.whole(10...120)
    }

    mutating func next(_ random: inout SeededRandom) -> Double {
        remaining -= 1
        guard remaining < 0 else { return current }
        switch variant {
        case .managed:
            remaining = random.whole(30...400)
            current = random.pick([1, 0.8, 0.6, 0.4, 0.25, 0])
        case .pausedOften:
            remaining = random.whole(6...90)
            current = current > 0 ? 0 : 1
        case .phaseChange:
            remaining = random.whole(60...500)
            current = current > 0.5 ? 1.0 / 3 : 1
        default: remaining = .max
        }
        return current
    }
}
