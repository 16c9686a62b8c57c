/// The months that a file is about, by which dates with day and month exchanged are told from proper ones.
public struct DateWindow: Equatable, Sendable {
    /// First and last month, each counted since the year 0.
    public let months: ClosedRange<Int>

    /// A window given by its first and last month.
    public init(months: ClosedRange<Int>) {
        self.months = months
    }

    /// Reads `2016-09_2017-08` from a file's name.
    public init?(fileName: String) {
        let characters = Array(fileName)
        guard characters.count >= 15 else { return nil }
        for start in 0...(characters.count - 15) where characters[start + 7] == "_" {
            guard let first = Self.month(characters[start..<start + 7]),
                let last = Self.month(characters[start + 8..<start + 15]), first <= last
            else { continue }
            self.init(months: first...last)
            return
        }
        return nil
    }

    /// The months spanned by those dates that cannot have been exchanged: the days above 12.
    public init?(dates: some Sequence<CivilDate>) {
        var range: ClosedRange<Int>?
        for date in dates where date.day > 12 {
            let month = date.monthIndex
            range = min(range?.lowerBound ?? month, month)...max(range?.upperBound ?? month, month)
        }
        guard let range else { return nil }
        self.init(months: range)
    }

    /// The day that is meant by a written date in which day and month are exchanged wherever the day is 12 or less.
    ///
    /// The repaired date is taken when it lies inside the window, otherwise the written one if that does; nil when
    /// neither lies there.
    ///
    /// - Parameter slack: Months past the window's end that still count, for the ends of sessions.
    public func repair(_ written: CivilDate, slack: Int = 0) -> CivilDate? {
        let allowed = months.lowerBound...(months.upperBound + slack)
        if written.day <= 12, let swapped = written.swapped, allowed.contains(swapped.monthIndex) { return swapped }
        return allowed.contains(written.monthIndex) ? written : nil
    }

    /// A short name of the window for identifiers, such as `201609`.
    public var name: String {
        let month = months.lowerBound % 12 + 1
        return "\(months.lowerBound / 12)\(month < 10 ? "0" : "")\(month)"
    }

    private static func month(_ text: ArraySlice<Character>) -> Int? {
        CivilDate(String(text) + "-01")?.monthIndex
    }
}
