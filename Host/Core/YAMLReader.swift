import Yams

/// A place in a YAML document that is read with typed accessors; every fault names file, line and field.
struct YAMLReader {
    let node: Node
    let file: String
    let field: String

    /// Parses `text`; throws `ConfigurationError` with the line of a syntax fault. Only a file whose author is trusted
    /// may have aliases.
    init(text: String, file: String, allowsAliases: Bool = false) throws {
        self.file = file
        self.field = ""
        if !allowsAliases, let line = YAMLAliasScan.line(in: text) {
            throw ConfigurationError(
                file: file, line: line,
                message: "Aliases are not supported in a bundle; write the value out, or refer to it with `$ref`.")
        }
        do {
            guard let node = try Yams.compose(yaml: text) else {
                throw ConfigurationError(file: file, message: "The file is empty.")
            }
            self.node = node
        } catch let error as YamlError {
            throw Self.unreadable(error, file: file)
        }
    }

    /// The parser's own description shows the place with several lines of text; here one sentence and the line are due.
    private static func unreadable(_ error: YamlError, file: String) -> ConfigurationError {
        switch error {
        case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
            .composer(_, let problem, let mark, _):
            ConfigurationError(file: file, line: mark.line, message: "This is not readable YAML: \(problem).")
        case .duplicatedKeysInMapping(let names, let context):
            ConfigurationError(
                file: file, line: context.mark.line,
                message: "The setting `\(names.sorted().joined(separator: "`, `"))` stands here twice.")
        case .reader(let problem, _, _, _):
            ConfigurationError(file: file, message: "This is not readable YAML: \(problem).")
        default:
            ConfigurationError(file: file, message: "This is not readable YAML: \(error)")
        }
    }

    private init(node: Node, file: String, field: String) {
        self.node = node
        self.file = file
        self.field = field
    }

    /// Whether a mapping, a single value, or nothing stands here.
    var isMapping: Bool { node.mapping != nil }
    var isScalar: Bool { node.scalar != nil }
    var isNull: Bool { node.tag.description == "tag:yaml.org,2002:null" }

    /// An error at this place.
    func error(_ message: String) -> ConfigurationError {
        ConfigurationError(file: file, line: node.mark?.line, field: field, message: message)
    }

    private func child(_ node: Node, _ name: String) -> YAMLReader {
        YAMLReader(node: node, file: file, field: field.isEmpty ? name : field + "." + name)
    }

    /// Refuses members that nobody will read, so that a misspelt key is not silently without effect.
    func allow(_ names: Set<String>) throws {
        for (key, _) in try mapping() {
            let name = key.node.string ?? ""
            guard names.contains(name) else {
                throw key.error("There is no setting `\(name)` here. Known: \(names.sorted().joined(separator: ", ")).")
            }
        }
    }

    /// The members, in the order of the file.
    func mapping() throws -> [(key: YAMLReader, value: YAMLReader)] {
        guard let mapping = node.mapping else { throw error("A mapping is needed here.") }
        return mapping.map { (child($0.key, $0.key.string ?? "?"), child($0.value, $0.key.string ?? "?")) }
    }

    /// The elements of a list.
    func list() throws -> [YAMLReader] {
        guard let sequence = node.sequence else { throw error("A list is needed here.") }
        return sequence.enumerated().map { child($0.element, String($0.offset)) }
    }

    /// The member of that name; nil when it is absent or null.
    func optional(_ name: String) -> YAMLReader? {
        guard let value = node.mapping?[name] else { return nil }
        if value.tag.description == "tag:yaml.org,2002:null" { return nil }
        return child(value, name)
    }

    /// The member of that name; throws when it is absent.
    func required(_ name: String) throws -> YAMLReader {
        guard let value = optional(name) else { throw error("The setting `\(name)` is missing.") }
        return value
    }

    /// The scalar as text.
    func string() throws -> String {
        guard let scalar = node.scalar else { throw error("A text is needed here.") }
        return scalar.string
    }

    /// The scalar as an integer of the range.
    func integer(_ range: ClosedRange<Int>) throws -> Int {
        guard let value = Int(try string()), range.contains(value) else {
            throw error("A whole number from \(range.lowerBound) to \(range.upperBound) is needed here.")
        }
        return value
    }

    /// The scalar as a boolean.
    func boolean() throws -> Bool {
        switch try string() {
        case "true": return true
        case "false": return false
        default: throw error("`true` or `false` is needed here.")
        }
    }

    /// The scalar as one of an enumeration's raw values.
    func choice<Choice: RawRepresentable & CaseIterable>(_: Choice.Type) throws -> Choice
    where Choice.RawValue == String {
        let text = try string()
        guard let value = Choice(rawValue: text) else {
            let known = Choice.allCases.map(\.rawValue).joined(separator: ", ")
            throw error("`\(text)` is not one of: \(known).")
        }
        return value
    }

    /// This value and everything below it as JSON text.
    func json() throws -> String {
        try YAMLConversion.json(node, file: file)
    }
}
