/// A session as the pipeline is given it.
public struct SampleSession: Sendable, Equatable {
    /// Its readings in order of time.
    public var readings: [Reading]
    /// What is known of it besides.
    public var facts: SessionFacts

    /// Makes a session.
    /// - Parameters:
    ///   - readings: Its readings, in order of time.
    ///   - facts: What is known of it besides.
    public init(readings: [Reading], facts: SessionFacts) {
        self.readings = readings
        self.facts = facts
    }

    /// Judges the session.
    /// - Parameter configuration: The thresholds.
    public func verdict(_ configuration: DetectionConfiguration = DetectionConfiguration()) -> Verdict {
        SessionPipeline.analyze(readings, facts: facts, configuration: configuration)
    }
}

/// A session into which a fault was put.
public struct PlantedFault: Sendable {
    /// The session with the fault.
    public var session: SampleSession
    /// What must be found.
    public var category: AnomalyCategory
    /// Where the fault begins, in milliseconds since 1970.
    public var startMilliseconds: Int64
    /// Where it ends, in milliseconds since 1970; not before its start.
    public var endMilliseconds: Int64

    /// Describes a fault that is in a session.
    public init(session: SampleSession, category: AnomalyCategory, startMilliseconds: Int64, endMilliseconds: Int64) {
        self.session = session
        self.category = category
        self.startMilliseconds = startMilliseconds
        self.endMilliseconds = endMilliseconds
    }

    /// The finding of a verdict that names the fault where it lies; nil when it was overlooked.
    /// - Parameter verdict: What the pipeline says of the session.
    public func finding(in verdict: Verdict) -> Finding? {
        verdict.findings.first { finding in
            finding.category == category && finding.startMilliseconds <= endMilliseconds
                && finding.endMilliseconds >= startMilliseconds
        }
    }
}

/// One reading of a series of totals within a session that is being changed.
struct TrackedReading {
    /// Where it lies among the session's readings.
    var index: Int
    /// When it was read.
    var time: Int64
    /// The value in the unit in which values are compared.
    var value: Double
}

extension SampleSession {
    /// The readings of a measurand that the rules read, as far as totals were sent.
    func track(_ role: SeriesRole) -> [TrackedReading] {
        let choice = readings.withUnsafeBufferPointer { SeriesSurvey($0).choice(role) }
        guard let choice, !choice.sumsPhases else { return [] }
        var tracked: [TrackedReading] = []
        for (index, reading) in readings.enumerated()
        where SeriesRole(reading.measurand) == role && reading.phase == nil && reading.location == choice.location {
            tracked.append(
                TrackedReading(index: index, time: reading.timestampMilliseconds, value: reading.commonValue))
        }
        return tracked
    }

    /// Whether the register is refreshed less often than it is read: what flowed when can then not be told.
    public var isRegisterLate: Bool {
        readings.withUnsafeBufferPointer { readings in
            guard !readings.isEmpty else { return false }
            let series = SessionSeries(readings, SeriesSurvey(readings))
            return RegisterTrack(series, facts, DetectionConfiguration()).isRefreshedLate
        }
    }

    /// Sets the value of a reading, given in the unit in which values are compared.
    mutating func set(_ index: Int, to value: Double) {
        let unit = readings[index].unit ?? readings[index].measurand.defaultUnit
        let sent = unit?.inverse(value) ?? value
        readings[index].value = (sent * 1_000_000).rounded() / 1_000_000
    }
}

extension Unit {
    /// Converts a value from the unit in which values are compared.
    func inverse(_ value: Double) -> Double {
        switch self {
        case .wattHour, .varHour, .voltAmpereHour, .watt, .voltAmpereReactive, .voltAmpere: value * 1000
        case .fahrenheit: value * 9 / 5 + 32
        case .kelvin: value + 273.15
        default: value
        }
    }
}
