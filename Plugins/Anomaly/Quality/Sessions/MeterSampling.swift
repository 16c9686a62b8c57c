import AnomalyDetection

/// How a station reads and sends what happens.
public struct MeterSampling: Sendable {
    /// Distance of the readings in minutes.
    public var intervalMinutes: Int
    var registerStep: Double
    var refreshMinutes = 0
    var usesSmallUnits: Bool
    var sendsPower: Bool
    var sendsStateOfCharge: Bool
    var sendsPhases: Bool
    var sendsTemperature: Bool
    var namesRating: Bool
    /// The register at the session's start, in kWh.
    var base: Double

    init(_ shape: SessionShape, _ variant: ChargingVariant, intervalMinutes: Int, _ random: inout SeededRandom) {
        self.intervalMinutes = intervalMinutes
        registerStep = random.pick([0.001, 0.001, 0.01, 0.1])
        usesSmallUnits = random.chance(0.4)
        sendsPower = random.chance(0.85)
        sendsStateOfCharge = random.chance(shape.isDirect ? 0.9 : 0.3)
        sendsPhases = !shape.isDirect && random.chance(0.6)
        sendsTemperature = random.chance(0.4)
        namesRating = random.chance(0.6)
        base = random.magnitude(1...200_000)
        switch variant {
        case .coarseRegister: registerStep = 0.1
        case .lateRegister: refreshMinutes = 15
        case .unknownStateOfCharge: sendsStateOfCharge = true
        case .phaseChange, .splitPhase: sendsPhases = !shape.isDirect
        case .wholeWattHours: (usesSmallUnits, registerStep) = (true, 0.001)
        case .registerFromZero: base = 0
        default: break
        }
    }
}

/// A session with its readings, as a station would have sent it.
struct SampledSession {
    private(set) var sample: SampleSession
    private let shape: SessionShape
    private let variant: ChargingVariant
    private let sampling: MeterSampling
    private var random: SeededRandom

    init(_ shape: SessionShape, _ variant: ChargingVariant, intervalMinutes: Int, _ random: inout SeededRandom) {
        self.shape = shape
        self.variant = variant
        sampling = MeterSampling(shape, variant, intervalMinutes: intervalMinutes, &random)
        self.random = random.branch()
        sample = SampleSession(
            readings: [],
            facts: SessionFacts(isCompleted: true, maximumPowerKilowatts: sampling.namesRating ? shape.rating : nil))
        read(PowerCourse(shape, variant, &self.random))
        disturb()
    }

    private mutating func read(_ course: PowerCourse) {
        let battery = max(10, course.power.reduce(0) { $0 + max(0, $1) } / 360 * random.number(1.2...3))
        var state = (imported: 0.0, exported: 0.0, charge: random.number(6...40), heat: random.number(10...30))
        let every = sampling.intervalMinutes * 6
        let offset = variant == .readAtEvents ? 0 : random.whole(0...(every - 1))
        let refresh = max(1, sampling.refreshMinutes * 6)
        var shown = 0.0
        for (index, power) in course.power.enumerated() {
            let isEnd = index == course.power.count - 1
            let isChange = variant == .readAtEvents && index > 0 && (power > 0) != (course.power[index - 1] > 0)
            if (index + offset).isMultiple(of: refresh) || isEnd { shown = state.imported }
            if index == 0 || isEnd || isChange || (index + offset).isMultiple(of: every),
                course.silence?.contains(index) != true
            {
                append(index, power, shown, state.exported, state.charge, state.heat)
            }
            if power > 0 { state.imported += power / 360 } else { state.exported -= power / 360 }
            // Where a cabin is heated nothing reaches the battery.
            let isHeating = variant == .cabinHeat && power > 0 && power < 3
            if !isHeating { state.charge = min(100, state.charge + 92 * power / 360 / battery) }
            state.heat += (20 + 30 * max(0, power) / shape.rating - state.heat) * 0.004
        }
    }

    private mutating func append(
        _ index: Int, _ power: Double, _ imported: Double, _ exported: Double, _ charge: Double, _ heat: Double
    ) {
        let time = shape.startMilliseconds + Int64(index) * PowerCourse.step
        let place: Location = variant == .otherPlaces ? .inlet : .outlet
        let factor = sampling.usesSmallUnits ? 1000.0 : 1
        let energyUnit: Unit = sampling.usesSmallUnits ? .wattHour : .kilowattHour
        let powerUnit: Unit = sampling.usesSmallUnits ? .watt : .kilowatt
        func add(_ value: Double, _ measurand: Measurand, _ unit: Unit?, _ at: Location) {
            sample.readings.append(
                Reading(
                    timestampMilliseconds: time, value: (value * 1e6).rounded() / 1e6, measurand: measurand, unit: unit,
                    location: at))
        }
        func stepped(_ value: Double) -> Double {
            ((value + 1e-9) / sampling.registerStep).rounded(.down) * sampling.registerStep
        }
        add(stepped(sampling.base + imported) * factor, .energyActiveImportRegister, energyUnit, place)
        if variant == .fedBack { add(stepped(exported) * factor, .energyActiveExportRegister, energyUnit, place) }
        if sampling.sendsPower {
            let read = max(0, power) * (1 + 0.003 * random.normal())
            add((read * factor * 1000).rounded() / 1000, .powerActiveImport, powerUnit, place)
            if variant == .fedBack { add(max(0, -power) * factor, .powerActiveExport, powerUnit, place) }
        }
        if sampling.sendsStateOfCharge {
            let isUnknown = variant == .unknownStateOfCharge && random.chance(0.15)
            add(isUnknown ? 0 : charge.rounded(.down), .stateOfCharge, .percent, .vehicle)
        }
        if sampling.sendsPhases { appendPhases(max(0, power), time, place) }
        if sampling.sendsTemperature { add((heat * 10).rounded() / 10, .temperature, .celsius, place) }
    }

    private mutating func appendPhases(_ power: Double, _ time: Int64, _ place: Location) {
        let isSplit = variant == .splitPhase
        let isSingle = shape.rating < 10 || variant == .phaseChange && power < 0.5 * shape.power
        let loaded: Double = isSingle || isSplit ? 1 : 3
        let phases: [Phase] = isSplit ? [.l1ToL2] : [.l1, .l2, .l3]
        let nominal = isSplit ? random.pick([208.0, 240]) : 231
        for (number, phase) in phases.enumerated() {
            let voltage = nominal + 1.5 * random.normal()
            let isLoaded = Double(number) < loaded
            let current = isLoaded ? power * 1000 / loaded / voltage * (1 + 0.015 * random.normal()) : 0
            let values: [(Double, Measurand, Unit)] = [(current, .currentImport, .ampere), (voltage, .voltage, .volt)]
            for (value, measurand, unit) in values {
                sample.readings.append(
                    Reading(
                        timestampMilliseconds: time, value: (value * 100).rounded() / 100, measurand: measurand,
                        unit: unit, phase: phase, location: place))
            }
        }
    }

    /// What networks and clocks make of the readings.
    private mutating func disturb() {
        let change: OrdinaryChange? =
            switch variant {
            case .outOfOrder: .outOfOrder
            case .lostReadings: .lostReadings
            case .wanderingClock: .wanderingClock
            case .seenHalfway: .halfway
            default: nil
            }
        if let change { sample = change.applied(to: sample, &random) }
    }
}
