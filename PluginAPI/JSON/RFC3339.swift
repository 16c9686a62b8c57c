/// Timestamps of RFC 3339, kept as milliseconds since 1970-01-01T00:00:00Z.
public enum RFC3339 {
    private static let millisecondsPerDay: Int64 = 86_400_000

    /// Reads a timestamp such as `2026-06-14T07:03:00.123456+02:00`; nil where it is none.
    ///
    /// The offset is mandatory and the day must exist. Digits finer than a millisecond are cut. A leap second is
    /// accepted only as 23:59:60 UTC and clamped to the last millisecond of that day. Allocates nothing.
    public static func milliseconds(_ text: UnsafeBufferPointer<UInt8>) -> Int64? {
        if text.count == 20, let base = text.baseAddress, let plain = plainMilliseconds(base) { return plain }
        guard text.count >= 20, let day = days(UnsafeBufferPointer(rebasing: text[0..<10])),
            text[10] | 0x20 == UInt8(ascii: "t"),
            let time = timeOfDay(UnsafeBufferPointer(rebasing: text[11...]))
        else { return nil }
        return day * millisecondsPerDay + time
    }

    /// Reads the form that nearly everybody writes, `2026-06-14T07:03:00Z`, eight bytes at a time; nil for every other.
    private static func plainMilliseconds(_ text: UnsafePointer<UInt8>) -> Int64? {
        let bytes = UnsafeRawPointer(text)
        // Digits become their values, and the signs between them zero.
        let date = bytes.loadUnaligned(as: UInt64.self).littleEndian ^ 0x2D30_302D_3030_3030
        let time = bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self).littleEndian ^ 0x3030_3A30_3054_3030
        let rest = bytes.loadUnaligned(fromByteOffset: 16, as: UInt32.self).littleEndian ^ 0x5A30_303A
        // Six more carry what is no digit into the upper half of its byte.
        let strangers =
            (date | (date &+ 0x0006_0600_0606_0606)) & 0xFFF0_F0FF_F0F0_F0F0
            | (time | (time &+ 0x0606_0006_0600_0606)) & 0xF0F0_FFF0_F0FF_F0F0
            | UInt64((rest | (rest &+ 0x0006_0600)) & 0xFFF0_F0FF)
        guard strangers == 0 else { return nil }
        let year = pair(date, 0) * 100 + pair(date, 16)
        let (month, day) = (pair(date, 40), pair(time, 0))
        let (hour, minute, second) = (pair(time, 24), pair(time, 48), pair(UInt64(rest), 8))
        guard month >= 1, month <= 12, day >= 1, day <= 28 || day <= daysInMonth(month, year: year), hour < 24,
            minute < 60, second < 60
        else { return nil }
        let days = daysSinceEpoch(year: year, month: month, day: day)
        return days * millisecondsPerDay + ((hour * 60 + minute) * 60 + second) * 1000
    }

    /// The number of two digits, the first of them so many bits up.
    @inline(__always)
    private static func pair(_ digits: UInt64, _ shift: UInt64) -> Int64 {
        Int64(truncatingIfNeeded: (digits >> shift & 0xF) * 10 + (digits >> (shift + 8) & 0xF))
    }

    /// Reads a timestamp from a string; see the other form.
    public static func milliseconds(_ text: String) -> Int64? {
        var text = text
        return text.withUTF8 { milliseconds($0) }
    }

    /// Reads a date such as `2026-06-14` as days since 1970-01-01; nil where there is no such day.
    public static func days(_ text: UnsafeBufferPointer<UInt8>) -> Int64? {
        guard text.count == 10, text[4] == UInt8(ascii: "-"), text[7] == UInt8(ascii: "-"),
            let century = twoDigits(text, 0), let yearOfCentury = twoDigits(text, 2), let month = twoDigits(text, 5),
            let day = twoDigits(text, 8)
        else { return nil }
        let year = century * 100 + yearOfCentury
        guard month >= 1, month <= 12, day >= 1, day <= daysInMonth(month, year: year) else { return nil }
        return daysSinceEpoch(year: year, month: month, day: day)
    }

    /// Reads a time with offset such as `07:03:00.5+02:00` as milliseconds since midnight UTC, which lie outside a day
    /// where the offset leads there; nil where it is none.
    public static func timeOfDay(_ text: UnsafeBufferPointer<UInt8>) -> Int64? {
        guard text.count >= 9, text[2] == UInt8(ascii: ":"), text[5] == UInt8(ascii: ":"),
            let hour = twoDigits(text, 0), let minute = twoDigits(text, 3), let second = twoDigits(text, 6),
            hour < 24, minute < 60, second <= 60
        else { return nil }
        var index = 8
        var fraction: Int64 = 0
        if text[index] == UInt8(ascii: ".") {
            guard let milliseconds = fractionMilliseconds(text, &index) else { return nil }
            fraction = milliseconds
        }
        guard index < text.count, let offset = offsetMinutes(text, index) else { return nil }
        let minutes = hour * 60 + minute - offset
        guard second == 60 else { return (minutes * 60 + second) * 1000 + fraction }
        let minuteOfDay = ((minutes % 1440) + 1440) % 1440
        return minuteOfDay == 1439 ? (minutes * 60 + 59) * 1000 + 999 : nil
    }

    /// Appends an instant in UTC, such as `2026-06-14T05:03:00Z`; the milliseconds are written only when not zero.
    ///
    /// - Parameter milliseconds: Since 1970; traps where the year lies outside 0 to 9999.
    public static func append(milliseconds: Int64, to bytes: inout [UInt8]) {
        bytes.append(addingCapacity: 24) { span in
            span.withUnsafeMutableBufferPointer { buffer, initializedCount in
                initializedCount = buffer.baseAddress.map { write(milliseconds: milliseconds, to: $0) } ?? 0
            }
        }
    }

    /// Writes an instant like `append(milliseconds:to:)` and returns the bytes written.
    ///
    /// - Parameter output: Room for 24 bytes.
    @usableFromInline
    static func write(milliseconds: Int64, to output: UnsafeMutablePointer<UInt8>) -> Int {
        let day = milliseconds.flooredQuotient(millisecondsPerDay)
        let time = milliseconds - day * millisecondsPerDay
        let date = civil(daysSinceEpoch: day)
        precondition(date.year >= 0 && date.year <= 9999, "the year \(date.year) has no RFC 3339 form")
        writePair(date.year / 100, output)
        writePair(date.year % 100, output + 2)
        output[4] = UInt8(ascii: "-")
        writePair(date.month, output + 5)
        output[7] = UInt8(ascii: "-")
        writePair(date.day, output + 8)
        output[10] = UInt8(ascii: "T")
        writePair(time / 3_600_000, output + 11)
        output[13] = UInt8(ascii: ":")
        writePair(time / 60_000 % 60, output + 14)
        output[16] = UInt8(ascii: ":")
        writePair(time / 1000 % 60, output + 17)
        let fraction = time % 1000
        guard fraction != 0 else {
            output[19] = UInt8(ascii: "Z")
            return 20
        }
        output[19] = UInt8(ascii: ".")
        output[20] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: fraction / 100)
        writePair(fraction % 100, output + 21)
        output[23] = UInt8(ascii: "Z")
        return 24
    }

    /// An instant in UTC as a string; see `append(milliseconds:to:)`.
    public static func string(milliseconds: Int64) -> String {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(24)
        append(milliseconds: milliseconds, to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Reads `.` and the digits behind it, and moves `index` past them.
    private static func fractionMilliseconds(_ text: UnsafeBufferPointer<UInt8>, _ index: inout Int) -> Int64? {
        index += 1
        let start = index
        var value: Int64 = 0
        var weight: Int64 = 100
        while index < text.count, text[index] &- UInt8(ascii: "0") < 10 {
            value += Int64(text[index] - UInt8(ascii: "0")) * weight
            weight /= 10
            index += 1
        }
        return index > start ? value : nil
    }

    /// Minutes east of UTC of the offset that makes up the rest of `text`.
    private static func offsetMinutes(_ text: UnsafeBufferPointer<UInt8>, _ index: Int) -> Int64? {
        if text[index] | 0x20 == UInt8(ascii: "z") { return index + 1 == text.count ? 0 : nil }
        let isWest = text[index] == UInt8(ascii: "-")
        guard isWest || text[index] == UInt8(ascii: "+"), text.count == index + 6, text[index + 3] == UInt8(ascii: ":"),
            let hours = twoDigits(text, index + 1), let minutes = twoDigits(text, index + 4), hours < 24, minutes < 60
        else { return nil }
        return isWest ? -(hours * 60 + minutes) : hours * 60 + minutes
    }

    @inline(__always)
    private static func twoDigits(_ text: UnsafeBufferPointer<UInt8>, _ index: Int) -> Int64? {
        let tens = text[index] &- UInt8(ascii: "0")
        let ones = text[index + 1] &- UInt8(ascii: "0")
        return tens < 10 && ones < 10 ? Int64(tens &* 10 &+ ones) : nil
    }

    @inline(__always)
    private static func writePair(_ value: Int64, _ output: UnsafeMutablePointer<UInt8>) {
        output[0] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: value / 10)
        output[1] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: value % 10)
    }
}

/// The proleptic Gregorian calendar, after Howard Hinnant's "chrono-Compatible Low-Level Date Algorithms".
extension RFC3339 {
    private static func daysInMonth(_ month: Int64, year: Int64) -> Int64 {
        switch month {
        case 4, 6, 9, 11: 30
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        default: 31
        }
    }

    private static func daysSinceEpoch(year: Int64, month: Int64, day: Int64) -> Int64 {
        let shifted = month <= 2 ? year - 1 : year
        let era = shifted.flooredQuotient(400)
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }

    private static func civil(daysSinceEpoch: Int64) -> (year: Int64, month: Int64, day: Int64) {
        let shifted = daysSinceEpoch + 719_468
        let era = shifted.flooredQuotient(146_097)
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        return (year, month, dayOfYear - (153 * shiftedMonth + 2) / 5 + 1)
    }
}

extension Int64 {
    /// The quotient rounded towards negative infinity; `divisor` must be positive.
    fileprivate func flooredQuotient(_ divisor: Int64) -> Int64 {
        self >= 0 ? self / divisor : -((-self + divisor - 1) / divisor)
    }
}
