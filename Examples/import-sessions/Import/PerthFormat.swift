import ChargingClient

/// Reads the charging sessions that Perth & Kinross Council publishes: one file for twelve months, one row a session.
///
/// Day and month are exchanged wherever the day is 12 or less. Times are British wall-clock times to the minute.
public struct PerthFormat: SessionFormat {
    private enum Column: Int, CaseIterable {
        case number, station, connector, startDate, startTime, endDate, endTime, energy, site, model

        var name: String {
            switch self {
            case .number: "_id"
            case .station: "CP ID"
            case .connector: "Connector"
            case .startDate: "Start Date"
            case .startTime: "Start Time"
            case .endDate: "End Date"
            case .endTime: "End Time"
            case .energy: "Total kWh"
            case .site: "Site"
            case .model: "Model"
            }
        }
    }

    private let layout: ColumnLayout
    private let window: DateWindow

    /// Prepares to read a file whose rows are `rows`.
    public init(header: [String], rows: [CSVReader.Record], fileName: String) throws(ImportError) {
        layout = try ColumnLayout(header, names: Column.allCases.map(\.name))
        let dates = rows.lazy.compactMap { [layout] row in
            row.fields.flatMap { layout.text($0, Column.startDate.rawValue) }.flatMap { CivilDate($0) }
        }
        guard let window = DateWindow(fileName: fileName) ?? DateWindow(dates: dates) else {
            throw ImportError("Neither the file's name nor its dates tell which months it is about.")
        }
        self.window = window
    }

    /// Reads one row.
    public func read(_ fields: [String]) -> RowOutcome {
        guard let number = text(fields, .number), let station = text(fields, .station) else {
            return .unreadable("a column is missing")
        }
        guard let startDate = text(fields, .startDate).flatMap({ CivilDate($0) }),
            let startSecond = text(fields, .startTime).flatMap(ClockTime.secondOfDay)
        else { return .unreadable("the start is no date and time") }
        guard let day = window.repair(startDate) else {
            return .unreadable("the start lies outside the file's months")
        }
        let start = BritishTime.moment(day, secondOfDay: startSecond)
        var record = ChargingRecord(
            sessionId: "perth-\(window.name)-\(number)", stationId: Identifier.sanitized(station),
            connectorId: text(fields, .connector),
            station: ["name": text(fields, .site), "model": text(fields, .model)].compactMapValues { $0 },
            steps: [ChargingRecord.Step(time: start, energy: 0)], readsInterval: true, isCompleted: true)
        guard text(fields, .endDate) != nil || text(fields, .endTime) != nil || text(fields, .energy) != nil else {
            // The station lost the end: what is known is that the session began.
            record.isCompleted = false
            record.readsInterval = false
            return .session(record)
        }
        switch end(fields, after: start) {
        case .success(let step): record.steps.append(step)
        case .failure(let problem): return .unreadable(problem.description)
        }
        return .session(record)
    }

    private func end(_ fields: [String], after start: LocalTime) -> Result<ChargingRecord.Step, ImportError> {
        guard let written = text(fields, .endDate).flatMap({ CivilDate($0) }),
            let second = text(fields, .endTime).flatMap(ClockTime.secondOfDay)
        else { return .failure(ImportError("the end is no date and time")) }
        guard let energy = text(fields, .energy).flatMap(Double.init), energy.isFinite else {
            return .failure(ImportError("the energy is no number"))
        }
        // A session that began on the last evening ends in the month after.
        guard let day = window.repair(written, slack: 1) else {
            return .failure(ImportError("the end lies outside the file's months"))
        }
        var time = BritishTime.moment(day, secondOfDay: second)
        if time < start { time = BritishTime.moment(day, secondOfDay: second, isLate: true) }
        guard time >= start else { return .failure(ImportError("the end lies before the start")) }
        guard time > start else {
            // Minutes are all that is told: somewhere within this one the session ended.
            return .success(ChargingRecord.Step(time: start.later(by: 59), energy: energy, isReconstructed: true))
        }
        return .success(ChargingRecord.Step(time: time, energy: energy))
    }

    private func text(_ fields: [String], _ column: Column) -> String? {
        layout.text(fields, column.rawValue)
    }
}
