import AnomalyDetection

/// What a station saw of a session at each moment of reading, before it is written as readings.
struct MeterTrack {
    var times: [Int64] = []
    /// Registers in kWh, power in kW, state of charge in percent.
    var register: [Double] = []
    var exportRegister: [Double] = []
    var power: [Double] = []
    var stateOfCharge: [Double] = []
    /// Currents in A and voltages in V of the three phases.
    var currents: [SIMD4<Double>] = []
    var voltages: [SIMD4<Double>] = []
    /// Temperature at the outlet in Celsius.
    var temperature: [Double] = []
    var profile: MeterProfile
    var phases: Int
    /// Power offered in kW.
    var offered: Double
    var sendsExport: Bool

    /// Reads a course.
    init(
        _ course: ChargingCourse, _ profile: MeterProfile, base: Double, offered: Double, sendsExport: Bool,
        _ random: inout RandomSource
    ) {
        self.profile = profile
        self.offered = offered
        self.sendsExport = sendsExport
        phases = course.phases
        let end = course.start + Int64(course.power.count - 1) * ChargingCourse.step
        var time = course.start
        while true {
            let index = course.index(time)
            let refreshed = profile.refresh > 0 ? course.index(time - time % profile.refresh) : index
            let register = base + course.imported[max(0, time == end ? index : refreshed)]
            let power = max(0, course.power[index])
            times.append(time)
            self.register.append((register / profile.registerStep).rounded(.down) * profile.registerStep)
            exportRegister.append((course.exported[index] / 0.001).rounded(.down) * 0.001)
            self.power.append((power * (1 + 0.002 * random.normal()) * 1000).rounded() / 1000)
            stateOfCharge.append(course.stateOfCharge[index].rounded(.down))
            let voltage = SIMD4(230 + random.normal(), 231 + random.normal(), 229 + random.normal(), 0)
            voltages.append((voltage * 10).rounded(.toNearestOrEven) / 10)
            currents.append(Self.currents(power, phases: phases, voltage, &random))
            temperature.append((course.temperature[index] * 10).rounded() / 10)
            guard time < end else { break }
            time = min(end, time + profile.interval)
        }
    }

    private static func currents(
        _ power: Double, phases: Int, _ voltage: SIMD4<Double>, _ random: inout RandomSource
    ) -> SIMD4<Double> {
        var currents = SIMD4<Double>()
        for phase in 0..<phases {
            let current = power * 1000 / Double(phases) / voltage[phase] * (1 + 0.01 * random.normal())
            currents[phase] = (current * 100).rounded() / 100
        }
        return currents
    }

    /// Removes moments.
    mutating func remove(_ range: Range<Int>) {
        times.removeSubrange(range)
        register.removeSubrange(range)
        exportRegister.removeSubrange(range)
        power.removeSubrange(range)
        stateOfCharge.removeSubrange(range)
        currents.removeSubrange(range)
        voltages.removeSubrange(range)
        temperature.removeSubrange(range)
    }

    /// Writes the moments as readings.
    func readings() -> [Reading] {
        var readings: [Reading] = []
        readings.reserveCapacity(times.count * 8)
        for index in times.indices { append(index, to: &readings) }
        return readings
    }

    private func append(_ index: Int, to readings: inout [Reading]) {
        let time = times[index]
        let kilo = profile.usesKilo
        let factor = kilo ? 1.0 : 1000
        let energyUnit: Unit? = kilo ? .kilowattHour : nil
        let powerUnit: Unit? = kilo ? .kilowatt : .watt
        func add(
            _ value: Double, _ measurand: Measurand, _ unit: Unit?, _ phase: Phase? = nil, _ at: Location = .outlet
        ) {
            let rounded = (value * 1_000_000).rounded() / 1_000_000
            readings.append(
                Reading(
                    timestampMilliseconds: time, value: rounded, measurand: measurand, unit: unit, phase: phase,
                    location: at))
        }
        let all: [Phase] = [.l1, .l2, .l3]
        if profile.sendsPhasesOnly {
            for phase in all {
                add(register[index] * factor / 3, .energyActiveImportRegister, energyUnit, phase)
                if profile.sendsPower { add(power[index] * factor / 3, .powerActiveImport, powerUnit, phase) }
            }
        } else {
            add(register[index] * factor, .energyActiveImportRegister, energyUnit)
            if profile.sendsPower { add(power[index] * factor, .powerActiveImport, powerUnit) }
        }
        if sendsExport { add(exportRegister[index] * factor, .energyActiveExportRegister, energyUnit) }
        if profile.sendsStateOfCharge { add(stateOfCharge[index], .stateOfCharge, .percent, nil, .vehicle) }
        for (slot, phase) in all.enumerated() {
            if profile.sendsCurrents { add(currents[index][slot], .currentImport, .ampere, phase) }
            if profile.sendsVoltages { add(voltages[index][slot], .voltage, .volt, phase) }
        }
        if profile.sendsTemperature {
            let value = temperature[index]
            let unit: Unit = profile.usesFahrenheit ? .fahrenheit : .celsius
            add(profile.usesFahrenheit ? value * 9 / 5 + 32 : value, .temperature, unit)
        }
        if profile.sendsOffered { add(offered * factor, .powerOffered, powerUnit) }
    }
}
