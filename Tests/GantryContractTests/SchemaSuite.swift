import GantryContract
import GantryJSON
import Glibc

/// The official JSON Schema test suite, where it lies beside the repository.
enum SchemaSuite {
    /// Path of the archive, or nil where it is absent.
    static let archive: String? = {
        var components = #filePath.split(separator: "/").dropLast(4).map(String.init)
        components += ["shared", "data", "json-schema-suite.tar.xz"]
        let path = "/" + components.joined(separator: "/")
        return access(path, R_OK) == 0 ? path : nil
    }()

    /// Files about keywords, and how many of their schemas are refused: those with `$id`, `$anchor`, `\p` or
    /// `unevaluated…`.
    static let keywordFiles: [(name: String, refused: Int)] = [
        ("additionalProperties", 0), ("allOf", 0), ("anyOf", 0), ("boolean_schema", 0), ("const", 0), ("contains", 0),
        ("content", 0), ("default", 0), ("dependentRequired", 0), ("dependentSchemas", 0), ("enum", 0),
        ("exclusiveMaximum", 0), ("exclusiveMinimum", 0), ("if-then-else", 0), ("infinite-loop-detection", 0),
        ("items", 0), ("maxContains", 0), ("maxItems", 0), ("maxLength", 0), ("maxProperties", 0), ("maximum", 0),
        ("minContains", 0), ("minItems", 0), ("minLength", 0), ("minProperties", 0), ("minimum", 0),
        ("multipleOf", 0), ("not", 1), ("oneOf", 0), ("pattern", 1), ("patternProperties", 1), ("prefixItems", 0),
        ("properties", 0), ("propertyNames", 0), ("ref", 23), ("required", 0), ("type", 0), ("uniqueItems", 0),
    ]
    /// Formats that have a file in the suite.
    static let formatFiles = [
        "date-time", "date", "duration", "email", "ipv4", "ipv6", "json-pointer", "time", "uri", "uri-reference",
        "uuid", "regex",
    ]

    /// One group of cases that share a schema.
    struct Group {
        let description: String
        let schema: [UInt8]
        let cases: [(description: String, data: [UInt8], isValid: Bool)]
    }

    /// What running a file came to.
    struct Outcome {
        var passed = 0
        var failures: [String] = []
        /// Groups whose schema was refused, with the reason.
        var refused: [String] = []
    }

    /// The groups of one file of draft 2020-12, such as `optional/format/date`.
    static func groups(of file: String) throws -> [Group] {
        let bytes = try member("tests/draft2020-12/\(file).json")
        let document = try JSONDocument(bytes, maximumDepth: 256)
        return document.withRoot { root in
            root.elements.map { group in
                let cases = group["tests"].map { tests in
                    tests.elements.map { test in
                        (test["description"]?.string ?? "", text(test["data"]), test["valid"]?.bool == true)
                    }
                }
                return Group(
                    description: group["description"]?.string ?? "", schema: text(group["schema"]), cases: cases ?? [])
            }
        }
    }

    /// Runs one file: compiles each group's schema and checks its cases.
    static func run(_ file: String) throws -> Outcome {
        var outcome = Outcome()
        for group in try groups(of: file) {
            let schema: Schema
            do {
                schema = try Schema(document: try JSONDocument(group.schema, maximumDepth: 256))
            } catch let error as ContractError {
                outcome.refused.append("\(group.description): \(error)")
                continue
            }
            for test in group.cases {
                let isValid = try JSONDocument(test.data, maximumDepth: 256).withRoot { root in
                    let isValid = schema.accepts(root)
                    // Both ways of checking must agree.
                    return schema.findings(in: root).isEmpty == isValid ? isValid : !test.isValid
                }
                if isValid == test.isValid {
                    outcome.passed += 1
                } else {
                    outcome.failures.append("\(file): \(group.description): \(test.description)")
                }
            }
        }
        return outcome
    }

    private static func text(_ value: JSONValue?) -> [UInt8] { value.map { Array($0.jsonBytes) } ?? [] }

    /// Unpacks one file of the archive.
    private static func member(_ name: String) throws -> [UInt8] {
        struct Unreadable: Error { let name: String }
        guard let archive, let pipe = popen("tar -xJO --wildcards -f '\(archive)' '*\(name)'", "r") else {
            throw Unreadable(name: name)
        }
        defer { pclose(pipe) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65536)
        while true {
            let count = fread(&chunk, 1, chunk.count, pipe)
            guard count > 0 else { break }
            bytes += chunk[..<count]
        }
        guard !bytes.isEmpty else { throw Unreadable(name: name) }
        return bytes
    }
}
