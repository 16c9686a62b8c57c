import GantryJSON

/// What a broken rule demands, as a clause without subject.
enum Messages {
    static let literalPrefix = "must be "
    private static let maximumListed = 30

    static func type(_ types: TypeSet) -> String {
        var names: [String] = []
        if types.contains(.string) { names.append("a string") }
        if types.contains(.number) {
            names.append("a number")
        } else if types.contains(.integer) {
            names.append("an integer")
        }
        if types.contains(.boolean) { names.append("true or false") }
        if types.contains(.array) { names.append("an array") }
        if types.contains(.object) { names.append("an object") }
        if types.contains(.null) { names.append("null") }
        guard let last = names.popLast() else { return "is not allowed here" }
        return names.isEmpty ? "must be \(last)" : "must be \(names.joined(separator: ", ")) or \(last)"
    }

    static func const(_ value: JSONValue) -> String { literalPrefix + text(value) }

    static func enumeration(_ values: JSONValue) -> String {
        var listed = values.elements.prefix(maximumListed).map(text)
        if values.count > maximumListed { listed.append("…") }
        return listed.count == 1
            ? literalPrefix + listed[0] : "\(literalPrefix)one of \(listed.joined(separator: ", "))"
    }

    static func bounds(_ schema: SchemaNode) -> String {
        let rules = schema.rules
        if rules.isSuperset(of: [.minimum, .maximum]), rules.isDisjoint(with: [.exclusiveMinimum, .exclusiveMaximum]) {
            return "must lie between \(number(schema.minimum)) and \(number(schema.maximum))"
        }
        var bounds: [String] = []
        if rules.contains(.minimum) { bounds.append("at least \(number(schema.minimum))") }
        if rules.contains(.exclusiveMinimum) { bounds.append("above \(number(schema.exclusiveMinimum))") }
        if rules.contains(.maximum) { bounds.append("at most \(number(schema.maximum))") }
        if rules.contains(.exclusiveMaximum) { bounds.append("below \(number(schema.exclusiveMaximum))") }
        return "must be \(bounds.joined(separator: " and "))"
    }

    static func multiple(_ divisor: JSONValue) -> String { "must be a multiple of \(text(divisor))" }

    static func format(_ format: Format) -> String { "must be \(format.phrase)" }

    static func pattern(_ source: String) -> String { "must match the pattern \(source)" }

    static func length(_ schema: SchemaNode) -> String {
        "must have \(range(schema.minLength, schema.maxLength, "character", "characters"))"
    }

    static func itemCount(_ schema: SchemaNode) -> String {
        "must have \(range(schema.minItems, schema.maxItems, "element", "elements"))"
    }

    static func memberCount(_ schema: SchemaNode) -> String {
        "must have \(range(schema.minProperties, schema.maxProperties, "field", "fields"))"
    }

    static func contains(_ schema: SchemaNode) -> String {
        "must contain \(range(schema.minContains, schema.maxContains, "element", "elements")) of the demanded form"
    }

    private static func range(_ minimum: UInt32, _ maximum: UInt32, _ one: String, _ many: String) -> String {
        if minimum == maximum { return "exactly \(minimum) \(minimum == 1 ? one : many)" }
        if maximum == .max { return "at least \(minimum) \(minimum == 1 ? one : many)" }
        if minimum == 0 { return "at most \(maximum) \(maximum == 1 ? one : many)" }
        return "\(minimum) to \(maximum) \(many)"
    }

    private static func number(_ value: Double) -> String {
        var writer = JSONWriter(capacity: 24)
        writer.double(value)
        return String(decoding: writer.bytes, as: UTF8.self)
    }

    private static func text(_ value: JSONValue) -> String {
        value.string ?? String(decoding: value.rawBytes, as: UTF8.self)
    }
}
