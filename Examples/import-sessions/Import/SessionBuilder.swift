public import ChargingClient

/// Turns records into sessions by keeping one running register for each connector, as its meter would have shown it.
public struct SessionBuilder: Sendable {
    /// Factor on all energies.
    public var scale: Double
    /// Days by which all times are moved.
    public var shiftDays: Int

    /// What the registers show before the first session, in kWh: a meter that is no longer new.
    private static let firstReading = 10_000.0

    /// Creates a builder.
    public init(scale: Double = 1, shiftDays: Int = 0) {
        self.scale = scale
        self.shiftDays = shiftDays
    }

    /// Makes the sessions of `records`, in order of their starts.
    public func sessions(_ records: [ChargingRecord]) -> [NewSession] {
        let ordered = records.sorted { one, other in
            let (first, second) = (one.steps[0].time, other.steps[0].time)
            return first.seconds != second.seconds ? first < second : one.sessionId < other.sessionId
        }
        var registers: [[String]: Double] = [:]
        return ordered.map { record in
            let place = [record.stationId, record.connectorId ?? ""]
            let start = registers[place] ?? Self.firstReading * scale
            registers[place] = start + (record.steps.last?.energy ?? 0) * scale
            return session(record, from: start)
        }
    }

    private func session(_ record: ChargingRecord, from start: Double) -> NewSession {
        var values = record.steps.map { step in
            NewSession.MeterValue(
                timestamp: text(step.time), value: rounded(start + step.energy * scale),
                reconstructed: step.isReconstructed ? true : nil)
        }
        if record.readsInterval, let last = record.steps.last {
            values.append(
                NewSession.MeterValue(
                    timestamp: text(last.time), value: rounded(last.energy * scale),
                    measurand: "Energy.Active.Import.Interval", reconstructed: last.isReconstructed ? true : nil))
        }
        return NewSession(
            sessionId: record.sessionId + variant, chargingStationId: record.stationId,
            connectorId: record.connectorId, status: record.isCompleted ? "completed" : "active",
            metadata: NewSession.Metadata(station: record.station), meterValues: values)
    }

    /// Keeps sessions that were changed apart from the true ones.
    private var variant: String {
        (scale == 1 ? "" : "-x\(scale)") + (shiftDays == 0 ? "" : "-d\(shiftDays)")
    }

    private func text(_ time: LocalTime) -> String {
        time.later(by: shiftDays * 86_400).text
    }

    /// A running sum without the dust of floating point: meters count whole milliwatt-hours at the finest.
    private func rounded(_ energy: Double) -> Double {
        (energy * 1_000_000).rounded() / 1_000_000
    }
}
