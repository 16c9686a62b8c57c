import GantryCore
import Testing

@Suite("Trust in bundles")
struct DeploymentTrustTests {
    private static let key = String(repeating: "0aB1", count: 16)

    private func trust(_ text: String) throws -> Deployment.Trust {
        try Deployment(yaml: "trust: \(text)", file: "d.yaml").trust
    }

    @Test("is off unless a store is given, and required then")
    func defaults() throws {
        #expect(try Deployment(yaml: "{}", file: "d.yaml").trust.policy == .off)
        #expect(try trust("{}").policy == .off)
        #expect(try trust("{store: a.pem}").policy == .required)
        #expect(try trust("{store: a.pem, policy: warn}").policy == .warn)
        #expect(try trust("{store: a.pem, policy: off}").policy == .off)
    }

    @Test("is read whole, and kept as it was read")
    func roundTrips() throws {
        let trust = try trust(
            """
            {store: /a folder, crls: [x.crl, 'y z.crl'], revoked-keys: [\(Self.key)],
             publishers: {notes: [Ada Lovelace, \(Self.key)], tally: [Bob]}}
            """)
        #expect(trust.store == "/a folder" && trust.revocationLists == ["x.crl", "y z.crl"])
        #expect(trust.revokedKeys == [Self.key.lowercased()])
        #expect(trust.publishers == ["notes": ["Ada Lovelace", Self.key.lowercased()], "tally": ["Bob"]])
        #expect(Deployment.Trust(text: trust.text) == trust)
        #expect(Deployment.Trust(text: Deployment.Trust().text) == Deployment.Trust())
    }

    @Test(
        "is never off by a mistake",
        arguments: ["", "policy", "policy perhaps", "policy required", "policy warn\ncrl x", "trust all"])
    func refusesText(text: String) {
        #expect(Deployment.Trust(text: text) == nil)
    }

    @Test(
        "is refused with the place of what is wrong",
        arguments: [
            "{policy: required}", "{policy: warn}", "{policy: maybe, store: a}", "{stores: a}", "[a]",
            "{store: a, revoked-keys: [abc]}", "{store: a, revoked-keys: ['\(String(repeating: "g", count: 64))']}",
            "{store: a, publishers: {notes: []}}", "{store: a, publishers: {'Not an id': [x]}}",
            "{store: a, publishers: {notes: ['']}}",
        ])
    func refuses(text: String) {
        let error = #expect(throws: ConfigurationError.self) { try trust(text) }
        #expect(error?.line == 1)
    }
}
