/// Kind of anomaly in the readings of a session. The raw codes are stored and never change.
public enum AnomalyCategory: UInt8, Sendable, CaseIterable {
    case registerDecrease = 0
    case energyPit = 1
    case energyPlateau = 2
    case energySpike = 3
    case energyNegative = 4
    case zeroEnergy = 5
    case powerDrop = 6
    case powerSpike = 7
    case powerEnergyMismatch = 8
    case stateOfChargeDecrease = 9
    case stateOfChargeJump = 10
    case stateOfChargeOutOfRange = 11
    case phaseImbalance = 12
    case voltageDeviation = 13
    case overheating = 14
    case meterValueGap = 15

    /// The code in requests and responses.
    public var wireName: StaticString {
        switch self {
        case .registerDecrease: "KWH_DECREASE"
        case .energyPit: "ENERGY_PIT"
        case .energyPlateau: "ENERGY_PLATEAU"
        case .energySpike: "ENERGY_SPIKE"
        case .energyNegative: "ENERGY_NEGATIVE"
        case .zeroEnergy: "ZERO_ENERGY"
        case .powerDrop: "POWER_DROP"
        case .powerSpike: "POWER_SPIKE"
        case .powerEnergyMismatch: "POWER_ENERGY_MISMATCH"
        case .stateOfChargeDecrease: "SOC_DECREASE"
        case .stateOfChargeJump: "SOC_JUMP"
        case .stateOfChargeOutOfRange: "SOC_OUT_OF_RANGE"
        case .phaseImbalance: "PHASE_IMBALANCE"
        case .voltageDeviation: "VOLTAGE_DEVIATION"
        case .overheating: "OVERHEATING"
        case .meterValueGap: "METER_VALUE_GAP"
        }
    }

    /// The category of a wire name, or nil when there is none of that name.
    /// - Parameter name: The bytes of the name, borrowed for the call.
    public init?(wireName name: UnsafeRawBufferPointer) {
        guard let match = WireName.find(name, among: AnomalyCategory.allCases, by: { $0.wireName }) else { return nil }
        self = match
    }

    /// The identifier in paths and listings: the code in lower case with hyphens.
    public var identifier: StaticString {
        switch self {
        case .registerDecrease: "kwh-decrease"
        case .energyPit: "energy-pit"
        case .energyPlateau: "energy-plateau"
        case .energySpike: "energy-spike"
        case .energyNegative: "energy-negative"
        case .zeroEnergy: "zero-energy"
        case .powerDrop: "power-drop"
        case .powerSpike: "power-spike"
        case .powerEnergyMismatch: "power-energy-mismatch"
        case .stateOfChargeDecrease: "soc-decrease"
        case .stateOfChargeJump: "soc-jump"
        case .stateOfChargeOutOfRange: "soc-out-of-range"
        case .phaseImbalance: "phase-imbalance"
        case .voltageDeviation: "voltage-deviation"
        case .overheating: "overheating"
        case .meterValueGap: "meter-value-gap"
        }
    }

    /// The category of an identifier, or nil when there is none.
    /// - Parameter identifier: The bytes of the identifier, borrowed for the call.
    public init?(identifier: UnsafeRawBufferPointer) {
        let match = WireName.find(identifier, among: AnomalyCategory.allCases, by: { $0.identifier })
        guard let match else { return nil }
        self = match
    }

    /// A short English name for people.
    public var name: StaticString {
        switch self {
        case .registerDecrease: "Register decrease"
        case .energyPit: "Energy pit"
        case .energyPlateau: "Energy plateau"
        case .energySpike: "Energy spike"
        case .energyNegative: "Negative energy"
        case .zeroEnergy: "Zero energy"
        case .powerDrop: "Power reading lost"
        case .powerSpike: "Power spike"
        case .powerEnergyMismatch: "Power and energy disagree"
        case .stateOfChargeDecrease: "State of charge decrease"
        case .stateOfChargeJump: "State of charge jump"
        case .stateOfChargeOutOfRange: "State of charge out of range"
        case .phaseImbalance: "Phase imbalance"
        case .voltageDeviation: "Voltage deviation"
        case .overheating: "Overheating"
        case .meterValueGap: "Gap in the readings"
        }
    }

    /// One English sentence that says what was found.
    public var summary: StaticString {
        switch self {
        case .registerDecrease:
            "The register of imported energy fell between two readings and went on from the lower level."
        case .energyPit:
            "The register of imported energy fell and jumped back to its earlier value, as if readings had been lost."
        case .energyPlateau:
            "Power flowed for twenty minutes or longer while the register of imported energy stood still."
        case .energySpike:
            "The register of imported energy rose by more than the connector can deliver in that time."
        case .energyNegative:
            "A register of imported or exported energy read below zero."
        case .zeroEnergy:
            "A completed session moved no energy, and no reading says why."
        case .powerDrop:
            "The power read next to nothing while the register of imported energy went on rising."
        case .powerSpike:
            "A power reading exceeds what the connector can give or what the energy around it allows."
        case .powerEnergyMismatch:
            "The energy over a stretch of the session is not what the power readings give."
        case .stateOfChargeDecrease:
            "The state of charge fell although the vehicle was being charged."
        case .stateOfChargeJump:
            "The state of charge rose by far more than the energy delivered explains."
        case .stateOfChargeOutOfRange:
            "A state of charge below 0 or above 100 percent was read."
        case .phaseImbalance:
            "The currents of the loaded phases differed widely for ten minutes or longer."
        case .voltageDeviation:
            "The voltage of a phase was far from the nominal voltage at two moments in a row."
        case .overheating:
            "A temperature reached a level that is dangerous for the equipment."
        case .meterValueGap:
            "No reading came for more than an hour although charging went on."
        }
    }
}
