/// Knows how the rows of one publisher's files are to be read.
public protocol SessionFormat {
    /// Reads one row, given its fields.
    func read(_ fields: [String]) -> RowOutcome
}

/// Something that stops an import, told to the person who started it.
public struct ImportError: Error, Sendable, CustomStringConvertible {
    /// One sentence.
    public let description: String

    /// Creates an error.
    public init(_ description: String) {
        self.description = description
    }
}

/// Where the columns stand that a format needs.
struct ColumnLayout: Sendable {
    private let positions: [Int]
    private let width: Int

    /// Finds the columns by their names; they may stand in any order.
    init(_ header: [String], names: [String]) throws(ImportError) {
        var positions: [Int] = []
        for name in names {
            guard let position = header.firstIndex(of: name) else {
                throw ImportError("The file has no column `\(name)`: is it of another format?")
            }
            positions.append(position)
        }
        self.positions = positions
        width = header.count
    }

    /// The field of a column; nil when it is empty or the row has another number of fields than the header.
    func text(_ fields: [String], _ column: Int) -> String? {
        guard fields.count == width else { return nil }
        let text = fields[positions[column]]
        return text.isEmpty ? nil : text
    }
}

/// Times as the files write them.
enum ClockTime {
    /// Reads `22:12` or `22:12:05`.
    static func secondOfDay(_ text: String) -> Int? {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false).map { Int($0) ?? -1 }
        guard parts.count == 2 || parts.count == 3, 0..<24 ~= parts[0], parts.dropFirst().allSatisfy({ 0..<60 ~= $0 })
        else { return nil }
        return parts[0] * 3600 + parts[1] * 60 + (parts.count == 3 ? parts[2] : 0)
    }

    /// Reads `118:16:25`.
    static func duration(_ text: String) -> Int? {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false).map { Int($0) ?? -1 }
        guard parts.count == 3, parts[0] >= 0, parts.dropFirst().allSatisfy({ 0..<60 ~= $0 }) else { return nil }
        return parts[0] * 3600 + parts[1] * 60 + parts[2]
    }
}
