import AnomalyDetection

/// What the simulator lets happen in a session besides charging at full power.
struct CoursePlan {
    var start: Int64
    var stateOfCharge: Double
    /// State of charge at which the vehicle stops.
    var target: Double
    /// Time plugged in, in milliseconds.
    var duration: Int64
    /// Whether load management lowers and pauses the power.
    var isManaged: Bool
    /// Whether the cabin is heated while the vehicle waits.
    var heatsCabin: Bool
    /// Whether energy is fed back for a while.
    var feedsBack: Bool
    /// Whether nothing flows at all.
    var isIdle: Bool
}

/// What truly happened in a session, in steps of ten seconds.
struct ChargingCourse {
    static let step: Int64 = 10_000

    var start: Int64
    /// Power in kW, negative where energy is fed back.
    var power: [Double] = []
    /// Imported and exported energy until each step, in kWh.
    var imported: [Double] = []
    var exported: [Double] = []
    /// State of charge in percent.
    var stateOfCharge: [Double] = []
    /// Temperature at the outlet in Celsius.
    var temperature: [Double] = []
    /// Phases in use.
    var phases: Int

    init(
        _ plan: CoursePlan, _ vehicle: Vehicle, limit: Double, isDirect: Bool, _ random: inout RandomSource
    ) {
        start = plan.start
        phases = isDirect ? 0 : min(vehicle.phases, limit > 4 ? 3 : 1)
        let steps = Int(plan.duration / Self.step) + 1
        power.reserveCapacity(steps)
        imported.reserveCapacity(steps)
        exported.reserveCapacity(steps)
        stateOfCharge.reserveCapacity(steps)
        temperature.reserveCapacity(steps)
        let ramp = random.number(2...9)
        let feedStart = random.number(0.2...0.4)
        var feedsBack = plan.feedsBack
        var management = LoadManagement(isActive: plan.isManaged, &random)
        var state = (soc: plan.stateOfCharge, heat: random.number(12...28), imported: 0.0, exported: 0.0)
        let ambient = state.heat
        let perStep = Double(Self.step) / 3_600_000
        for index in 0..<steps {
            var power = 0.0
            let progress = Double(index) / Double(steps)
            if progress > feedStart + 0.3 || state.soc <= 25 && progress > feedStart { feedsBack = false }
            if feedsBack, progress > feedStart {
                power = -0.8 * min(limit, 10)
            } else if !plan.isIdle, state.soc < plan.target {
                let allowed = limit * management.share(&random)
                power = vehicle.power(at: state.soc, limit: allowed, isDirect: isDirect) * min(1, Double(index) / ramp)
                power *= 1 + 0.004 * random.normal()
            } else if plan.heatsCabin, (index / 60).isMultiple(of: 3) {
                power = 1.6
            }
            self.power.append(power)
            imported.append(state.imported)
            exported.append(state.exported)
            stateOfCharge.append(state.soc)
            temperature.append(state.heat)
            if power > 0 { state.imported += power * perStep } else { state.exported -= power * perStep }
            let isHeating = plan.heatsCabin && state.soc >= plan.target
            if !isHeating { state.soc = min(100, state.soc + 92 * power * perStep / vehicle.battery) }
            state.heat += (ambient + 32 * max(0, power) / limit - state.heat) * 0.008
        }
    }

    /// The step of a time.
    func index(_ time: Int64) -> Int {
        min(power.count - 1, Int((time - start) / Self.step))
    }
}

/// Lowers, pauses and restores the power of a session.
private struct LoadManagement {
    var isActive: Bool
    /// Steps until the next change; the first minutes are at full power.
    private var remaining: Int
    private var current = 1.0

    init(isActive: Bool, _ random: inout RandomSource) {
        self.isActive = isActive
        remaining = random.whole(40...240)
    }

    /// The share of the limit allowed in the next step.
    mutating func share(_ random: inout RandomSource) -> Double {
        guard isActive else { return 1 }
        if remaining == 0 {
            remaining = random.whole(90...400)
            current = random.pick([1, 1, 0.8, 0.6, 0.4, 0])
        }
        remaining -= 1
        return current
    }
}
