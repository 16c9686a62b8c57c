/// The fixed-length date of HTTP headers, `Sun, 06 Nov 1994 08:49:37 GMT`.
enum HTTPDate {
    static let count = 29

    private static let weekdays: [StaticString] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]
    private static let months: [StaticString] = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]

    /// Writes the date of a second since 1970 over the first `count` elements.
    static func write(second: Int, into text: inout [UInt8]) {
        let days = second / 86_400
        let (year, month, day) = civil(days: days)
        let time = second % 86_400
        put(weekdays[days % 7], at: 0, into: &text)
        text[3] = UInt8(ascii: ",")
        put(day, at: 5, into: &text)
        put(months[month - 1], at: 8, into: &text)
        put(year / 100, at: 12, into: &text)
        put(year % 100, at: 14, into: &text)
        put(time / 3600, at: 17, into: &text)
        text[19] = UInt8(ascii: ":")
        put(time / 60 % 60, at: 20, into: &text)
        text[22] = UInt8(ascii: ":")
        put(time % 60, at: 23, into: &text)
        put("GMT", at: 26, into: &text)
    }

    /// Year, month and day of a number of days since 1970 (Howard Hinnant, `civil_from_days`).
    private static func civil(days: Int) -> (year: Int, month: Int, day: Int) {
        let shifted = days + 719_468
        let era = shifted / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthFromMarch = (5 * dayOfYear + 2) / 153
        let month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
        let day = dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day)
    }

    private static func put(_ word: StaticString, at index: Int, into text: inout [UInt8]) {
        for offset in 0..<word.utf8CodeUnitCount { text[index + offset] = word.utf8Start[offset] }
    }

    private static func put(_ twoDigits: Int, at index: Int, into text: inout [UInt8]) {
        text[index] = UInt8(ascii: "0") + UInt8(twoDigits / 10)
        text[index + 1] = UInt8(ascii: "0") + UInt8(twoDigits % 10)
    }
}
