import GantryJSON

/// Shows the JSON answers of the administration to people: a list of objects as columns, an object as lines.
enum TextTable {
    static func render(json: String) throws -> String {
        let document = try JSONDocument(Array(json.utf8))
        return document.withRoot { value in
            if value.kind == .object, let items = value["items"], items.kind == .array {
                let more = value["next"]?.string.map { "\n\nThere are more; go on with --after \($0)" }
                return columns(items) + (more ?? "")
            }
            return value.kind == .object ? lines(value) : cell(value)
        }
    }

    private static func columns(_ items: JSONValue) -> String {
        var names: [String] = []
        var rows: [[String]] = []
        for item in items.elements {
            if names.isEmpty { names = item.members.map { $0.name.string ?? "" } }
            rows.append(item.members.map { shortened(cell($0.value)) })
        }
        guard !names.isEmpty else { return "There are none." }
        let table = [names.map { $0.uppercased() }] + rows
        let widths = names.indices.map { column in table.map { $0[column].count }.max() ?? 0 }
        return table.map { row in
            let padded = row.enumerated().map { column, text in
                column == row.count - 1 ? text : text + String(repeating: " ", count: widths[column] - text.count)
            }
            return padded.joined(separator: "  ")
        }.joined(separator: "\n")
    }

    private static func lines(_ object: JSONValue) -> String {
        let members = object.members.map { (name: $0.name.string ?? "", value: $0.value) }
        let width = members.map(\.name.count).max() ?? 0
        return members.map { member in
            let label = member.name + String(repeating: " ", count: width - member.name.count)
            guard member.value.kind == .array, member.value.elements.contains(where: { $0.kind == .object }) else {
                return "\(label)  \(cell(member.value))"
            }
            let table = columns(member.value).split(separator: "\n").map { "  " + $0 }.joined(separator: "\n")
            return "\(member.name)\n\(table)"
        }.joined(separator: "\n")
    }

    private static func cell(_ value: JSONValue) -> String {
        switch value.kind {
        case .null: "-"
        case .string: shown(value.string ?? "")
        case .array: shown(value.elements.map { cell($0) }.joined(separator: ", "))
        default: String(decoding: value.rawBytes, as: UTF8.self)
        }
    }

    /// An empty text has to be seen, and what a tenant is named must not steer the terminal.
    private static func shown(_ text: String) -> String {
        if text.isEmpty { return "-" }
        let isControl = { (scalar: Unicode.Scalar) in scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value) }
        guard text.unicodeScalars.contains(where: isControl) else { return text }
        return String(String.UnicodeScalarView(text.unicodeScalars.map { isControl($0) ? "\u{FFFD}" : $0 }))
    }

    /// A timestamp to the minute, which is what a column has room for; `--json` has it whole.
    private static func shortened(_ text: String) -> String {
        let bytes = Array(text.utf8)
        // A full second is written without milliseconds.
        guard bytes.count == 24 || bytes.count == 20, bytes[10] == UInt8(ascii: "T"), bytes.last == UInt8(ascii: "Z")
        else { return text }
        return "\(text.prefix(10)) \(text.dropFirst(11).prefix(5))"
    }
}
