/// Unit of a value. The raw codes are stored and never change.
public enum Unit: UInt8, Sendable, CaseIterable {
    case wattHour = 0
    case kilowattHour = 1
    case varHour = 2
    case kilovarHour = 3
    case voltAmpereHour = 4
    case kilovoltAmpereHour = 5
    case watt = 6
    case kilowatt = 7
    case voltAmpereReactive = 8
    case kilovoltAmpereReactive = 9
    case voltAmpere = 10
    case kilovoltAmpere = 11
    case ampere = 12
    case volt = 13
    case hertz = 14
    case celsius = 15
    case fahrenheit = 16
    case kelvin = 17
    case percent = 18
    case revolutionsPerMinute = 19

    /// What a unit measures; units of one quantity can stand for each other.
    public enum Quantity: Sendable {
        case activeEnergy, reactiveEnergy, apparentEnergy, activePower, reactivePower, apparentPower
        case current, voltage, frequency, temperature, share, speed
    }

    /// The name in requests and responses.
    public var wireName: StaticString {
        switch self {
        case .wattHour: "Wh"
        case .kilowattHour: "kWh"
        case .varHour: "varh"
        case .kilovarHour: "kvarh"
        case .voltAmpereHour: "VAh"
        case .kilovoltAmpereHour: "kVAh"
        case .watt: "W"
        case .kilowatt: "kW"
        case .voltAmpereReactive: "var"
        case .kilovoltAmpereReactive: "kvar"
        case .voltAmpere: "VA"
        case .kilovoltAmpere: "kVA"
        case .ampere: "A"
        case .volt: "V"
        case .hertz: "Hz"
        case .celsius: "Celsius"
        case .fahrenheit: "Fahrenheit"
        case .kelvin: "K"
        case .percent: "Percent"
        case .revolutionsPerMinute: "RPM"
        }
    }

    /// The unit of a wire name, or nil when there is none of that name.
    /// - Parameter name: The bytes of the name, borrowed for the call.
    public init?(wireName name: UnsafeRawBufferPointer) {
        guard let match = WireName.find(name, among: Unit.allCases, by: { $0.wireName }) else { return nil }
        self = match
    }

    /// What the unit measures.
    public var quantity: Quantity {
        switch self {
        case .wattHour, .kilowattHour: .activeEnergy
        case .varHour, .kilovarHour: .reactiveEnergy
        case .voltAmpereHour, .kilovoltAmpereHour: .apparentEnergy
        case .watt, .kilowatt: .activePower
        case .voltAmpereReactive, .kilovoltAmpereReactive: .reactivePower
        case .voltAmpere, .kilovoltAmpere: .apparentPower
        case .ampere: .current
        case .volt: .voltage
        case .hertz: .frequency
        case .celsius, .fahrenheit, .kelvin: .temperature
        case .percent: .share
        case .revolutionsPerMinute: .speed
        }
    }

    /// Converts a value of this unit to the unit in which values are compared: kWh, kW, Percent, V, A or Celsius
    /// (and kvarh, kVAh, kvar, kVA, Hz and RPM for what no rule reads).
    /// - Parameter value: The value as it was sent.
    @inlinable
    public func common(_ value: Double) -> Double {
        switch self {
        case .wattHour, .varHour, .voltAmpereHour, .watt, .voltAmpereReactive, .voltAmpere: value / 1000
        case .fahrenheit: (value - 32) * 5 / 9
        case .kelvin: value - 273.15
        default: value
        }
    }
}
