public import GantryJSON

/// An OpenAPI 3.1 document, compiled once into checks. Safe to share between threads.
public final class Contract: Sendable {
    /// All operations in the order of the document, by method within a path.
    public let operations: [ContractOperation]
    private let operationsByID: [String: ContractOperation]
    private let schemas: [String: SchemaIndex]
    private let table: SchemaTable

    /// Compiles a document, which the contract keeps alive.
    ///
    /// Fails where a schema uses a keyword or format that would not be checked, naming it and its place.
    public init(document: JSONDocument, policy: CheckPolicy = CheckPolicy()) throws(ContractError) {
        var compiler = ContractCompiler(document: document, policy: policy)
        let table = try compiler.compile()
        let operations = compiler.drafts.map { ContractOperation($0, table: table) }
        self.table = table
        self.operations = operations
        operationsByID = Dictionary(uniqueKeysWithValues: operations.map { ($0.id, $0) })
        schemas = compiler.namedSchemas
    }

    /// The document.
    public var document: JSONDocument { table.document }

    /// The policy that was compiled in.
    public var policy: CheckPolicy { table.policy }

    /// The operation with this `operationId`.
    public func operation(id: String) -> ContractOperation? { operationsByID[id] }

    /// The schema of this name under `components`.
    public func schema(named name: String) -> Schema? {
        schemas[name].map { Schema(table: table, root: $0) }
    }
}
