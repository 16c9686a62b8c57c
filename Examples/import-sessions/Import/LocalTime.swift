/// A wall-clock time together with its distance from UTC: a moment that can be written with an explicit offset.
public struct LocalTime: Equatable, Comparable, Sendable {
    /// Seconds since 1970-01-01T00:00:00Z.
    public var seconds: Int
    /// Minutes east of UTC of the clock that was read.
    public var offsetMinutes: Int

    /// The moment at which a clock shows `date` and `secondOfDay`.
    public init(date: CivilDate, secondOfDay: Int, offsetMinutes: Int) {
        seconds = date.daysSinceEpoch * 86_400 + secondOfDay - offsetMinutes * 60
        self.offsetMinutes = offsetMinutes
    }

    /// The moment so many seconds later on the same clock.
    public func later(by seconds: Int) -> LocalTime {
        var moment = self
        moment.seconds += seconds
        return moment
    }

    /// RFC 3339 with an explicit offset, such as `2018-03-01T07:30:00-07:00`.
    public var text: String {
        let shown = seconds + offsetMinutes * 60
        let day = shown >= 0 ? shown / 86_400 : -((-shown + 86_399) / 86_400)
        let second = shown - day * 86_400
        let date = CivilDate(daysSinceEpoch: day)
        let sign = offsetMinutes < 0 ? "-" : "+"
        let offset = abs(offsetMinutes)
        return "\(pad(date.year, 4))-\(pad(date.month))-\(pad(date.day))T"
            + "\(pad(second / 3600)):\(pad(second / 60 % 60)):\(pad(second % 60))"
            + "\(sign)\(pad(offset / 60)):\(pad(offset % 60))"
    }

    /// Whether one moment comes before the other, whatever the clocks showed.
    public static func < (one: LocalTime, other: LocalTime) -> Bool {
        one.seconds < other.seconds
    }

    private func pad(_ number: Int, _ width: Int = 2) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
}

/// A day of the calendar.
public struct CivilDate: Equatable, Comparable, Hashable, Sendable {
    /// The year.
    public let year: Int
    /// The month, 1 to 12.
    public let month: Int
    /// The day of the month, counted from 1.
    public let day: Int

    /// A day, or nil when the calendar has none like that.
    public init?(year: Int, month: Int, day: Int) {
        guard 1...12 ~= month, day >= 1, day <= Self.days(in: month, of: year) else { return nil }
        self.year = year
        self.month = month
        self.day = day
    }

    /// Reads `2018-03-01` or `2018/03/01` from the first ten characters.
    public init?(_ text: some StringProtocol) {
        let parts = text.prefix(10).split(omittingEmptySubsequences: false) { $0 == "-" || $0 == "/" }
        guard parts.count == 3, let year = Int(parts[0]), let month = Int(parts[1]), let day = Int(parts[2]) else {
            return nil
        }
        self.init(year: year, month: month, day: day)
    }

    /// The day so many days after 1970-01-01.
    public init(daysSinceEpoch: Int) {
        // The well-known arithmetic on eras of 400 years that begin in March.
        let shifted = daysSinceEpoch + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        day = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
        year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    }

    /// Days since 1970-01-01.
    public var daysSinceEpoch: Int {
        let shifted = month <= 2 ? year - 1 : year
        let era = (shifted >= 0 ? shifted : shifted - 399) / 400
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }

    /// Months since the year 0: what windows of whole months are compared by.
    public var monthIndex: Int { year * 12 + month - 1 }

    /// The date with day and month exchanged, or nil when the calendar has none like that.
    public var swapped: CivilDate? { CivilDate(year: year, month: day, day: month) }

    /// Whether one day comes before the other.
    public static func < (one: CivilDate, other: CivilDate) -> Bool {
        (one.year, one.month, one.day) < (other.year, other.month, other.day)
    }

    private static func days(in month: Int, of year: Int) -> Int {
        switch month {
        case 4, 6, 9, 11: 30
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        default: 31
        }
    }
}
