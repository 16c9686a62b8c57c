/// What a reading measures, in the words of OCPP. The raw codes are stored and never change.
public enum Measurand: UInt8, Sendable, CaseIterable {
    case currentExport = 0
    case currentImport = 1
    case currentOffered = 2
    case energyActiveExportInterval = 3
    case energyActiveExportRegister = 4
    case energyActiveImportInterval = 5
    case energyActiveImportRegister = 6
    case energyActiveNet = 7
    case energyApparentExport = 8
    case energyApparentImport = 9
    case energyApparentNet = 10
    case energyReactiveExportInterval = 11
    case energyReactiveExportRegister = 12
    case energyReactiveImportInterval = 13
    case energyReactiveImportRegister = 14
    case energyReactiveNet = 15
    case frequency = 16
    case powerActiveExport = 17
    case powerActiveImport = 18
    case powerFactor = 19
    case powerOffered = 20
    case powerReactiveExport = 21
    case powerReactiveImport = 22
    case revolutions = 23
    case stateOfCharge = 24
    case temperature = 25
    case voltage = 26

    /// The name in requests and responses.
    public var wireName: StaticString {
        switch self {
        case .currentExport: "Current.Export"
        case .currentImport: "Current.Import"
        case .currentOffered: "Current.Offered"
        case .energyActiveExportInterval: "Energy.Active.Export.Interval"
        case .energyActiveExportRegister: "Energy.Active.Export.Register"
        case .energyActiveImportInterval: "Energy.Active.Import.Interval"
        case .energyActiveImportRegister: "Energy.Active.Import.Register"
        case .energyActiveNet: "Energy.Active.Net"
        case .energyApparentExport: "Energy.Apparent.Export"
        case .energyApparentImport: "Energy.Apparent.Import"
        case .energyApparentNet: "Energy.Apparent.Net"
        case .energyReactiveExportInterval: "Energy.Reactive.Export.Interval"
        case .energyReactiveExportRegister: "Energy.Reactive.Export.Register"
        case .energyReactiveImportInterval: "Energy.Reactive.Import.Interval"
        case .energyReactiveImportRegister: "Energy.Reactive.Import.Register"
        case .energyReactiveNet: "Energy.Reactive.Net"
        case .frequency: "Frequency"
        case .powerActiveExport: "Power.Active.Export"
        case .powerActiveImport: "Power.Active.Import"
        case .powerFactor: "Power.Factor"
        case .powerOffered: "Power.Offered"
        case .powerReactiveExport: "Power.Reactive.Export"
        case .powerReactiveImport: "Power.Reactive.Import"
        case .revolutions: "RPM"
        case .stateOfCharge: "SoC"
        case .temperature: "Temperature"
        case .voltage: "Voltage"
        }
    }

    /// The measurand of a wire name, or nil when there is none of that name.
    /// - Parameter name: The bytes of the name, borrowed for the call.
    public init?(wireName name: UnsafeRawBufferPointer) {
        // Nearly all readings are of these; the rest is found by looking through all.
        if WireName.matches(name, Measurand.energyActiveImportRegister.wireName) {
            self = .energyActiveImportRegister
        } else if WireName.matches(name, Measurand.powerActiveImport.wireName) {
            self = .powerActiveImport
        } else if let match = WireName.find(name, among: Measurand.allCases, by: { $0.wireName }) {
            self = match
        } else {
            return nil
        }
    }

    /// The unit a value has when none was sent; nil for the power factor, which takes none.
    public var defaultUnit: Unit? {
        switch self {
        case .currentExport, .currentImport, .currentOffered: .ampere
        case .energyActiveExportInterval, .energyActiveExportRegister, .energyActiveImportInterval,
            .energyActiveImportRegister, .energyActiveNet:
            .wattHour
        case .energyApparentExport, .energyApparentImport, .energyApparentNet: .voltAmpereHour
        case .energyReactiveExportInterval, .energyReactiveExportRegister, .energyReactiveImportInterval,
            .energyReactiveImportRegister, .energyReactiveNet:
            .varHour
        case .frequency: .hertz
        case .powerActiveExport, .powerActiveImport, .powerOffered: .watt
        case .powerFactor: nil
        case .powerReactiveExport, .powerReactiveImport: .voltAmpereReactive
        case .revolutions: .revolutionsPerMinute
        case .stateOfCharge: .percent
        case .temperature: .celsius
        case .voltage: .volt
        }
    }

    /// Whether a value of this measurand may be given in the unit.
    /// - Parameter unit: The unit sent, or nil when none was.
    public func fits(_ unit: Unit?) -> Bool {
        guard let unit else { return true }
        guard let usual = defaultUnit else { return false }
        return usual.quantity == unit.quantity
    }
}
