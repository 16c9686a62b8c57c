import AnomalyDetection

/// The sessions of Perth and Kinross: station, connector, start, end and energy.
enum PerthSessions {
    private struct Row {
        var key: String
        var start: Int64
        var end: Int64
        var isSameMinute: Bool
        var energy: Double
    }

    /// All sessions that have a start, an end and an energy.
    static func load() -> [RecordedSession] {
        var rows: [Row] = []
        for (file, lines) in RecordedSessions.lines("perth") {
            guard let year = file.split(separator: "_").dropFirst().first.flatMap({ Int($0.prefix(4)) }) else {
                continue
            }
            for line in lines.dropFirst() {
                if let row = row(RecordedSessions.fields(line), year: year) { rows.append(row) }
            }
        }
        rows.sort { ($0.start, $0.key) < ($1.start, $1.key) }
        var registers: [String: Double] = [:]
        return rows.enumerated().map { number, row in
            let register = registers[row.key, default: 0]
            // The meter of the next session has not gone back with a faulty energy.
            registers[row.key] = register + max(0, row.energy)
            return RecordedSession(
                identifier: "\(row.key)-\(number)", energy: row.energy,
                minutes: Double(row.end - row.start) / 60_000, readings: readings(row, register))
        }
    }

    private static func readings(_ row: Row, _ register: Double) -> [Reading] {
        [
            Reading(timestampMilliseconds: row.start, value: register, unit: .kilowattHour),
            Reading(
                timestampMilliseconds: row.end, value: register + row.energy, unit: .kilowattHour,
                isReconstructed: row.isSameMinute),
            Reading(
                timestampMilliseconds: row.end, value: row.energy, measurand: .energyActiveImportInterval,
                unit: .kilowattHour, isReconstructed: row.isSameMinute),
        ]
    }

    private static func row(_ fields: [Substring], year: Int) -> Row? {
        guard fields.count >= 8, let energy = Double(fields[7]),
            let start = time(fields[3], fields[4], year), var end = time(fields[5], fields[6], year), end >= start
        else { return nil }
        let isSameMinute = end == start
        if isSameMinute { end += 59_000 }
        return Row(
            key: "\(fields[1])-\(fields[2])", start: start, end: end, isSameMinute: isSameMinute, energy: energy)
    }

    /// A moment of the record: day and month are swapped wherever the day is 12 or less.
    private static func time(_ date: Substring, _ clock: Substring, _ year: Int) -> Int64? {
        let parts = date.prefix(10).split(separator: "-").compactMap { Int($0) }
        let hands = clock.split(separator: ":").compactMap { Int($0) }
        guard parts.count == 3, hands.count >= 2 else { return nil }
        let isSwapped = parts[2] <= 12
        let (month, day) = isSwapped ? (parts[2], parts[1]) : (parts[1], parts[2])
        let days = Int64(RecordedSessions.days(parts[0], month, day))
        return ((days * 24 + Int64(hands[0])) * 60 + Int64(hands[1])) * 60_000
    }

    /// Whether all starts lie from September of the year of their file to the August after it.
    static func startsLieInWindows() -> Bool {
        for (file, lines) in RecordedSessions.lines("perth") {
            guard let year = file.split(separator: "_").dropFirst().first.flatMap({ Int($0.prefix(4)) }) else {
                return false
            }
            let first = Int64(RecordedSessions.days(year, 9, 1)) * 86_400_000
            let last = Int64(RecordedSessions.days(year + 1, 9, 1)) * 86_400_000
            for line in lines.dropFirst() {
                guard let row = row(RecordedSessions.fields(line), year: year) else { continue }
                guard (first..<last).contains(row.start) else { return false }
            }
        }
        return true
    }
}
