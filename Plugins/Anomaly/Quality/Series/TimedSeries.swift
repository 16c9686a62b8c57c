import SessionImport

/// A series of values with their times.
public struct TimedSeries: Sendable {
    /// Times as they were written.
    public let timestamps: [String]
    /// Times in seconds since 1970-01-01 on the writer's clock.
    public let seconds: [Double]
    /// The values.
    public let values: [Double]

    /// Reads a CSV text with a header and the columns `timestamp` and `value`, in order of time.
    /// - Throws: `QualityError` that names the line at fault.
    public init(csv bytes: [UInt8]) throws(QualityError) {
        var timestamps: [String] = []
        var seconds: [Double] = []
        var values: [Double] = []
        var columns: (time: Int, value: Int)?
        for record in CSVReader(bytes) {
            guard let fields = record.fields else { throw QualityError("Line \(record.line): quotes do not pair up.") }
            guard let columns else {
                guard let time = fields.firstIndex(of: "timestamp"), let value = fields.firstIndex(of: "value") else {
                    throw QualityError("The file needs the columns `timestamp` and `value`.")
                }
                columns = (time, value)
                continue
            }
            guard fields.count > max(columns.time, columns.value),
                let second = Timestamp.seconds(fields[columns.time]), let value = Double(fields[columns.value]),
                value.isFinite
            else { throw QualityError("Line \(record.line) has no time and number.") }
            timestamps.append(fields[columns.time])
            seconds.append(second)
            values.append(value)
        }
        self.timestamps = timestamps
        self.seconds = seconds
        self.values = values
    }

    /// Which points lie within one of the windows, ends included.
    func labels(_ windows: [[String]]) throws(QualityError) -> [Bool] {
        var labels = [Bool](repeating: false, count: seconds.count)
        for window in windows {
            guard window.count == 2, let start = Timestamp.seconds(window[0]), let end = Timestamp.seconds(window[1])
            else { throw QualityError("A window is no pair of times.") }
            for index in labels.indices where start <= seconds[index] && seconds[index] <= end { labels[index] = true }
        }
        return labels
    }
}

/// Reads times as data files write them.
public enum Timestamp {
    /// Seconds since 1970-01-01 of `2014-04-01 00:05:00`, with a `T` or a space, with or without seconds, a fraction
    /// and an offset; without an offset it is taken as UTC.
    public static func seconds(_ text: String) -> Double? {
        guard let date = CivilDate(text) else { return nil }
        let days = Double(date.daysSinceEpoch) * 86_400
        var rest = text.dropFirst(10)
        guard let mark = rest.popFirst() else { return days }
        guard mark == " " || mark == "T" else { return nil }
        var offset = 0.0
        if rest.last == "Z" {
            rest.removeLast()
        } else if let sign = rest.lastIndex(where: { $0 == "+" || $0 == "-" }) {
            let parts = rest[rest.index(after: sign)...].split(separator: ":").compactMap { Double($0) }
            guard let hours = parts.first, parts.count <= 2 else { return nil }
            offset = (hours * 3600 + (parts.count > 1 ? parts[1] * 60 : 0)) * (rest[sign] == "-" ? -1 : 1)
            rest = rest[..<sign]
        }
        let parts = rest.split(separator: ":", omittingEmptySubsequences: false).map { Double($0) ?? -1 }
        guard 2...3 ~= parts.count, 0..<24 ~= parts[0], 0..<60 ~= parts[1], parts.count < 3 || 0..<61 ~= parts[2]
        else { return nil }
        return days + parts[0] * 3600 + parts[1] * 60 + (parts.count > 2 ? parts[2] : 0) - offset
    }
}
