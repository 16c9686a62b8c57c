import AnomalyDetection

/// A connector as the simulator builds it.
public struct SimulatedConnector: Sendable, Equatable {
    /// Its number within the station, as text.
    public var identifier: String
    /// Its EVSE identifier.
    public var evseIdentifier: String
    /// Rated power in kW.
    public var maximumPowerKilowatts: Double
    /// Whether it charges with direct current.
    public var isDirectCurrent: Bool
    /// Whether its sessions name the rated power.
    var namesRating: Bool
    var meter: MeterProfile
}

/// A station as the simulator builds it.
public struct SimulatedStation: Sendable, Equatable {
    /// Its identifier, unique in a simulation.
    public var identifier: String
    /// Street and number.
    public var street: String
    /// City.
    public var city: String
    /// Price of a kWh.
    public var pricePerKilowattHour: Double
    /// Its connectors.
    public var connectors: [SimulatedConnector]
}

/// How a connector meters and what it sends.
struct MeterProfile: Sendable, Equatable {
    /// Step of the register in kWh.
    var registerStep: Double
    /// Whether energies and powers are sent in kWh and kW.
    var usesKilo: Bool
    /// How often the register is refreshed, in milliseconds; 0 is at each reading.
    var refresh: Int64
    /// Distance of the readings in milliseconds.
    var interval: Int64
    var sendsPower: Bool
    var sendsStateOfCharge: Bool
    var sendsCurrents: Bool
    var sendsVoltages: Bool
    var sendsTemperature: Bool
    var sendsOffered: Bool
    /// Whether registers and powers are sent for each phase instead of as a total.
    var sendsPhasesOnly: Bool
    /// Whether temperatures are sent in Fahrenheit.
    var usesFahrenheit: Bool
}

extension SimulatedStation {
    private static let streets = [
        "Harbour Street", "Mill Lane", "Station Road", "Market Square", "Orchard Way", "Quay",
    ]
    private static let cities = ["Lindau", "Oban", "Leiden", "Graz", "Vejle", "Annecy"]

    /// Builds a station.
    static func build(_ number: Int, _ random: inout RandomSource) -> SimulatedStation {
        let digits = String(number)
        let identifier = "SIM-" + String(repeating: "0", count: max(0, 3 - digits.count)) + digits
        let isDirect = random.chance(0.45)
        let power = isDirect ? random.pick([50.0, 150, 300]) : random.pick([3.7, 11, 22, 22])
        var connectors: [SimulatedConnector] = []
        for index in 1...random.whole(1...3) {
            connectors.append(
                SimulatedConnector(
                    identifier: String(index), evseIdentifier: "DE*SIM*E\(number)*\(index)",
                    maximumPowerKilowatts: power, isDirectCurrent: isDirect, namesRating: random.chance(0.8),
                    meter: MeterProfile.build(isDirect: isDirect, phases: power > 4 ? 3 : 1, &random)))
        }
        return SimulatedStation(
            identifier: identifier, street: "\(random.pick(streets)) \(random.whole(1...90))",
            city: random.pick(cities), pricePerKilowattHour: Double(random.whole(29...79)) / 100,
            connectors: connectors)
    }
}

extension MeterProfile {
    /// Builds what one connector sends.
    static func build(isDirect: Bool, phases: Int, _ random: inout RandomSource) -> MeterProfile {
        let minute: Int64 = 60_000
        let intervals: [Int64] = isDirect ? [1, 1, 2, 5] : [1, 5, 5, 10, 15]
        let sendsPhasesOnly = !isDirect && phases == 3 && random.chance(0.08)
        return MeterProfile(
            registerStep: random.pick([0.001, 0.001, 0.01, 0.1]), usesKilo: random.chance(0.5),
            refresh: random.chance(0.08) ? 15 * minute : 0, interval: random.pick(intervals) * minute,
            sendsPower: random.chance(0.8), sendsStateOfCharge: random.chance(isDirect ? 0.9 : 0.2),
            sendsCurrents: !isDirect && random.chance(0.6), sendsVoltages: !isDirect && random.chance(0.5),
            sendsTemperature: random.chance(0.3), sendsOffered: random.chance(0.3), sendsPhasesOnly: sendsPhasesOnly,
            usesFahrenheit: random.chance(0.1))
    }
}
