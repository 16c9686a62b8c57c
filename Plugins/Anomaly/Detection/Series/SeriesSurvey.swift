/// The measurands of which a rule reads one series only.
enum SeriesRole: Int {
    case register = 0
    case exportRegister = 1
    case power = 2
    case exportPower = 3
    case stateOfCharge = 4
    case current = 5
    case voltage = 6

    init?(_ measurand: Measurand) {
        switch measurand {
        case .energyActiveImportRegister: self = .register
        case .energyActiveExportRegister: self = .exportRegister
        case .powerActiveImport: self = .power
        case .powerActiveExport: self = .exportPower
        case .stateOfCharge: self = .stateOfCharge
        case .currentImport: self = .current
        case .voltage: self = .voltage
        default: return nil
        }
    }
}

/// Which readings of a measurand make up its series.
struct SeriesChoice {
    var location: Location
    /// Whether the series is the sum of the phases, as no totals were sent.
    var sumsPhases: Bool
}

/// First look at the readings: counts what was sent of each measurand, so that one series of each can be chosen.
struct SeriesSurvey {
    /// Readings by role, location and whether they name a phase.
    private var counts = InlineArray<70, Int32>(repeating: 0)
    /// Conductors that carry energy, power or current anywhere in the session, one bit each.
    private(set) var conductors: UInt8 = 0
    private(set) var isSorted = true

    init(_ readings: UnsafeBufferPointer<Reading>) {
        var last = Int64.min
        for reading in readings {
            if reading.timestampMilliseconds < last { isSorted = false }
            last = reading.timestampMilliseconds
            guard let role = SeriesRole(reading.measurand) else { continue }
            counts[Self.index(role, reading.location, reading.phase != nil)] += 1
            if let conductor = reading.phase?.conductor,
                role.rawValue <= SeriesRole.power.rawValue
                    || (role == .current && reading.value != 0)
            {
                conductors |= 1 << UInt8(conductor)
            }
        }
    }

    /// How many readings make up the series at most.
    func count(_ role: SeriesRole, _ choice: SeriesChoice?) -> Int {
        guard let choice else { return 0 }
        return Int(counts[Self.index(role, choice.location, choice.sumsPhases)])
    }

    /// The series of totals at `Outlet`, or at the location with most of them; where there are no totals, of phases.
    func choice(_ role: SeriesRole) -> SeriesChoice? {
        location(role, phases: false).map { SeriesChoice(location: $0, sumsPhases: false) } ?? phaseChoice(role)
    }

    /// The series of phases at `Outlet`, or at the location with most of them.
    func phaseChoice(_ role: SeriesRole) -> SeriesChoice? {
        location(role, phases: true).map { SeriesChoice(location: $0, sumsPhases: true) }
    }

    private func location(_ role: SeriesRole, phases: Bool) -> Location? {
        if counts[Self.index(role, .outlet, phases)] > 0 { return .outlet }
        var best: Location?
        var most: Int32 = 0
        for location in [Location.body, .cable, .vehicle, .inlet] {
            let count = counts[Self.index(role, location, phases)]
            if count > most {
                most = count
                best = location
            }
        }
        return best
    }

    private static func index(_ role: SeriesRole, _ location: Location, _ hasPhase: Bool) -> Int {
        (role.rawValue * 5 + Int(location.rawValue)) * 2 + (hasPhase ? 1 : 0)
    }
}
