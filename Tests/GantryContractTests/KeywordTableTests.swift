import GantryContract
import GantryJSON
import Testing

/// The table of keywords in the authors' guide is held against the compiler.
@Suite("The table of keywords")
struct KeywordTableTests {
    /// A value that each keyword takes, where `{}` would be malformed.
    private static let samples = [
        "type": #""string""#, "enum": "[1]", "const": "1", "$ref": ##""#/$defs/a""##, "allOf": "[{}]", "anyOf": "[{}]",
        "oneOf": "[{}]", "required": "[]", "minProperties": "1", "maxProperties": "1",
        "dependentRequired": #"{"a":["b"]}"#, "prefixItems": "[{}]", "minContains": "1", "maxContains": "1",
        "minItems": "1", "maxItems": "1", "uniqueItems": "true", "minLength": "1", "maxLength": "1",
        "pattern": #""a""#, "format": #""date""#, "minimum": "1", "maximum": "1", "exclusiveMinimum": "1",
        "exclusiveMaximum": "1", "multipleOf": "1",
    ]

    /// The words in code in the rows whose first cell begins so.
    private func words(_ kind: String) throws -> [String] {
        var components = #filePath.split(separator: "/").dropLast(3).map(String.init)
        components += ["Documentation", "AUTHORING.md"]
        let guide = try SharedContracts.text(of: "/" + components.joined(separator: "/"))
        let rows = guide.split(separator: "\n").filter { $0.hasPrefix("| \(kind)") }
        return rows.flatMap { row in
            row.split(separator: "`").enumerated().filter { $0.offset % 2 == 1 }.map { String($0.element) }
        }
    }

    private func compile(_ keyword: String, _ value: String) throws {
        _ = try schema("{\"\(keyword)\":\(value),\"$defs\":{\"a\":{}}}")
    }

    @Test("what it lists as checked is checked, and every keyword of the official suite is listed")
    func checked() throws {
        let listed = try words("checked")
        #expect(listed.count > 35)
        for keyword in listed { try compile(keyword, Self.samples[keyword] ?? "{}") }
        let known = Set(listed + ["$ref", "if", "then", "else"])
        let files = SchemaSuite.keywordFiles.map(\.name).filter { name in
            !["boolean_schema", "content", "default", "if-then-else", "infinite-loop-detection", "ref"].contains(name)
        }
        #expect(files.filter { !known.contains($0) } == [])
    }

    @Test("formats, notes and what is refused are as it says")
    func others() throws {
        let formats = try words("formats")
        #expect(formats.count == 20)
        for format in formats { try compile("format", "\"\(format)\"") }
        let notes = try words("notes for readers").filter { $0 != "x-" }
        #expect(notes.count > 10)
        for note in notes where note != "$defs" { try compile(note, "{}") }
        let refused = try words("refused")
        #expect(refused.count >= 7)
        for keyword in refused {
            #expect(throws: ContractError.self, "\(keyword)") { try compile(keyword, #""x""#) }
        }
    }
}
