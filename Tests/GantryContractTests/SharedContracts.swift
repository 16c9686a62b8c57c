import GantryContract
import GantryCore
import GantryJSON
import Glibc

/// The product's contracts, where they lie beside the repository.
enum SharedContracts {
    /// Path of the folder, or nil where it is absent.
    static let folder: String? = {
        var components = #filePath.split(separator: "/").dropLast(4).map(String.init)
        components += ["shared", "contracts"]
        let path = "/" + components.joined(separator: "/")
        return access(path, R_OK) == 0 ? path : nil
    }()

    /// Names of the documents, without `.yaml`.
    static let names: [String] = {
        guard let folder, let stream = opendir(folder) else { return [] }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name.hasSuffix(".yaml") { names.append(String(name.dropLast(5))) }
        }
        return names.sorted()
    }()

    /// The text of a file.
    static func text(of path: String) throws -> String {
        struct Unreadable: Error { let path: String }
        guard let file = fopen(path, "r") else { throw Unreadable(path: path) }
        defer { fclose(file) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65536)
        while true {
            let count = fread(&chunk, 1, chunk.count, file)
            guard count > 0 else { break }
            bytes += chunk[..<count]
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// One document as JSON.
    static func document(_ name: String) throws -> JSONDocument {
        let path = "\(folder ?? "")/\(name).yaml"
        let json = try YAMLConversion.json(text: text(of: path), file: path)
        return try JSONDocument(json, maximumDepth: 256)
    }
}

/// The keywords and formats that schemas of a document use, found without the compiler's help.
struct UsedKeywords {
    private static let single: Set<String> = [
        "items", "contains", "not", "if", "then", "else", "additionalProperties", "propertyNames", "contentSchema",
        "unevaluatedProperties", "unevaluatedItems",
    ]
    private static let lists: Set<String> = ["allOf", "anyOf", "oneOf", "prefixItems"]
    private static let named: Set<String> = ["properties", "patternProperties", "dependentSchemas", "$defs"]
    private static let skipped: Set<String> = ["example", "examples"]

    private(set) var keywords: Set<String> = []
    private(set) var formats: Set<String> = []

    /// Looks for schemas anywhere below a value of the document.
    mutating func look(at value: JSONValue, named name: String = "") {
        for element in value.elements { look(at: element) }
        for (member, child) in value.members {
            let key = member.string ?? ""
            if Self.skipped.contains(key) { continue }
            if key == "schema" {
                lookAtSchema(child)
            } else if key == "schemas", name == "components" {
                for (_, schema) in child.members { lookAtSchema(schema) }
            } else {
                look(at: child, named: key)
            }
        }
    }

    private mutating func lookAtSchema(_ schema: JSONValue) {
        for (member, value) in schema.members {
            let keyword = member.string ?? ""
            keywords.insert(keyword)
            if keyword == "format" { formats.insert(value.string ?? "") }
            if Self.single.contains(keyword) { lookAtSchema(value) }
            if Self.lists.contains(keyword) { for branch in value.elements { lookAtSchema(branch) } }
            if Self.named.contains(keyword) { for (_, branch) in value.members { lookAtSchema(branch) } }
        }
    }
}
