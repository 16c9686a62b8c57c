/// How far clocks in Great Britain are ahead of UTC.
enum BritishTime {
    /// The moment at which a British clock shows `date` and `secondOfDay`.
    ///
    /// - Parameter isLate: Which of the two moments is meant in the hour that comes twice in October.
    static func moment(_ date: CivilDate, secondOfDay: Int, isLate: Bool = false) -> LocalTime {
        let isSummer = isSummer(date, secondOfDay: secondOfDay, isLate: isLate)
        return LocalTime(date: date, secondOfDay: secondOfDay, offsetMinutes: isSummer ? 60 : 0)
    }

    /// Summer time lasts from 01:00 UTC of the last Sunday in March to 01:00 UTC of the last Sunday in October.
    private static func isSummer(_ date: CivilDate, secondOfDay: Int, isLate: Bool) -> Bool {
        switch date.month {
        case 4...9: return true
        case 3:
            let change = lastSunday(ofMonthWith31Days: 3, year: date.year)
            return date.day > change || (date.day == change && secondOfDay >= 2 * 3600)
        case 10:
            let change = lastSunday(ofMonthWith31Days: 10, year: date.year)
            guard date.day == change else { return date.day < change }
            return secondOfDay < (isLate ? 1 : 2) * 3600
        default: return false
        }
    }

    private static func lastSunday(ofMonthWith31Days month: Int, year: Int) -> Int {
        guard let last = CivilDate(year: year, month: month, day: 31) else { return 31 }
        // 1970-01-01 was a Thursday, so day 3 was a Sunday.
        return 31 - ((last.daysSinceEpoch - 3) % 7 + 7) % 7
    }
}
