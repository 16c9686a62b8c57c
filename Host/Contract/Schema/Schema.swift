public import GantryJSON

/// One compiled JSON Schema: draft 2020-12 without `$id`, `$anchor`, `$dynamicRef` and `unevaluated…`. Safe to share
/// between threads.
public final class Schema: Sendable {
    private let table: SchemaTable
    private let root: SchemaIndex

    /// Compiles the schema that `pointer` leads to; references resolve within the document.
    public init(
        document: JSONDocument, pointer: String = "", policy: CheckPolicy = CheckPolicy()
    ) throws(ContractError) {
        guard let value = JSONPointer.value(at: pointer, in: document.root) else {
            throw ContractError(code: .reference, message: "There is no schema", pointer: pointer)
        }
        var compiler = SchemaCompiler(document: document, policy: policy)
        root = try compiler.compile(value, at: pointer)
        table = try compiler.finish()
    }

    init(table: SchemaTable, root: SchemaIndex) {
        self.table = table
        self.root = root
    }

    /// Whether a value is valid; allocates nothing for most schemas.
    public func accepts(_ value: JSONValue) -> Bool {
        withExtendedLifetime(table) {
            let checker = table.checker
            guard checker.accepts(root, value, trims: checker.trimsAll) else { return false }
            return !table.policy.refusesControlCharacters || !ControlCharacters.occur(in: value)
        }
    }

    /// What is wrong with a value, in the order of its text; at most 50 findings.
    public func findings(in value: JSONValue, location: Finding.Location = .body) -> [Finding] {
        if accepts(value) { return [] }
        return withExtendedLifetime(table) {
            table.findings(root, in: value, location: location, prefix: "", trims: table.policy.trimming == .all)
        }
    }
}

extension SchemaTable {
    /// All findings on a value, without a look at whether it is valid first.
    func findings(
        _ schema: SchemaIndex, in value: JSONValue, location: Finding.Location, prefix: String, trims: Bool
    ) -> [Finding] {
        var collector = FindingCollector(isRecording: true, for: value)
        _ = checker.check(schema, value, trims: trims, &collector)
        if policy.refusesControlCharacters { ControlCharacters.record(in: value, &collector) }
        return collector.findings(root: value, location: location, prefix: prefix)
    }
}
