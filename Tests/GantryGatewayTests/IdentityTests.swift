import RawHTTP
import Testing

@Suite("Request ids and traces")
struct IdentityTests {
    @Test("A good id of the caller is kept", arguments: ["a", "A.b_c-9", String(repeating: "x", count: 128)])
    func kept(id: String) throws {
        #expect(try GatewayHarness().request("GET", "/api/ping", ["X-Request-ID: \(id)"])["x-request-id"] == id)
    }

    @Test("Any other is replaced by a UUID", arguments: ["", "a b", "a/b", "ü", String(repeating: "x", count: 129)])
    func replaced(id: String) throws {
        let harness = try GatewayHarness()
        let first = try #require(try harness.request("GET", "/api/ping", ["X-Request-ID: \(id)"])["x-request-id"])
        let second = try #require(try harness.request("GET", "/api/ping")["x-request-id"])
        #expect(first.wholeMatch(of: /[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}/) != nil)
        #expect(first != second)
    }

    @Test("A request that is no HTTP at all has an id and the platform's shape")
    func malformed() throws {
        let harness = try GatewayHarness()
        let client = try harness.client()
        try client.send("nonsense\r\n\r\n")
        let response = try client.receive()
        #expect(response.summary == "400 malformed_request")
        #expect(response["x-request-id"]?.utf8.count == 36)
    }

    @Test(
        "A traceparent that is not well formed starts a new trace",
        arguments: [
            "00-00000000000000000000000000000000-00f067aa0ba902b7-01", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f0-01",
            "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01", "x",
        ])
    func badTrace(header: String) throws {
        let harness = try GatewayHarness()
        _ = try harness.request("GET", "/api/ping", ["traceparent: \(header)"])
        let line = try #require(harness.logLines().first)
        #expect(line.contains(#""trace_id":""#))
        #expect(!line.contains("4bf92f3577b34da6a3ce929d0e0e4736"))
        #expect(!line.contains("00000000000000000000000000000000"))
    }
}
