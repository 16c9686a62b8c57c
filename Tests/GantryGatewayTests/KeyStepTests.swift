import GantryCore
import GantryGateway
import GantryIdentity
import GantryJSON
import GantryThreads
import RawHTTP
import TestCommands
import Testing

@Suite("Requests whose keys are being fetched")
struct KeyStepTests {
    /// An issuer whose answers a test gives by hand.
    private final class Issuer: Sendable {
        typealias Answer = Result<IssuerKeys.Fetched, IdentityError>

        private let waiting = Monitor<[@Sendable (Answer) -> Void]>([])

        func keys(_ issuers: Issuers) -> IssuerKeys {
            IssuerKeys(
                clock: { 1 },
                fetch: { [self] completion in
                    waiting.withLock { $0.append(completion) }
                    waiting.signal()
                },
                report: { _ in }, onChange: { issuers.noteChange() })
        }

        /// Returns when a fetch has begun that was not answered.
        func awaitFetch() { _ = waiting.wait { $0.isEmpty ? nil : true } }

        /// Gives the answer to the next fetch, when it has begun.
        func answer(_ answer: Answer) {
            let completion = waiting.wait { $0.isEmpty ? nil : $0.removeFirst() }
            completion?(answer)
        }
    }

    private let harness: GatewayHarness
    private let issuer = Issuer()
    private let keys: [UInt8]
    private let token: String

    init() throws {
        let path = TestFiles.repository() + "/Tests/Support/IssuedTokens/tokens.json"
        let document = try JSONDocument(try #require(TestFiles.read(path)))
        keys = Array(try #require(document.root["keys"]).jsonBytes)
        token = "Authorization: Bearer " + (document.root["accepted"]?[0]?["token"]?.string ?? "")
        withExtendedLifetime(document) {}
        harness = try GatewayHarness(tenants: { module in
            let enabled = try GatewayHarness.enabled(module)
            return [TenantEntry(id: "default", modules: [enabled]), TenantEntry(id: "org_a", modules: [enabled])]
        })
        var settings = IssuerSettings()
        settings.keys = issuer.keys(harness.issuers)
        try harness.issuers.replace(deployment: settings, own: [:], defaultTenant: "default")
    }

    private var published: Issuer.Answer { .success(IssuerKeys.Fetched(bytes: keys)) }

    /// Sends a request, sees that it waits while another connection's is answered, and gives the issuer's answer.
    private func exchange(
        _ request: String, _ answer: Issuer.Answer
    ) throws -> RawClient.Response {
        let client = try harness.client()
        try client.send(request)
        issuer.awaitFetch()
        #expect(try harness.request("GET", "/v1/open").status == 200)
        issuer.answer(answer)
        return try client.receive()
    }

    private func post(_ body: String) -> String {
        "POST /v1/items HTTP/1.1\r\nHost: x\r\n\(token)\r\nContent-Type: application/json\r\n"
            + "Content-Length: \(body.utf8.count)\r\n\r\n\(body)"
    }

    @Test("They go on with their body when the keys are there, and nobody else waits")
    func waits() throws {
        let response = try exchange(post(#"{"id":"x"}"#), published)
        #expect(response.status == 200)
        #expect(response.seen("principal") == "user admin org_a")
        // From now on nobody waits.
        #expect(try harness.request("GET", "/v1/items/1", [token]).status == 200)
    }

    @Test("Keys that cannot be had are 503, with when to come again")
    func outage() throws {
        let answer = Issuer.Answer.failure(IdentityError(.storage, "nobody answers"))
        let response = try exchange(post(#"{"id":"x"}"#), answer)
        #expect(response.summary == "503 issuer_unavailable")
        #expect(response.detail("service") == "auth")
        #expect(response["retry-after"] == "1")
        #expect(try harness.request("GET", "/v1/open", [token]).summary == "503 issuer_unavailable")
    }

    @Test("A key that the issuer does not have is 401")
    func refused() throws {
        let nothing = Issuer.Answer.success(IssuerKeys.Fetched(bytes: Array(#"{"keys":[]}"#.utf8)))
        let response = try exchange(post(#"{"id":"x"}"#), nothing)
        #expect(response.summary == "401 unauthenticated")
        #expect(response["www-authenticate"] == #"Bearer error="invalid_token""#)
    }

    @Test("The rules of the route hold afterwards: its size, its role, its tenant")
    func rules() throws {
        // The route takes 200 bytes.
        let large = #"{"id":"\#(String(repeating: "x", count: 300))"}"#
        #expect(try exchange(post(large), published).summary == "413 body_too_large")
        #expect(try harness.request("DELETE", "/v1/items/1", [token]).status == 200)
        let foreign = try harness.request("GET", "/v1/items/1", [token, "X-Tenant-Id: default"])
        #expect(foreign.summary == "403 tenant_mismatch")
    }

    @Test("A body that is too large to be kept for somebody unknown is to come again")
    func tooLarge() throws {
        let client = try harness.client()
        try client.send(
            "POST /v1/items HTTP/1.1\r\nHost: x\r\n\(token)\r\nContent-Type: application/json\r\n"
                + "Content-Length: 2000000\r\n\r\n")
        #expect(try client.receive().summary == "503 issuer_unavailable")
    }

    @Test("Who leaves is forgotten")
    func leaves() throws {
        do {
            let client = try harness.client()
            try client.send("GET /v1/items/1 HTTP/1.1\r\nHost: x\r\n\(token)\r\n\r\n")
            issuer.awaitFetch()
        }
        _ = try harness.request("GET", "/v1/open")
        issuer.answer(published)
        #expect(try harness.request("GET", "/v1/items/1", [token]).status == 200)
    }
}
