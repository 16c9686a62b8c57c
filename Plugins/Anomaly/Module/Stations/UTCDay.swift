/// Calendar days of UTC, counted from 1970-01-01.
enum UTCDay {
    /// A day in milliseconds.
    static let milliseconds: Int64 = 86_400_000

    /// The day of a moment, in milliseconds since 1970.
    static func of(_ moment: Int64) -> Int { Int(quotient(moment, milliseconds)) }

    /// The day of an hour that is counted since 1970.
    static func ofHour(_ hour: Int) -> Int { Int(quotient(Int64(hour), 24)) }

    /// When a day begins, in milliseconds since 1970.
    static func start(_ day: Int) -> Int64 { Int64(day) * milliseconds }

    /// The quotient, rounded down.
    static func quotient(_ value: Int64, _ divisor: Int64) -> Int64 {
        let (quotient, remainder) = value.quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? quotient - 1 : quotient
    }
}
