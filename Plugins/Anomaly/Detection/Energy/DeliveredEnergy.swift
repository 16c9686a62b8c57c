/// What a session delivered and when: the sum of the rises of its register of imported energy.
///
/// A fall counts as 0, and so does a rise that is an energy spike; where the register comes back down from one, the
/// readings in between are left out. The way back up after an energy pit counts only as far as it exceeds the value
/// before the dip.
public struct DeliveredEnergy: Sendable, Equatable {
    /// A rise that counts, spread evenly over the time between its two readings.
    public struct Rise: Sendable, Equatable {
        /// When it begins, in milliseconds since 1970.
        public var startMilliseconds: Int64
        /// When it ends, in milliseconds since 1970; later than its start.
        public var endMilliseconds: Int64
        /// How much was delivered, in kWh; more than 0.
        public var kilowattHours: Double
    }

    /// The rises that count, in order of time.
    public var rises: [Rise]

    /// The sum of the rises, in kWh.
    public var totalKilowattHours: Double {
        rises.reduce(0) { $0 + $1.kilowattHours }
    }

    /// What is known to have been delivered.
    /// - Parameter rises: The rises that count, in order of time.
    public init(rises: [Rise]) {
        self.rises = rises
    }

    /// Measures what a session delivered.
    /// - Parameters:
    ///   - readings: The session's readings, in any order.
    ///   - facts: What is known of the session.
    ///   - configuration: The thresholds of spikes and pits.
    public init(
        readings: [Reading], facts: SessionFacts, configuration: DetectionConfiguration = DetectionConfiguration()
    ) {
        rises = readings.withUnsafeBufferPointer { readings in
            SessionPipeline.withSorted(readings) { readings, survey in
                guard !readings.isEmpty else { return [] }
                let series = SessionSeries(readings, survey)
                return Self.rises(
                    RegisterTrack(series, facts, configuration))
            }
        }
    }

    static func rises(_ track: RegisterTrack) -> [Rise] {
        var rises: [Rise] = []
        for index in 1..<max(1, track.points.count) {
            let amount = track.points[index].delivered - track.points[index - 1].delivered
            guard amount > 0 else { continue }
            rises.append(
                Rise(
                    startMilliseconds: track.points[index - 1].time, endMilliseconds: track.points[index].time,
                    kilowattHours: amount))
        }
        return rises
    }

    /// Spreads the energy over the hours of UTC.
    /// - Parameter body: Called in order of time with the start of an hour in milliseconds since 1970 and what was
    ///   delivered in it, in kWh; an hour may come several times, its parts add up.
    public func spread(_ body: (_ hourMilliseconds: Int64, _ kilowattHours: Double) -> Void) {
        let hour: Int64 = 3_600_000
        for rise in rises {
            let duration = Double(rise.endMilliseconds - rise.startMilliseconds)
            var start = rise.startMilliseconds
            while start < rise.endMilliseconds {
                let remainder = start % hour
                let hourStart = start - (remainder < 0 ? remainder + hour : remainder)
                let end = min(rise.endMilliseconds, hourStart + hour)
                body(hourStart, rise.kilowattHours * Double(end - start) / duration)
                start = end
            }
        }
    }
}
