/// A table of results, printed in columns that are as wide as they need to be.
public struct ResultTable: Sendable {
    private let title: String
    private var rows: [[String]]

    /// Starts a table.
    /// - Parameters:
    ///   - title: One line above the table.
    ///   - columns: Names of the columns.
    public init(_ title: String, columns: [String]) {
        self.title = title
        rows = [columns]
    }

    /// Adds a row of as many cells as there are columns.
    public mutating func add(_ cells: String...) {
        precondition(cells.count == rows[0].count)
        rows.append(cells)
    }

    /// The table as text: the first column is set to the left, the others to the right.
    public var text: String {
        let widths = rows[0].indices.map { column in rows.lazy.map { $0[column].count }.max() ?? 0 }
        let lines = rows.map { row in
            zip(row, widths).enumerated().map { column, cell in
                let space = String(repeating: " ", count: cell.1 - cell.0.count)
                return column == 0 ? cell.0 + space : space + cell.0
            }.joined(separator: "  ")
        }
        let rule = String(repeating: "-", count: lines[0].count)
        return ([title, rule, lines[0], rule] + lines.dropFirst() + [rule]).joined(separator: "\n") + "\n"
    }

    /// A number with so many digits behind the point.
    public static func number(_ value: Double, digits: Int = 3) -> String {
        guard value.isFinite else { return "-" }
        var scale = 1.0
        for _ in 0..<digits { scale *= 10 }
        let scaled = (abs(value) * scale).rounded()
        let whole = Int((scaled / scale).rounded(.down))
        let sign = value < 0 && scaled > 0 ? "-" : ""
        guard digits > 0 else { return "\(sign)\(whole)" }
        let rest = String(Int(scaled) - whole * Int(scale))
        return "\(sign)\(whole)." + String(repeating: "0", count: digits - rest.count) + rest
    }
}
