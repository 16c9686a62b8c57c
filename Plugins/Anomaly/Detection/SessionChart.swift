/// The readings of a session by moment, brought to common units: what a chart of the session shows.
public struct SessionChart: Sendable {
    /// The readings of one moment.
    public struct Point: Sendable, Equatable {
        /// The moment, in milliseconds since 1970.
        public var timestampMilliseconds: Int64
        /// The register of imported energy, in kWh.
        public var energy: Double?
        /// The state of charge as the vehicle reported it, in percent.
        public var stateOfCharge: Double?
        /// The imported power, in kW.
        public var power: Double?
        /// The state of charge as the pipeline used it, in percent: what was reported, unless that means unknown, or
        /// what was filled in from the energy.
        public var stateOfChargeUsed: Double?
    }

    /// One for each moment at which anything was read, in order of time.
    public let points: [Point]

    /// Draws up the chart of a session.
    /// - Parameters:
    ///   - readings: The session's readings, best in order of time; others are sorted first.
    ///   - facts: What is known of the session besides.
    ///   - configuration: The thresholds.
    public init(
        _ readings: [Reading], facts: SessionFacts, configuration: DetectionConfiguration = DetectionConfiguration()
    ) {
        points = readings.withUnsafeBufferPointer { readings in
            guard !readings.isEmpty else { return [] }
            return SessionPipeline.withSorted(readings) { readings, survey in
                let series = SessionSeries(readings, survey)
                let register = RegisterTrack(series, facts, configuration)
                return Self.points(readings, series, StateOfChargeTrack(series, register, configuration))
            }
        }
    }

    private static func points(
        _ readings: UnsafeBufferPointer<Reading>, _ series: SessionSeries, _ track: StateOfChargeTrack
    ) -> [Point] {
        var points: [Point] = []
        points.reserveCapacity(readings.count)
        for reading in readings where points.last?.timestampMilliseconds != reading.timestampMilliseconds {
            points.append(Point(timestampMilliseconds: reading.timestampMilliseconds))
        }
        enter(series.register.lazy.map { ($0.time, $0.value) }, into: &points, as: \.energy)
        enter(series.power.lazy.map { ($0.time, $0.value) }, into: &points, as: \.power)
        enter(series.stateOfCharge.lazy.map { ($0.time, $0.value) }, into: &points, as: \.stateOfCharge)
        enter(track.points.lazy.map { ($0.time, $0.value) }, into: &points, as: \.stateOfChargeUsed)
        enter(
            track.filled.lazy.map { ($0.timestampMilliseconds, $0.percent) }, into: &points, as: \.stateOfChargeUsed)
        return points
    }

    /// Enters a series, which is in order of time like the points.
    private static func enter(
        _ series: some Sequence<(time: Int64, value: Double)>, into points: inout [Point],
        as member: WritableKeyPath<Point, Double?>
    ) {
        var index = 0
        for (time, value) in series {
            while index < points.count, points[index].timestampMilliseconds < time { index += 1 }
            guard index < points.count, points[index].timestampMilliseconds == time else { continue }
            points[index][keyPath: member] = value
        }
    }
}
