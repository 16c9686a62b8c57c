import Glibc

/// Points in time as people and file names need them.
enum UTCTime {
    /// `2026-11-21T11:15:42Z`.
    static func text(milliseconds: Int64) -> String {
        let (date, time) = parts(milliseconds)
        return "\(date.joined(separator: "-"))T\(time.joined(separator: ":"))Z"
    }

    /// `20261121T111542123Z`: sorts by time, down to the millisecond.
    static func fileName(milliseconds: Int64) -> String {
        let (date, time) = parts(milliseconds)
        return "\(date.joined())T\(time.joined())\(padded(Int(milliseconds % 1000), 3))Z"
    }

    private static func parts(_ milliseconds: Int64) -> (date: [String], time: [String]) {
        var seconds = time_t(milliseconds / 1000)
        var fields = tm()
        gmtime_r(&seconds, &fields)
        let date = [
            padded(Int(fields.tm_year) + 1900, 4), padded(Int(fields.tm_mon) + 1, 2), padded(Int(fields.tm_mday), 2),
        ]
        return (date, [fields.tm_hour, fields.tm_min, fields.tm_sec].map { padded(Int($0), 2) })
    }

    private static func padded(_ number: Int, _ width: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
}
