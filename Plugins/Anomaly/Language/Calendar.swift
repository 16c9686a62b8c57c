/// A moment of UTC taken apart.
struct CivilMoment: Equatable {
    var year: Int
    var month: Int
    var day: Int
    /// Hour and minute, and second where it is not 0: `05:33`.
    var clock: String
    var hour: Int

    /// Takes milliseconds since 1970 apart, by Howard Hinnant's days-to-civil algorithm.
    init(milliseconds: Int64) {
        let seconds = Self.floored(milliseconds, by: 1000)
        let days = Self.floored(seconds, by: 86_400)
        let second = Int(seconds - days * 86_400)
        let shifted = days + 719_468
        let era = Self.floored(shifted, by: 146_097)
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        day = Int(dayOfYear - (153 * shiftedMonth + 2) / 5 + 1)
        month = Int(shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9)
        year = Int(yearOfEra + era * 400) + (month <= 2 ? 1 : 0)
        hour = second / 3600
        let parts = [hour, second / 60 % 60] + (second % 60 == 0 ? [] : [second % 60])
        clock = parts.map { $0 < 10 ? "0\($0)" : "\($0)" }.joined(separator: ":")
    }

    func isSameDay(as other: CivilMoment) -> Bool {
        (year, month, day) == (other.year, other.month, other.day)
    }

    private static func floored(_ value: Int64, by divisor: Int64) -> Int64 {
        value >= 0 ? value / divisor : -((-value + divisor - 1) / divisor)
    }
}
