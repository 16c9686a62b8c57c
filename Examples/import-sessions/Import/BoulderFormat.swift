import ChargingClient

/// Reads the charging sessions that the City of Boulder publishes: one row a session, with the time spent charging.
///
/// Times are local, whatever the `+00` behind them says; the column beside each tells standard from daylight time.
public struct BoulderFormat: SessionFormat {
    private enum Column: Int, CaseIterable {
        case number, station, address, start, startZone, end, endZone, duration, charging, energy, port

        var name: String {
            switch self {
            case .number: "ObjectId"
            case .station: "Station_Name"
            case .address: "Address"
            case .start: "Start_Date___Time"
            case .startZone: "Start_Time_Zone"
            case .end: "End_Date___Time"
            case .endZone: "End_Time_Zone"
            case .duration: "Total_Duration__hh_mm_ss_"
            case .charging: "Charging_Time__hh_mm_ss_"
            case .energy: "Energy__kWh_"
            case .port: "Port_Type"
            }
        }
    }

    /// How far stated duration and stated end may lie apart: an hour, since some rows name the wrong zone where the
    /// clocks change, and the minutes that are cut from start and end.
    private static let greatestDisagreement = 3600 + 5 * 60

    private let layout: ColumnLayout

    /// Prepares to read a file with this header.
    public init(header: [String]) throws(ImportError) {
        layout = try ColumnLayout(header, names: Column.allCases.map(\.name))
    }

    /// Reads one row.
    public func read(_ fields: [String]) -> RowOutcome {
        guard let number = text(fields, .number), let station = text(fields, .station) else {
            return .unreadable("a column is missing")
        }
        guard let start = moment(fields, .start, .startZone) else {
            return .unreadable("the start is no date and time")
        }
        guard let end = moment(fields, .end, .endZone) else { return .unreadable("the end is no date and time") }
        guard let duration = text(fields, .duration).flatMap(ClockTime.duration),
            let charging = text(fields, .charging).flatMap(ClockTime.duration), charging <= duration
        else { return .unreadable("the durations are not usable") }
        guard let energy = text(fields, .energy).flatMap(Double.init), energy.isFinite else {
            return .unreadable("the energy is no number")
        }
        // Start and end are cut to the minute, the durations are exact, so that the latter place the readings.
        guard abs(end.seconds - start.seconds - duration) <= Self.greatestDisagreement else {
            return .unreadable("the end and the duration contradict each other")
        }
        // Two moments that fall together are set apart by a second, or they would be one reading.
        let endOfCharge = max(charging, 1)
        let unplug = max(duration, endOfCharge + 1)
        return .session(
            ChargingRecord(
                sessionId: "boulder-\(number)", stationId: Identifier.sanitized(station), connectorId: nil,
                station: ["name": station, "address": text(fields, .address), "portType": text(fields, .port)]
                    .compactMapValues { $0 },
                steps: [
                    ChargingRecord.Step(time: start, energy: 0),
                    ChargingRecord.Step(
                        time: start.later(by: endOfCharge), energy: energy, isReconstructed: endOfCharge != charging),
                    ChargingRecord.Step(
                        time: start.later(by: unplug), energy: energy, isReconstructed: unplug != duration),
                ], readsInterval: false, isCompleted: true))
    }

    private func moment(_ fields: [String], _ time: Column, _ zone: Column) -> LocalTime? {
        guard let written = text(fields, time), let date = CivilDate(written), written.count >= 19,
            let second = ClockTime.secondOfDay(String(written.dropFirst(11).prefix(8)))
        else { return nil }
        switch text(fields, zone) {
        case "MST": return LocalTime(date: date, secondOfDay: second, offsetMinutes: -7 * 60)
        case "MDT": return LocalTime(date: date, secondOfDay: second, offsetMinutes: -6 * 60)
        default: return nil
        }
    }

    private func text(_ fields: [String], _ column: Column) -> String? {
        layout.text(fields, column.rawValue)
    }
}
