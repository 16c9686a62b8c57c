import AnomalyDetection

/// A vehicle as the simulator builds it.
struct Vehicle {
    /// Usable energy of the battery in kWh.
    var battery: Double
    /// Greatest power in kW with alternating and with direct current.
    var alternatingPower: Double
    var directPower: Double
    /// Phases that its charger uses.
    var phases: Int
    /// State of charge in percent from which the power tapers.
    var taperStart: Double
    var isHybrid: Bool

    /// Builds one that can use the connector.
    static func build(isDirect: Bool, _ random: inout RandomSource) -> Vehicle {
        if !isDirect, random.chance(0.25) {
            return Vehicle(
                battery: random.number(8...18), alternatingPower: random.pick([2.3, 3.7, 3.7, 7.4]), directPower: 0,
                phases: 1, taperStart: random.number(90...96), isHybrid: true)
        }
        let phases = random.chance(0.75) ? 3 : 1
        return Vehicle(
            battery: random.number(38...95), alternatingPower: phases == 3 ? random.pick([11.0, 11, 22]) : 7.4,
            directPower: random.number(60...230), phases: phases,
            taperStart: isDirect ? random.number(45...75) : random.number(92...97), isHybrid: false)
    }

    /// Power in kW that the vehicle takes at a state of charge: constant first, then an ever lower one.
    func power(at stateOfCharge: Double, limit: Double, isDirect: Bool) -> Double {
        guard stateOfCharge < 100 else { return 0 }
        let greatest = min(limit, isDirect ? directPower : alternatingPower)
        guard stateOfCharge > taperStart else { return greatest }
        let share = (100 - stateOfCharge) / (100 - taperStart)
        return greatest * max(0.04, share)
    }
}
