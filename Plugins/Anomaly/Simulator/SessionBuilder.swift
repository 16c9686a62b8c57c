import AnomalyDetection

/// Builds one session of a connector, with or without a fault.
struct SessionBuilder {
    let station: SimulatedStation
    let connector: SimulatedConnector
    var random: RandomSource
    /// What the session built last truly imported, in kWh.
    private(set) var delivered = 0.0

    init(station: SimulatedStation, connector: SimulatedConnector, random: RandomSource) {
        self.station = station
        self.connector = connector
        self.random = random
    }

    /// Builds a session.
    mutating func build(
        identifier: String, start: Int64, register: Double, fault: AnomalyCategory?
    ) -> SimulatedSession {
        // Not every course has a place for every fault: others are tried until one has.
        if let fault {
            for _ in 0..<60 {
                if let session = attempt(identifier, start, register, fault) { return session }
            }
        }
        return attempt(identifier, start, register, nil) ?? idleSession(identifier)
    }

    private mutating func attempt(
        _ identifier: String, _ start: Int64, _ register: Double, _ fault: AnomalyCategory?
    ) -> SimulatedSession? {
        var outlet = connector
        if let fault { outlet.prepare(for: fault, &random) }
        let isDirect = outlet.isDirectCurrent
        var vehicle = Vehicle.build(isDirect: isDirect, &random)
        var plan = ordinaryPlan(start, isDirect: isDirect)
        if let fault {
            plan.prepare(for: fault, interval: outlet.meter.interval, isDirect: isDirect, &random)
            if !isDirect { vehicle.prepareForFault() }
        }
        if vehicle.isHybrid { plan.feedsBack = false }
        let limit = outlet.maximumPowerKilowatts
        let course = ChargingCourse(plan, vehicle, limit: limit, isDirect: isDirect, &random)
        delivered = course.imported.last ?? 0
        var track = MeterTrack(
            course, outlet.meter, base: register, offered: limit, sendsExport: plan.feedsBack, &random)
        var faults: [LabelledFault] = []
        if let fault {
            var injector = FaultInjector(
                random: random.branch(), rating: outlet.namesRating ? limit : nil)
            guard let label = injector.inject(fault, into: &track) else { return nil }
            faults.append(label)
        }
        return SimulatedSession(
            identifier: identifier, station: station, connector: outlet,
            maximumPowerKilowatts: outlet.namesRating ? limit : nil,
            isCompleted: fault != nil || delivered < 0.06 || random.chance(0.97), readings: track.readings(),
            faults: faults)
    }

    private func idleSession(_ identifier: String) -> SimulatedSession {
        SimulatedSession(
            identifier: identifier, station: station, connector: connector, maximumPowerKilowatts: nil,
            isCompleted: false, readings: [], faults: [])
    }

    /// What happens in an ordinary session.
    private mutating func ordinaryPlan(_ start: Int64, isDirect: Bool) -> CoursePlan {
        let hours = isDirect ? random.number(0.2...1.2) : random.number(0.6...9)
        let arrival = isDirect ? random.number(8...55) : random.number(10...85)
        return CoursePlan(
            start: start, stateOfCharge: arrival,
            target: random.chance(0.6) ? 100 : random.number(max(80, arrival + 5)...99),
            duration: Int64(hours * 3_600_000) / 1000 * 1000, isManaged: random.chance(isDirect ? 0.1 : 0.3),
            heatsCabin: random.chance(0.1), feedsBack: !isDirect && random.chance(0.03), isIdle: false)
    }
}

extension SimulatedConnector {
    /// Lets the connector send what makes a fault visible.
    mutating func prepare(for fault: AnomalyCategory, _ random: inout RandomSource) {
        let minute: Int64 = 60_000
        meter.refresh = 0
        switch fault {
        case .energyPlateau, .powerEnergyMismatch:
            meter.sendsPower = true
            meter.registerStep = min(meter.registerStep, 0.01)
        case .powerDrop, .powerSpike:
            meter.sendsPower = true
            meter.interval = min(meter.interval, random.pick([1, 2, 5]) * minute)
        case .stateOfChargeDecrease:
            // Only fast charging is sure to import enough before the state of charge has risen again.
            isDirectCurrent = true
            maximumPowerKilowatts = max(50, maximumPowerKilowatts)
            meter.sendsStateOfCharge = true
            meter.sendsPhasesOnly = false
            (meter.sendsCurrents, meter.sendsVoltages) = (false, false)
        case .stateOfChargeJump, .stateOfChargeOutOfRange, .zeroEnergy:
            meter.sendsStateOfCharge = fault != .zeroEnergy || meter.sendsStateOfCharge
        case .phaseImbalance, .voltageDeviation:
            isDirectCurrent = false
            maximumPowerKilowatts = fault == .phaseImbalance ? 22 : min(22, maximumPowerKilowatts)
            (meter.sendsCurrents, meter.sendsVoltages) = (true, true)
        case .overheating: meter.sendsTemperature = true
        case .meterValueGap: meter.interval = min(meter.interval, random.pick([1, 5, 10]) * minute)
        case .registerDecrease, .energyPit, .energySpike, .energyNegative: break
        }
    }
}

extension CoursePlan {
    /// Lets the session last long enough at full power for a fault to have a place.
    mutating func prepare(
        for fault: AnomalyCategory, interval: Int64, isDirect: Bool, _ random: inout RandomSource
    ) {
        let hour: Int64 = 3_600_000
        isManaged = false
        feedsBack = false
        target = 100
        stateOfCharge = random.number(12...35)
        isIdle = fault == .zeroEnergy
        switch fault {
        case .meterValueGap, .energyPlateau, .powerEnergyMismatch:
            duration = max(duration, 3 * hour, 16 * interval)
        case .powerDrop: duration = max(duration, 2 * hour)
        case .zeroEnergy:
            duration = max(duration / 4, hour / 3)
            heatsCabin = false
        default: duration = max(duration, isDirect ? hour / 2 : 2 * hour, 16 * interval)
        }
    }
}

extension Vehicle {
    /// Makes the battery large enough to charge at full power for hours.
    mutating func prepareForFault() {
        battery = max(battery, 70)
        isHybrid = false
        phases = 3
        alternatingPower = max(alternatingPower, 11)
    }
}
