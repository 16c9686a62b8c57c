/// Lengths of time as people write them in files and commands: a number and a unit, like `500ms`, `10s`, `15m`, `12h`
/// or `7d`.
public enum DurationText {
    private static let units: [(name: String, milliseconds: Int64)] = [
        ("ms", 1), ("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000),
    ]

    /// The length in milliseconds; nil when the text is none or is longer than a hundred years.
    public static func milliseconds(_ text: String) -> Int64? {
        guard let unit = units.first(where: { text.hasSuffix($0.name) }) else { return nil }
        let digits = text.dropLast(unit.name.count)
        guard !digits.isEmpty, digits.utf8.allSatisfy({ (48...57).contains($0) }), let number = Int64(digits) else {
            return nil
        }
        let (milliseconds, isTooLong) = number.multipliedReportingOverflow(by: unit.milliseconds)
        return isTooLong || milliseconds > 36_525 * 86_400_000 ? nil : milliseconds
    }

    /// The shortest text for a length.
    public static func text(milliseconds: Int64) -> String {
        let unit = units.dropFirst().first { milliseconds > 0 && milliseconds % $0.milliseconds == 0 } ?? units[0]
        return "\(milliseconds / unit.milliseconds)\(unit.name)"
    }
}
