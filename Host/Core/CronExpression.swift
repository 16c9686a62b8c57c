/// Moments that come again and again, in the five fields of `crontab`: minute, hour, day of the month, month, day of
/// the week. All of them are in UTC.
///
/// A field is a list of numbers, ranges and steps (`0`, `1-5`, `*/15`, `8-18/2`, `mon,fri`). As everywhere, when both
/// the day of the month and the day of the week are restricted, a day that fits either counts.
public struct CronExpression: Sendable, Equatable {
    /// What is wrong with an expression, and in which of its fields.
    public struct Fault: Error, Sendable, CustomStringConvertible {
        /// One sentence.
        public let description: String
    }

    /// The expression as it was written, with single spaces.
    public let text: String

    /// The numbers of a field, one bit each.
    private let minutes, hours, days, months, weekdays: UInt64
    private let isAnyDay, isAnyWeekday: Bool

    private static let dayMinutes: Int64 = 1440
    private static let minuteMilliseconds: Int64 = 60_000
    /// A 29 February is at most eight years away, across a century that has none.
    private static let searchedDays = 3000

    /// Reads an expression; throws what is wrong with it, also when it never comes true.
    public init(_ text: String) throws(Fault) {
        let fields = text.split(whereSeparator: { $0 == " " || $0 == "\t" }).map { $0.lowercased() }
        guard fields.count == 5 else {
            throw Fault(
                description: "A cron expression has five fields: minute, hour, day of the month, month, day of the "
                    + "week. This has \(fields.count).")
        }
        self.text = fields.joined(separator: " ")
        minutes = try CronField(name: "minute", range: 0...59).bits(fields[0])
        hours = try CronField(name: "hour", range: 0...23).bits(fields[1])
        days = try CronField(name: "day of the month", range: 1...31).bits(fields[2])
        months = try CronField(name: "month", range: 1...12, names: CronField.months).bits(fields[3])
        let weekdays = try CronField(name: "day of the week", range: 0...7, names: CronField.weekdays).bits(fields[4])
        // Sunday is 0 and 7.
        self.weekdays = (weekdays | weekdays >> 7) & 0x7F
        isAnyDay = fields[2].hasPrefix("*")
        isAnyWeekday = fields[4].hasPrefix("*")
        if next(after: 0) == nil { throw Fault(description: "`\(self.text)` never comes true: there is no such day.") }
    }

    /// The first moment after another one; both in milliseconds since 1970.
    public func next(after milliseconds: Int64) -> Int64? {
        let first = milliseconds.flooredQuotient(Self.minuteMilliseconds) + 1
        var day = first.flooredQuotient(Self.dayMinutes)
        var earliest = first - day * Self.dayMinutes
        for _ in 0..<Self.searchedDays {
            if fits(day: day), let minute = minute(atOrAfter: earliest) { return Self.moment(day, minute) }
            day += 1
            earliest = 0
        }
        return nil
    }

    /// The last moment that is not after another one; both in milliseconds since 1970.
    public func last(atOrBefore milliseconds: Int64) -> Int64? {
        let last = milliseconds.flooredQuotient(Self.minuteMilliseconds)
        var day = last.flooredQuotient(Self.dayMinutes)
        var latest = last - day * Self.dayMinutes
        for _ in 0..<Self.searchedDays {
            if fits(day: day), let minute = minute(atOrBefore: latest) { return Self.moment(day, minute) }
            day -= 1
            latest = Self.dayMinutes - 1
        }
        return nil
    }

    private static func moment(_ day: Int64, _ minute: Int64) -> Int64 {
        (day * dayMinutes + minute) * minuteMilliseconds
    }

    private func minute(atOrAfter earliest: Int64) -> Int64? {
        for hour in earliest / 60..<24 where hours >> hour & 1 == 1 {
            let first = hour == earliest / 60 ? earliest % 60 : 0
            let rest = minutes & ~(1 << first - 1)
            if rest != 0 { return hour * 60 + Int64(rest.trailingZeroBitCount) }
        }
        return nil
    }

    private func minute(atOrBefore latest: Int64) -> Int64? {
        for hour in (0...latest / 60).reversed() where hours >> hour & 1 == 1 {
            let last = hour == latest / 60 ? latest % 60 : 59
            let rest = minutes & (1 << (last + 1) - 1)
            if rest != 0 { return hour * 60 + Int64(63 - rest.leadingZeroBitCount) }
        }
        return nil
    }

    private func fits(day: Int64) -> Bool {
        let date = day.civilDate
        guard months >> date.month & 1 == 1 else { return false }
        let fitsDay = days >> date.day & 1 == 1
        // 1 January 1970 was a Thursday.
        let weekday = (day + 4) - (day + 4).flooredQuotient(7) * 7
        let fitsWeekday = weekdays >> weekday & 1 == 1
        return isAnyDay || isAnyWeekday ? fitsDay && fitsWeekday : fitsDay || fitsWeekday
    }
}

/// One field of a cron expression, while it is read.
private struct CronField {
    static let months = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
    static let weekdays = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"]

    let name: String
    let range: ClosedRange<Int>
    /// Names of the numbers, from the range's first on.
    var names: [String] = []

    func bits(_ text: String) throws(CronExpression.Fault) -> UInt64 {
        var bits: UInt64 = 0
        for item in text.split(separator: ",", omittingEmptySubsequences: false) {
            let parts = item.split(separator: "/", omittingEmptySubsequences: false)
            guard parts.count <= 2 else { throw fault(item, "it has more than one step") }
            var step = 1
            if parts.count == 2 {
                guard let number = Self.number(parts[1]), (1...range.upperBound).contains(number) else {
                    throw fault(item, "a step is a number from 1 to \(range.upperBound)")
                }
                step = number
            }
            let span = try span(parts[0], of: item, hasStep: parts.count == 2)
            for number in stride(from: span.lowerBound, through: span.upperBound, by: step) { bits |= 1 << number }
        }
        return bits
    }

    private func span(
        _ text: Substring, of item: Substring, hasStep: Bool
    ) throws(CronExpression.Fault) -> ClosedRange<Int> {
        // Sunday is 0 and 7, and must not count twice in steps.
        if text == "*" { return range.lowerBound...(names == Self.weekdays ? 6 : range.upperBound) }
        let ends = text.split(separator: "-", omittingEmptySubsequences: false)
        guard ends.count <= 2 else { throw fault(item, "a range has two ends") }
        let first = try value(ends[0], of: item)
        if ends.count == 1 && hasStep { throw fault(item, "a step follows `*` or a range") }
        let last = ends.count == 2 ? try value(ends[1], of: item) : first
        guard first <= last else { throw fault(item, "the range ends before it begins") }
        return first...last
    }

    private func value(_ text: Substring, of item: Substring) throws(CronExpression.Fault) -> Int {
        if let index = names.firstIndex(where: { $0 == text }) { return range.lowerBound + index }
        guard let number = Self.number(text), range.contains(number) else {
            throw fault(item, "a number from \(range.lowerBound) to \(range.upperBound) is needed")
        }
        return number
    }

    private static func number(_ text: Substring) -> Int? {
        text.utf8.allSatisfy { (48...57).contains($0) } && text.utf8.count <= 4 ? Int(text) : nil
    }

    private func fault(_ item: Substring, _ reason: String) -> CronExpression.Fault {
        CronExpression.Fault(description: "`\(item)` is no \(name): \(reason).")
    }
}

extension Int64 {
    /// The quotient, rounded down also for negative numbers.
    func flooredQuotient(_ divisor: Int64) -> Int64 {
        self >= 0 ? self / divisor : (self - divisor + 1) / divisor
    }

    /// Month and day of the month of a day counted from 1 January 1970, in the Gregorian calendar.
    fileprivate var civilDate: (month: Int64, day: Int64) {
        // Counted from a 1 March, so that the leap day is the last of its year, in eras of 400 years.
        let shifted = self + 719_468
        let dayOfEra = shifted - shifted.flooredQuotient(146_097) * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let month = (5 * dayOfYear + 2) / 153
        return (month < 10 ? month + 3 : month - 9, dayOfYear - (153 * month + 2) / 5 + 1)
    }
}
