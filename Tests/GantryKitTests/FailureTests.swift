import GantryKit
import Testing

@Suite("Failures")
struct FailureTests {
    @Test("A thrown Failure is the answer")
    func failure() throws {
        let module = try LoadedModule(SampleModule.self)
        #expect(try module.handle("missing") == .ok)
        #expect(
            module.host.answer
                == FakeHost.Answer(
                    status: 404, body: #"{"id":"x"}"#, reason: "not_found", message: "No such thing."))
    }

    @Test("A thrown Refusal is 422 with its findings")
    func refusal() throws {
        let module = try LoadedModule(SampleModule.self)
        #expect(try module.handle("refused") == .ok)
        #expect(
            module.host.answer?.findings == [
                Finding("a.0", code: "odd", "Is odd."), Finding("q", code: "bad", "Is bad.", in: .query),
            ])
    }

    @Test("Any other error is logged and left to the host", arguments: ["broken", "unencodable"])
    func uncaught(operation: String) throws {
        let module = try LoadedModule(SampleModule.self)
        #expect(try module.handle(operation) == .failed)
        #expect(module.host.get(\.answers).isEmpty)
        let line = try #require(module.host.logs.last)
        #expect(line.hasPrefix("3 The handler failed error="))
        #expect(line.hasSuffix("method=POST path=/v1/\(operation)"))
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
        let module = try LoadedModule(SampleModule.self)
        #expect(try module.handle("decode", .init(body: body)) == .ok)
        #expect(module.host.answer?.findings.map(\.path) == [path])
        #expect(module.host.answer?.findings.map(\.code) == [code])
    }

    @Test("Checks report findings and see the known ones")
    func checks() throws {
        let module = try LoadedModule(SampleModule.self)
        let body = #"{"values":[{"unit":"kW"},{"unit":"kWh"}]}"#
        let known = [Finding("x", code: "missing", "Is missing.")]
        let (findings, status) = try module.check("hello", .init(body: body), known: known)
        #expect(status == .ok)
        #expect(findings == [Finding("values.1.unit", code: "unit_mismatch", "1 known")])
    }

    @Test("An operation without a check has nothing to report, a failing check says so")
    func otherChecks() throws {
        let module = try LoadedModule(SampleModule.self)
        let (findings, status) = try module.check("describe", .init())
        #expect(findings.isEmpty)
        #expect(status == .ok)
        #expect(try module.check("broken", .init()).1 == .failed)
        #expect(module.host.logs.last?.contains("Broken()") == true)
    }
}
