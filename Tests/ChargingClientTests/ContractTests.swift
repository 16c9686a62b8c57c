import ChargingClient
import Foundation
import Testing

@Suite("The client against the contract")
struct ContractTests {
    private let contract: Contract

    init() throws {
        contract = try Contract()
    }

    /// Makes the full call of an operation, answered by the sample; what was sent, and what came out as JSON.
    private func call(
        _ operation: Contract.Operation, answer: Any?
    ) async throws -> (request: ClientRequest, outcome: Any?) {
        let body = try answer.map { try JSONSerialization.data(withJSONObject: $0) } ?? Data("{}".utf8)
        let transport = RecordingTransport([ClientResponse(status: 200, body: body)])
        let client = ChargingClient(transport: transport, key: "k", tenant: "t")
        let call = try #require(FullCalls.all[operation.id], "The client has no \(operation.id).")
        let outcome = try await call(client)
        let json = try outcome.map { try JSONSerialization.jsonObject(with: JSONEncoder().encode($0)) }
        return (try #require(transport.requests.first), json)
    }

    @Test("Every operation is there, and no other")
    func operations() {
        #expect(Set(contract.operations.map(\.id)) == Set(FullCalls.all.keys))
        #expect(contract.operations.count == 42)
    }

    @Test("Methods, paths and parameters are the document's")
    func requests() async throws {
        for operation in contract.operations {
            let (request, _) = try await call(operation, answer: operation.answer.map { contract.sample($0) })
            #expect(request.method == operation.method, "\(operation.id)")
            let parts = request.target.split(separator: "?", maxSplits: 1)
            let template = operation.path.split(separator: "/")
            let path = parts[0].split(separator: "/")
            #expect(path.count == template.count, "\(operation.id)")
            for (step, pattern) in zip(path, template) {
                #expect(pattern.hasPrefix("{") ? !step.isEmpty : step == pattern, "\(operation.id)")
            }
            let query =
                parts.count < 2 ? [] : parts[1].split(separator: "&").compactMap { $0.split(separator: "=").first }
            #expect(Set(query.map(String.init)) == operation.query, "\(operation.id)")
            #expect(request.headers["Authorization"] == "Bearer k" && request.headers["X-Tenant-Id"] == "t")
        }
    }

    @Test("Bodies have every property of their schema, and no other")
    func bodies() async throws {
        for operation in contract.operations {
            let (request, _) = try await call(operation, answer: operation.answer.map { contract.sample($0) })
            #expect((request.body != nil) == (operation.body != nil), "\(operation.id)")
            guard let schema = operation.body, let data = request.body else { continue }
            let body = try JSONSerialization.jsonObject(with: data)
            #expect(differences(body, schema, operation.id) == [])
        }
    }

    /// Properties that the schema names and the body lacks, or the other way round.
    private func differences(_ value: Any, _ schema: [String: Any], _ path: String) -> [String] {
        let described = (schema["anyOf"] as? [[String: Any]])?[0] ?? schema
        if let (properties, _) = contract.object(described), let value = value as? [String: Any] {
            let names = Set(properties.keys).symmetricDifference(value.keys).map { "\(path).\($0)" }
            return names
                + value.flatMap { name, value in
                    properties[name].map { differences(value, $0, "\(path).\(name)") } ?? []
                }
        }
        if let items = described["items"] as? [String: Any], let value = value as? [Any] {
            return value.flatMap { differences($0, items, "\(path)[]") }
        }
        return []
    }

    @Test("Answers keep every property of their schema", arguments: [false, true])
    func answers(isSparse: Bool) async throws {
        for operation in contract.operations {
            guard let schema = operation.answer else { continue }
            let sample = contract.sample(schema, isSparse: isSparse)
            let (_, outcome) = try await call(operation, answer: sample)
            guard let outcome else { continue }
            #expect(Contract.missing(sample, in: outcome, at: operation.id) == [])
        }
    }
}
