import GantryContract
import GantryJSON
import Testing

@Suite("The product's contracts", .enabled(if: SharedContracts.folder != nil))
struct SharedContractTests {
    /// Keywords that demand nothing of a value.
    private static let annotations: Set<String> = [
        "title", "description", "default", "example", "examples", "deprecated", "readOnly", "writeOnly", "$comment",
        "$defs", "discriminator", "externalDocs", "xml",
    ]
    /// Formats of OpenAPI, which the official suite does not have.
    private static let formatsOfOpenAPI: Set<String> = ["int32", "int64", "double", "password", "binary"]
    /// The suite's file about a keyword, where it is not called like it.
    private static let files = [
        "$ref": "ref", "if": "if-then-else", "then": "if-then-else", "else": "if-then-else",
        "contentEncoding": "content", "contentMediaType": "content", "contentSchema": "content",
    ]

    @Test("all are there")
    func count() {
        #expect(SharedContracts.names.count >= 12)
    }

    @Test("each compiles", arguments: SharedContracts.names)
    func compiles(name: String) throws {
        let policy = CheckPolicy(refusesUnknownMembers: false, trimming: .all)
        let contract = try Contract(document: SharedContracts.document(name), policy: policy)
        #expect(!contract.operations.isEmpty)
    }

    @Test(
        "every keyword and every format that one uses is held against the official suite",
        arguments: SharedContracts.names)
    func keywords(name: String) throws {
        var used = UsedKeywords()
        let document = try SharedContracts.document(name)
        document.withRoot { used.look(at: $0) }
        #expect(used.keywords.count > 5)
        let rules = used.keywords.subtracting(Self.annotations).filter { !$0.hasPrefix("x-") && $0 != "format" }
        let tested = Set(SchemaSuite.keywordFiles.map(\.name))
        #expect(rules.filter { !tested.contains(Self.files[$0] ?? $0) } == [])
        #expect(used.formats.subtracting(SchemaSuite.formatFiles).subtracting(Self.formatsOfOpenAPI) == [])
    }
}
