import GantryKit
import GantryKitTesting
import Testing

@Suite("Failures")
struct FailureTests {
    @Test("A thrown Failure is the answer")
    func failure() throws {
        let reply = try TestHost.sample().call("missing")
        #expect(reply.status == 404)
        #expect(reply.reason == "not_found")
        #expect(reply.message == "No such thing.")
        #expect(reply.text == #"{"id":"x"}"#)
    }

    @Test("A thrown Refusal is 422 with its findings")
    func refusal() throws {
        let reply = try TestHost.sample().call("refused")
        #expect(reply.status == 422)
        #expect(
            reply.findings == [
                Finding("a.0", code: "odd", "Is odd."), Finding("q", code: "bad", "Is bad.", in: .query),
            ])
    }

    @Test("Any other error is logged and left to the host", arguments: ["broken", "unencodable"])
    func uncaught(operation: String) throws {
        let host = try TestHost.sample()
        #expect(try host.call(operation).failure == .failed)
        let line = try #require(host.logs.last)
        #expect(line.level == .error)
        #expect(line.message == "The handler failed")
        #expect(line.fields["method"] == "POST")
        #expect(line.fields["path"] == "/v1/\(operation)")
    }

    @Test(
        "A body that does not decode is refused at the field",
        arguments: [
            (#"{"items":[{"name":"a"},{}],"size":1}"#, "items.1.name", "missing"),
            (#"{"items":[{"name":"a"},{"name":2}],"size":1}"#, "items.1.name", "invalid_type"),
            (#"{"items":[],"size":300}"#, "size", "invalid"),
            (#"{"items":[],"size":1.5}"#, "size", "invalid_type"),
            (#"{"items":{},"size":1}"#, "items", "invalid_type"),
            ("[]", "", "invalid_type"),
        ])
    func decoding(body: String, path: String, code: String) throws {
        let reply = try TestHost.sample().call("decode", json: body)
        #expect(reply.findings.map(\.path) == [path])
        #expect(reply.findings.map(\.code) == [code])
    }

    @Test("Checks report findings and see the known ones")
    func checks() throws {
        let body = #"{"values":[{"unit":"kW"},{"unit":"kWh"}]}"#
        let known = [Finding("x", code: "missing", "Is missing.")]
        let findings = try TestHost.sample().check("hello", json: body, known: known)
        #expect(findings == [Finding("values.1.unit", code: "unit_mismatch", "1 known")])
    }

    @Test("An operation without a check has nothing to report, a failing check says so")
    func otherChecks() throws {
        let host = try TestHost.sample()
        #expect(try host.check("describe").isEmpty)
        let error = #expect(throws: HostError.self) { try host.check("broken") }
        #expect(error?.message == "Broken()")
    }
}
