import Foundation
import GantryCore
import Testing

/// The contract's document, read for tests: its operations, and samples of what its schemas describe.
struct Contract {
    /// What the document says of one operation.
    struct Operation {
        let id: String
        let method: String
        let path: String
        /// Names of the parameters in the query.
        let query: Set<String>
        /// Schema of the body; nil where there is none.
        let body: [String: Any]?
        /// Schema of the answer; nil where it has none.
        let answer: [String: Any]?
    }

    let operations: [Operation]
    private let root: [String: Any]

    init() throws {
        let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../..")
        let text = try String(contentsOf: folder.appending(path: "manifests/anomaly/openapi.yaml"), encoding: .utf8)
        let json = try YAMLConversion.json(text: text, file: "openapi.yaml")
        let root = try #require(try JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any])
        let paths = try #require(root["paths"] as? [String: [String: Any]])
        var operations: [Operation] = []
        for (path, item) in paths {
            for (method, value) in item where method != "parameters" {
                let operation = try #require(value as? [String: Any])
                let parameters = ["parameters"].flatMap { key in
                    [item[key], operation[key]].flatMap { $0 as? [[String: Any]] ?? [] }
                }.map { Self.resolved($0, in: root) }
                let responses = operation["responses"] as? [String: Any]
                operations.append(
                    Operation(
                        id: try #require(operation["operationId"] as? String), method: method.uppercased(), path: path,
                        query: Set(
                            parameters.filter { $0["in"] as? String == "query" }.compactMap { $0["name"] as? String }),
                        body: Self.schema(operation["requestBody"]), answer: Self.schema(responses?["200"])))
            }
        }
        self.operations = operations
        self.root = root
    }

    private static func schema(_ value: Any?) -> [String: Any]? {
        let content = (value as? [String: Any])?["content"] as? [String: Any]
        return (content?["application/json"] as? [String: Any])?["schema"] as? [String: Any]
    }

    private static func resolved(_ schema: [String: Any], in root: [String: Any]) -> [String: Any] {
        guard let reference = schema["$ref"] as? String else { return schema }
        var value: Any = root
        for step in reference.dropFirst(2).split(separator: "/") {
            value = (value as? [String: Any])?[String(step)] ?? [:]
        }
        return resolved(value as? [String: Any] ?? [:], in: root)
    }

    /// Properties and required names of an object's schema; nil where it is none.
    func object(_ schema: [String: Any]) -> (properties: [String: [String: Any]], required: Set<String>)? {
        let schema = Self.resolved(schema, in: root)
        var properties = schema["properties"] as? [String: [String: Any]] ?? [:]
        var required = Set(schema["required"] as? [String] ?? [])
        for part in schema["allOf"] as? [[String: Any]] ?? [] {
            guard let other = object(part) else { continue }
            properties.merge(other.properties) { $1 }
            required.formUnion(other.required)
        }
        return properties.isEmpty ? nil : (properties, required)
    }

    /// A value that the schema describes, with all properties, or with the required ones alone and nil wherever it may.
    func sample(_ schema: [String: Any], isSparse: Bool = false) -> Any {
        let schema = Self.resolved(schema, in: root)
        if let choices = schema["anyOf"] as? [[String: Any]] {
            if isSparse, choices.contains(where: { $0["type"] as? String == "null" }) { return NSNull() }
            return sample(choices[0], isSparse: isSparse)
        }
        if let (properties, required) = object(schema) {
            if isSparse, types(schema).contains("null") { return NSNull() }
            return properties.filter { !isSparse || required.contains($0.key) }
                .mapValues { sample($0, isSparse: isSparse) }
        }
        if let parts = schema["allOf"] as? [[String: Any]] { return sample(parts[0], isSparse: isSparse) }
        let types = types(schema)
        if isSparse, types.contains("null") { return NSNull() }
        if let values = schema["enum"] as? [Any] { return values.first { !($0 is NSNull) } ?? NSNull() }
        switch types.first {
        case "array": return [sample(schema["items"] as? [String: Any] ?? [:], isSparse: isSparse)]
        case "object":
            let values = schema["additionalProperties"] as? [String: Any]
            return ["key": values.map { sample($0, isSparse: isSparse) } ?? "free"]
        case "integer": return 3
        case "number": return 0.25
        case "boolean": return true
        default: return "text"
        }
    }

    private func types(_ schema: [String: Any]) -> [String] {
        (schema["type"] as? String).map { [$0] } ?? schema["type"] as? [String] ?? []
    }

    /// What of a sample is not found in the value, as dotted paths. Null and nothing are the same.
    static func missing(_ sample: Any, in value: Any?, at path: String = "") -> [String] {
        switch sample {
        case is NSNull: return value == nil || value is NSNull ? [] : ["\(path): \(value ?? "")"]
        case let sample as [String: Any]:
            guard let value = value as? [String: Any] else { return [path] }
            return sample.flatMap { missing($0.value, in: value[$0.key], at: "\(path).\($0.key)") }
        case let sample as [Any]:
            guard let value = value as? [Any], value.count == sample.count else { return [path] }
            return zip(sample, value).flatMap { missing($0, in: $1, at: "\(path)[]") }
        case let sample as NSObject: return sample.isEqual(value) ? [] : ["\(path): \(value ?? "nothing")"]
        default: return ["\(path): cannot be compared"]
        }
    }
}
