/// Instants as HTTP headers write them.
public enum HTTPTime {
    /// The date of a second since 1970, such as `Sun, 06 Nov 1994 08:49:37 GMT`.
    public static func text(second: Int) -> String {
        var text = [UInt8](repeating: UInt8(ascii: " "), count: HTTPDate.count)
        HTTPDate.write(second: second, into: &text)
        return String(decoding: text, as: UTF8.self)
    }

    private static let months = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]

    /// Seconds since 1970 of a date in one of the three forms that RFC 9110 has; nil when it is none.
    /// - Parameter now: The present second, which tells the century of a year of two digits.
    public static func seconds(_ text: String, now: Int) -> Int? {
        guard text.utf8.count <= 64 else { return nil }
        // All three consist of a weekday, a day, a month, a year and a time; asctime has the year last, and no `GMT`.
        var words = text.lowercased().split { " ,-".contains($0) }
        guard !words.isEmpty else { return nil }
        words.removeFirst()
        let isPlain = words.last != "gmt"
        if !isPlain { words.removeLast() }
        guard words.count == 4 else { return nil }
        if isPlain { words = [words[1], words[0], words[3], words[2]] }
        guard let day = number(words[0]), let month = months.firstIndex(of: String(words[1])),
            var year = number(words[2]), let time = secondOfDay(words[3]), (1...31).contains(day)
        else { return nil }
        if words[2].utf8.count == 2 {
            let present = 1970 + now / 31_556_952
            year += present / 100 * 100
            // A date that seems to lie more than 50 years ahead is of the century before.
            if year > present + 50 { year -= 100 }
        }
        return days(year: year, month: month + 1, day: day) * 86_400 + time
    }

    private static func secondOfDay(_ text: Substring) -> Int? {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false).map(number)
        guard parts.count == 3, let hour = parts[0], let minute = parts[1], let second = parts[2], hour < 24,
            minute < 60, second <= 60
        else { return nil }
        return (hour * 60 + minute) * 60 + second
    }

    private static func number(_ text: Substring) -> Int? {
        guard (1...4).contains(text.utf8.count), text.utf8.allSatisfy({ (48...57).contains($0) }) else { return nil }
        return Int(text)
    }

    /// Days since 1970 (Howard Hinnant, `days_from_civil`).
    private static func days(year: Int, month: Int, day: Int) -> Int {
        let shifted = month <= 2 ? year - 1 : year
        let era = shifted / 400
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }
}
