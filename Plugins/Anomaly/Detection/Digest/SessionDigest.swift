/// What a session's readings say, in the numbers that people know: the material of explanations and answers.
///
/// Not for the hot path: it is made when somebody asks.
public struct SessionDigest: Sendable {
    /// A series in short.
    public struct Trend: Sendable, Equatable {
        /// The first value.
        public var first: DigestPoint
        /// The last value.
        public var last: DigestPoint
        /// The lowest value.
        public var lowest: DigestPoint
        /// The highest value.
        public var highest: DigestPoint
        /// How many values there are.
        public var count: Int

        init?(_ samples: some Collection<Sample>) {
            guard let first = samples.first else { return nil }
            let start = DigestPoint(first)
            (self.first, last, lowest, highest, count) = (start, start, start, start, samples.count)
            for sample in samples {
                let point = DigestPoint(sample)
                last = point
                if point.value < lowest.value { lowest = point }
                if point.value > highest.value { highest = point }
            }
        }
    }

    /// A category that was found, with its numbers.
    public struct Found: Sendable, Equatable {
        /// The finding.
        public var finding: Finding
        /// Its numbers.
        public var detail: FindingDetail
    }

    /// When the first reading was taken, in milliseconds since 1970.
    public var startMilliseconds: Int64
    /// When the last reading was taken, in milliseconds since 1970.
    public var endMilliseconds: Int64
    /// How many readings there are.
    public var readings: Int
    /// How many of them the sender computed.
    public var reconstructed: Int
    /// What was delivered, in kWh; nil where the register was read less than twice.
    public var deliveredKilowattHours: Double?
    /// From the first to the last rise of the register, in milliseconds since 1970; nil where it did not rise.
    public var chargingMilliseconds: ClosedRange<Int64>?
    /// The imported power in kW, where it was sent.
    public var power: Trend?
    /// The state of charge in percent, where it was sent.
    public var stateOfCharge: Trend?
    /// The temperatures in Celsius of all places, where they were sent.
    public var temperature: Trend?
    /// The voltages in V of all phases, where they were sent.
    public var voltage: Trend?
    /// The currents in A of all phases, where they were sent.
    public var current: Trend?
    /// What was found, in the order of the findings.
    public var found: [Found]
    /// Whether the session's status is `completed`.
    public var isCompleted: Bool
    /// The thresholds that the findings were found by.
    public var configuration: DetectionConfiguration

    /// Takes a session's readings and findings together.
    /// - Parameters:
    ///   - readings: The session's readings, in any order; none gives nil.
    ///   - facts: What is known of the session.
    ///   - findings: What was found in it.
    ///   - configuration: The thresholds that were used.
    public init?(
        readings: [Reading], facts: SessionFacts, findings: [Finding],
        configuration: DetectionConfiguration = DetectionConfiguration()
    ) {
        guard !readings.isEmpty else { return nil }
        self = readings.withUnsafeBufferPointer { readings in
            SessionPipeline.withSorted(readings) { readings, survey in
                Self(SessionSeries(readings, survey), facts, findings, configuration)
            }
        }
    }

    /// What is left to say of a session whose readings are kept no longer: its findings.
    /// - Parameters:
    ///   - findings: What was found in it.
    ///   - span: From its first to its last reading, in milliseconds since 1970.
    ///   - readings: How many readings it had.
    ///   - facts: What is known of the session.
    ///   - configuration: The thresholds that were used.
    public init(
        findings: [Finding], span: ClosedRange<Int64>, readings: Int, facts: SessionFacts,
        configuration: DetectionConfiguration = DetectionConfiguration()
    ) {
        startMilliseconds = span.lowerBound
        endMilliseconds = span.upperBound
        self.readings = readings
        reconstructed = 0
        found = findings.map { Found(finding: $0, detail: .unknown) }
        isCompleted = facts.isCompleted
        self.configuration = configuration
    }

    private init(
        _ series: SessionSeries, _ facts: SessionFacts, _ findings: [Finding], _ configuration: DetectionConfiguration
    ) {
        let track = RegisterTrack(series, facts, configuration)
        startMilliseconds = series.start
        endMilliseconds = series.end
        readings = series.readings
        reconstructed = series.reconstructed
        deliveredKilowattHours = series.register.count > 1 ? track.delivered : nil
        let rises = DeliveredEnergy.rises(track)
        if let first = rises.first, let last = rises.last {
            chargingMilliseconds = first.startMilliseconds...last.endMilliseconds
        }
        power = Trend(series.power)
        stateOfCharge = Trend(series.stateOfCharge)
        temperature = Trend(series.temperatures.map(\.sample))
        let connected = configuration.electrical.voltageLowest...configuration.electrical.voltageHighest
        voltage = Trend(series.voltages.lazy.map(\.sample).filter { connected.contains($0.value) })
        current = Trend(Self.currents(series))
        let reader = DetailReader(series: series, track: track, facts: facts, configuration: configuration)
        found = findings.map { Found(finding: $0, detail: reader.detail($0)) }
        isCompleted = facts.isCompleted
        self.configuration = configuration
    }

    /// The current of each phase that was read.
    private static func currents(_ series: SessionSeries) -> [Sample] {
        series.currents.flatMap { moment in
            (0..<3).filter { moment.phases & (1 << UInt8($0)) != 0 }.map {
                Sample(time: moment.time, value: moment.currents[$0], isReconstructed: moment.isReconstructed)
            }
        }
    }
}
