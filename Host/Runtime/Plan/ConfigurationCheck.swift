import GantryContract
import GantryJSON

/// Holds the configuration of a module against the JSON Schema that its manifest gives.
struct ConfigurationCheck: Sendable {
    private let contract: Contract

    /// Compiles the schema. Throws `ContractError` or `JSONSyntaxError`.
    init(schema: String) throws {
        let document = """
            {"openapi":"3.1.0","info":{"title":"configuration","version":"1"},
            "paths":{"/":{"post":{"operationId":"check",
            "requestBody":{"required":true,"content":{"application/json":{"schema":\(schema)}}},"responses":{}}}}}
            """
        contract = try Contract(
            document: JSONDocument(Array(document.utf8)),
            policy: CheckPolicy(refusesUnknownMembers: true, trimming: .none, refusesControlCharacters: false))
    }

    /// What is wrong with a configuration, one sentence for each place.
    func findings(_ configuration: String) -> [String] {
        guard let operation = contract.operation(id: "check") else { return [] }
        guard let document = try? JSONDocument(Array(configuration.utf8)) else { return ["It is not JSON."] }
        return document.withRoot { root in
            operation.check(body: root).map { finding in
                "`\(finding.path.isEmpty ? "configuration" : "configuration." + finding.path)` \(finding.message)."
            }
        }
    }
}
