public import GantryJSON

/// One operation of a contract: a method on a path, with everything that its requests are checked against.
public final class ContractOperation: Sendable {
    /// `operationId`, unique within the contract.
    public let id: String
    /// The method in upper case.
    public let method: String
    /// The path with its templates, such as `/v1/sessions/{session_id}`.
    public let path: String
    /// Names of the path's templates in their order.
    public let pathParameterNames: [String]
    /// `x-role`, where it is given.
    public let role: String?
    /// Names of the security schemes of which one must be satisfied.
    public let security: [String]
    /// Whether a request without credential is allowed: `security` is empty, or lists the empty requirement.
    public let isPublic: Bool
    /// What is said about the request's body; nil where the operation has none.
    public let requestBody: RequestBody?

    let table: SchemaTable
    /// For each of `pathParameterNames` its rule, where one is declared.
    let pathParameters: [Parameter?]
    let queryParameters: [Parameter]
    let headerParameters: [Parameter]
    /// By status (`200`, `4XX`, `default`).
    let responses: [String: ResponseRule]
    private let definition: Int

    init(_ draft: OperationDraft, table: SchemaTable) {
        self.table = table
        id = draft.id
        method = draft.method
        path = draft.path
        pathParameterNames = draft.pathParameterNames
        role = draft.role
        security = draft.security
        isPublic = draft.isPublic
        requestBody = draft.requestBody
        responses = draft.responses.mapValues { $0.finish(table) }
        definition = draft.definition
        let parameters = draft.parameters.map { $0.finish(table) }
        pathParameters = draft.pathParameterNames.map { name in
            parameters.first { $0.location == .path && $0.name == name }
        }
        queryParameters = parameters.filter { $0.location == .query }
        headerParameters = parameters.filter { $0.location == .header || $0.location == .cookie }
    }

    /// Calls `body` with the operation's object in the document, for members that are not compiled, such as `x-…`.
    public func withDefinition<Result>(_ body: (JSONValue) -> Result) -> Result {
        withExtendedLifetime(table) { body(table.document.value(at: definition)) }
    }
}
