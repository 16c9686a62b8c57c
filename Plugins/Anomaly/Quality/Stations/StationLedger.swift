public import AnomalyDetection
public import SessionImport

/// Gathers what stations delivered, hour by hour, from sessions.
public struct StationLedger: Sendable {
    private static let hour = 3600
    private static let day = 86_400

    private struct Account {
        var first: Int
        var last: Int
        var rises: [(start: Int, end: Int, energy: Double)] = []
    }

    private var accounts: [String: Account] = [:]

    /// An empty ledger.
    public init() {}

    /// Enters energy that was delivered evenly between two moments; the same rules as for delivered energy hold, so a
    /// fall counts as nothing, and so does a rise that no connector could give.
    /// - Parameters:
    ///   - station: Name of the station.
    ///   - start: Seconds since 1970-01-01T00:00:00Z.
    ///   - end: Seconds since then, not before the start.
    ///   - energy: In kWh.
    public mutating func enter(station: String, start: Int, end: Int, energy: Double) {
        let limits = DetectionConfiguration()
        let greatest =
            limits.installation.greatestPowerUnrated
            * (Double(end - start) + Double(limits.register.spikeAllowance) / 1000) / 3600 + limits.register.spike
        var account = accounts[station] ?? Account(first: start, last: end)
        account.first = min(account.first, start)
        account.last = max(account.last, end)
        if energy > 0, energy <= greatest { account.rises.append((start, max(end, start + 1), energy)) }
        accounts[station] = account
    }

    /// Enters a recorded session, from reading to reading.
    public mutating func enter(_ record: ChargingRecord) {
        for (one, next) in zip(record.steps, record.steps.dropFirst()) {
            enter(
                station: record.stationId, start: one.time.seconds, end: next.time.seconds,
                energy: next.energy - one.energy)
        }
    }

    /// The histories by station, each from the station's first day to its last.
    public var histories: [(station: String, history: StationHistory)] {
        accounts.sorted { $0.key < $1.key }.map { ($0.key, Self.history($0.value)) }
    }

    private static func history(_ account: Account) -> StationHistory {
        let firstDay = floored(account.first, day)
        let days = floored(account.last, day) - firstDay + 1
        var hours = [Double](repeating: 0, count: days * StationHistory.hoursOfDay)
        for rise in account.rises {
            let perSecond = rise.energy / Double(rise.end - rise.start)
            var from = rise.start
            while from < rise.end {
                let to = min((floored(from, hour) + 1) * hour, rise.end)
                let position = floored(from, hour) - firstDay * StationHistory.hoursOfDay
                if position < hours.count { hours[position] += Double(to - from) * perSecond }
                from = to
            }
        }
        return StationHistory(firstDay: firstDay, hourlyKilowattHours: hours.map { Float($0) })
    }

    private static func floored(_ value: Int, _ unit: Int) -> Int {
        value >= 0 ? value / unit : -((-value + unit - 1) / unit)
    }
}
