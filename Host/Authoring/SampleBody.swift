import GantryJSON

/// A body that fits a contract as far as its author can be spared typing one: examples where there are some, else the
/// smallest value of each required member's type.
public struct SampleBody {
    private let contract: JSONDocument

    /// A contract as JSON, as it stands in a bundle.
    public init(contract: [UInt8]) throws {
        self.contract = try JSONDocument(contract)
    }

    /// The body of an operation as JSON; nil when it takes none.
    public func body(of operation: String) -> String? {
        contract.withRoot { root in
            for path in root["paths"]?.members ?? root.members {
                for method in path.value.members where method.value["operationId"]?.string == operation {
                    guard let media = method.value["requestBody"]?["content"]?["application/json"] else { return nil }
                    if let example = media["example"] { return Self.text(example) }
                    return media["schema"].map { sample($0, root, depth: 0) } ?? "{}"
                }
            }
            return nil
        }
    }

    private func sample(_ schema: JSONValue, _ root: JSONValue, depth: Int) -> String {
        guard depth < 8 else { return "null" }
        if let reference = schema["$ref"]?.string {
            return Self.place(reference, root).map { sample($0, root, depth: depth + 1) } ?? "null"
        }
        for name in ["example", "const", "default"] {
            if let value = schema[name] { return Self.text(value) }
        }
        for name in ["examples", "enum"] {
            if let value = schema[name]?[0] { return Self.text(value) }
        }
        for name in ["allOf", "anyOf", "oneOf"] {
            if let first = schema[name]?[0] { return sample(first, root, depth: depth + 1) }
        }
        switch schema["type"]?.string ?? schema["type"]?[0]?.string {
        case "object": return object(schema, root, depth)
        case "array": return schema["items"].map { "[\(sample($0, root, depth: depth + 1))]" } ?? "[]"
        case "integer", "number": return schema["minimum"].map(Self.text) ?? "1"
        case "boolean": return "true"
        case "string": return Self.string(schema)
        default: return "null"
        }
    }

    private func object(_ schema: JSONValue, _ root: JSONValue, _ depth: Int) -> String {
        guard let required = schema["required"] else { return "{}" }
        let members = required.elements.compactMap { $0.string }.map { name in
            "\"\(name)\": " + (schema["properties"]?[name].map { sample($0, root, depth: depth + 1) } ?? "null")
        }
        return "{\(members.joined(separator: ", "))}"
    }

    private static func string(_ schema: JSONValue) -> String {
        switch schema["format"]?.string {
        case "date-time": return "\"2030-01-01T00:00:00Z\""
        case "date": return "\"2030-01-01\""
        case "uuid": return "\"00000000-0000-4000-8000-000000000000\""
        case "uri": return "\"https://example.com/\""
        case "email": return "\"ada@example.com\""
        default:
            let count = Int(schema["minLength"]?.int64 ?? 0)
            return "\"text" + String(repeating: "x", count: min(200, max(0, count - 4))) + "\""
        }
    }

    private static func place(_ reference: String, _ root: JSONValue) -> JSONValue? {
        guard reference.hasPrefix("#/") else { return nil }
        return reference.dropFirst(2).split(separator: "/").reduce(root as JSONValue?) { $0?[String($1)] }
    }

    private static func text(_ value: JSONValue) -> String { String(decoding: value.jsonBytes, as: UTF8.self) }
}
