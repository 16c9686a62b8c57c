import GantryJSON
import GantryKitTesting

/// Makes up requests that fit a contract, and such that do not.
struct ContractSamples: Sendable {
    private let root: YAML
    private let operations: [String: Operation]

    private struct Operation: Sendable {
        let parameters: [YAML]
        let body: YAML?
    }

    init(_ path: String) throws {
        let root = try YAML.parse(try TestFile.text(path), file: path)
        self.root = root
        var operations: [String: Operation] = [:]
        for path in root["paths"]?.pairs ?? [] {
            let shared = path.value["parameters"]?.elements ?? []
            for method in path.value.pairs {
                guard let id = method.value["operationId"]?.text else { continue }
                let content = Self.resolve(method.value["requestBody"], root)?["content"]?.pairs ?? []
                let body = content.first { $0.key.contains("json") } ?? content.first
                operations[id] = Operation(
                    parameters: (shared + (method.value["parameters"]?.elements ?? [])).compactMap {
                        Self.resolve($0, root)
                    }, body: body?.value["schema"])
            }
        }
        self.operations = operations
    }

    /// A request as it is made up.
    struct Sample {
        var parameters: [String] = []
        var query: [(String, String)] = []
        var body: [UInt8]?
    }

    /// A request that fits the contract of `operation`.
    ///
    /// - Parameter mark: What stands in each text that has room for it and no form of its own; nil for made-up ones.
    func sample(_ operation: String, parameterCount: Int, mark: String? = nil, _ dice: inout Dice) -> Sample {
        dice.mark = mark
        var sample = Sample()
        let contract = operations[operation]
        let paths = contract?.parameters.filter { $0["in"]?.text == "path" } ?? []
        for index in 0..<parameterCount {
            let schema = index < paths.count ? paths[index]["schema"] : nil
            sample.parameters.append(text(of: schema, &dice))
        }
        for parameter in contract?.parameters ?? [] where parameter["in"]?.text == "query" {
            guard parameter["required"]?.text == "true" || Bool.random(using: &dice) else { continue }
            sample.query.append((parameter["name"]?.text ?? "", text(of: parameter["schema"], &dice)))
        }
        if let schema = contract?.body {
            var writer = JSONWriter()
            write(schema, to: &writer, &dice, depth: 0)
            sample.body = writer.bytes
        }
        return sample
    }

    /// Whether the operation takes a body.
    func takesBody(_ operation: String) -> Bool { operations[operation]?.body != nil }

    private func text(of schema: YAML?, _ dice: inout Dice) -> String {
        guard let schema else { return "a\(Int.random(in: 0..<3, using: &dice))" }
        var writer = JSONWriter()
        write(schema, to: &writer, &dice, depth: 0)
        let text = String(decoding: writer.bytes, as: UTF8.self)
        guard text.hasPrefix("\""), let document = try? JSONDocument(writer.bytes) else { return text }
        return document.withRoot { $0.string } ?? text
    }

    private static func resolve(_ value: YAML?, _ root: YAML) -> YAML? {
        guard let reference = value?["$ref"]?.text, reference.hasPrefix("#/") else { return value }
        let target = reference.dropFirst(2).split(separator: "/").reduce(Optional(root)) { $0?[String($1)] }
        return resolve(target, root)
    }

    /// The members of a schema, with those of its `allOf`.
    private func merged(_ schema: YAML) -> YAML {
        guard let schema = Self.resolve(schema, root) else { return .map([]) }
        guard let parts = schema["allOf"]?.elements, !parts.isEmpty else { return schema }
        var pairs = schema.pairs.filter { $0.key != "allOf" }
        for part in parts.map({ merged($0) }) {
            for pair in part.pairs {
                if let index = pairs.firstIndex(where: { $0.key == pair.key }) {
                    pairs[index] = YAML.Pair(key: pair.key, value: Self.joined(pairs[index].value, pair.value))
                } else {
                    pairs.append(pair)
                }
            }
        }
        return .map(pairs)
    }

    private static func joined(_ first: YAML, _ second: YAML) -> YAML {
        switch (first, second) {
        case (.map(let first), .map(let second)): .map(first + second)
        case (.list(let first), .list(let second)): .list(first + second)
        default: second
        }
    }

    private func write(_ schema: YAML, to writer: inout JSONWriter, _ dice: inout Dice, depth: Int) {
        let schema = merged(schema)
        if let choice = (schema["oneOf"] ?? schema["anyOf"])?.elements.randomElement(using: &dice) {
            return write(choice, to: &writer, &dice, depth: depth + 1)
        }
        if let constant = schema["const"]?.text ?? schema["enum"]?.elements.randomElement(using: &dice)?.text {
            return writer.string(constant)
        }
        let types = schema["type"].map { $0.text.map { [$0] } ?? $0.elements.compactMap(\.text) } ?? []
        switch types.first ?? (schema["properties"] == nil ? "string" : "object") {
        case "object": writeObject(schema, to: &writer, &dice, depth: depth)
        case "array": writeArray(schema, to: &writer, &dice, depth: depth)
        case "integer": writer.int(Int.random(in: range(schema), using: &dice))
        case "number": writer.double(Double(Int.random(in: range(schema), using: &dice)))
        case "boolean": writer.bool(Bool.random(using: &dice))
        case "null": writer.null()
        default: writer.string(string(schema, &dice))
        }
    }

    private func range(_ schema: YAML) -> ClosedRange<Int> {
        func number(_ key: String) -> Int? { schema[key]?.text.flatMap { Double($0) }.map { Int($0) } }
        let low = number("minimum") ?? number("exclusiveMinimum").map { $0 + 1 } ?? 0
        let high = number("maximum") ?? number("exclusiveMaximum").map { $0 - 1 } ?? low + 100
        return low...max(low, high)
    }

    private func writeObject(_ schema: YAML, to writer: inout JSONWriter, _ dice: inout Dice, depth: Int) {
        let required = Set(schema["required"]?.elements.compactMap(\.text) ?? [])
        var written: Set<String> = []
        writer.beginObject()
        for property in schema["properties"]?.pairs ?? [] where written.insert(property.key).inserted {
            let isWanted = depth < 4 && Int.random(in: 0..<3, using: &dice) == 0
            guard required.contains(property.key) || isWanted else { continue }
            writer.key(property.key)
            write(property.value, to: &writer, &dice, depth: depth + 1)
        }
        writer.endObject()
    }

    private func writeArray(_ schema: YAML, to writer: inout JSONWriter, _ dice: inout Dice, depth: Int) {
        let low = schema["minItems"]?.int ?? 0
        let high = min(schema["maxItems"]?.int ?? low + 3, low + 3)
        writer.beginArray()
        for _ in 0..<Int.random(in: low...max(low, high), using: &dice) {
            write(schema["items"] ?? .map([]), to: &writer, &dice, depth: depth + 1)
        }
        writer.endArray()
    }

    private func string(_ schema: YAML, _ dice: inout Dice) -> String {
        func digits(_ count: Int, _ dice: inout Dice) -> String {
            String((0..<count).map { _ in "0123456789abcdef".randomElement(using: &dice) ?? "0" })
        }
        switch schema["format"]?.text {
        case "date-time":
            let time = 1_767_225_600_000 + Int64.random(in: 0..<86_400_000, using: &dice)
            return RFC3339.string(milliseconds: time)
        case "date": return "2026-01-01"
        case "uuid": return "\(digits(8, &dice))-\(digits(4, &dice))-4000-8000-\(digits(12, &dice))"
        case "email": return "a\(digits(4, &dice))@example.com"
        case "uri", "url": return "https://example.com/\(digits(4, &dice))"
        default: break
        }
        if let mark = dice.mark, schema["pattern"] == nil,
            (schema["minLength"]?.int ?? 0)...max(schema["minLength"]?.int ?? 0, schema["maxLength"]?.int ?? .max)
                ~= mark.utf8.count
        {
            return mark
        }
        let low = schema["minLength"]?.int ?? 1
        let high = min(schema["maxLength"]?.int ?? low + 12, low + 12)
        return digits(Int.random(in: low...max(low, high), using: &dice), &dice)
    }
}
