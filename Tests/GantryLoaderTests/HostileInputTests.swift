import GantryCore
import GantryLoader
import Testing

@Suite("Hostile input to the host's tables", .enabled(if: Fixture.compiler != nil, Fixture.whyWithout))
struct HostileInputTests {
    @Test("no header can start another header or response")
    func refusesInjection() throws {
        let harness = try Harness("HeaderInjection")
        let sink = harness.call()
        for name in [
            "line-feed", "return", "nul", "name", "colon", "space", "empty", "length", "coding", "connection", "type",
        ] {
            #expect(harness.log.status(name) == .invalid, "\(name)")
        }
        #expect(harness.log.status("good") == .ok)
        #expect(
            sink.answers == [
                .sent(status: 200, contentType: "text/plain", headers: ["X-Good: café \t ok"], body: "body")
            ])
    }

    @Test("what is larger than the host allows answers LIMIT or INVALID before it is read")
    func refusesOversized() throws {
        let harness = try Harness("OversizedBody")
        #expect(harness.call().body == "done")
        for name in ["body", "details", "message"] { #expect(harness.log.status(name) == .limit, "\(name)") }
        for name in ["headers", "fields", "level"] { #expect(harness.log.status(name) == .invalid, "\(name)") }
    }

    @Test("spans without address or beyond all memory answer INVALID")
    func refusesBadSpans() throws {
        let harness = try Harness("BadSpans")
        let sink = harness.call()
        for name in [
            "body", "type", "value", "headers", "status", "reason", "details", "success", "findings", "no-findings",
            "query", "fields", "sql", "list", "many", "kind",
        ] {
            #expect(harness.log.status(name) == .invalid, "\(name)")
        }
        #expect(harness.log.status("empty") == .ok)
        #expect(harness.log.status("transact") == .ok)
        #expect(sink.answers == [.sent(status: 200, contentType: "", headers: [], body: "")])
        #expect(harness.database.log == ["begin read", "execute SELECT $1", "commit"])
    }

    @Test("text that is not UTF-8 answers INVALID; a log line is mended; a body is bytes")
    func refusesBrokenText() throws {
        let harness = try Harness("BrokenText")
        let sink = harness.call()
        for name in ["name", "value", "type", "reason", "message", "finding"] {
            #expect(harness.log.status(name) == .invalid, "\(name)")
        }
        #expect(harness.log.status("log") == .ok && harness.log.status("body") == .ok)
        #expect(harness.log.lines.contains { $0.message == "a\u{fffd}" && $0.fields == ["a=a\u{fffd}"] })
        #expect(sink.answers == [.sent(status: 200, contentType: "x/y", headers: [], body: "a\u{fffd}")])
    }

    @Test("a check that fails or reports nonsense adds nothing and is logged")
    func mendsCheck() throws {
        let harness = try Harness("BrokenText")
        let findings = harness.instance.check(
            harness.request(), body: UnsafeRawBufferPointer(start: nil, count: 0),
            nodes: UnsafeBufferPointer(start: nil, count: 0), deadlineNanoseconds: 0, trace: TraceContext(), known: [])
        #expect(findings.isEmpty)
        #expect(harness.log.status("check") == .invalid && harness.log.status("null") == .invalid)
        #expect(harness.log.lines.contains { $0.level == .error && $0.message.contains("GANTRY_E_FAILED") })
    }
}
