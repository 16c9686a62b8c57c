import GantryCore
import GantryJSON
import GantryLoader
import Testing

@Suite("A module without faults", .enabled(if: Fixture.compiler != nil, Fixture.whyWithout))
struct GoodModuleTests {
    @Test("gets the request and answers it whole")
    func answers() throws {
        let harness = try Harness("Good", configuration: #"{"greeting":"hi"}"#)
        let admin = Principal(kind: .key, subject: "k1", role: .admin, tenant: "north")
        let sink = harness.call("echo", body: #"{"a":1}"#, principal: admin)
        #expect(
            sink.answers == [
                .sent(
                    status: 201, contentType: "application/json", headers: ["x-kind: admin", "x-path: /echo"],
                    body: #"{"a":1}"#)
            ])
        #expect(harness.log.lines.contains { $0.level == .debug && $0.message == #"{"greeting":"hi"}"# })
        #expect(harness.log.status("events") == .ok && harness.log.status("jobs") == .ok)
    }

    @Test("reads the clock, asks for random bytes and whether anybody waits, and logs a field")
    func usesServices() throws {
        let harness = try Harness("Good")
        #expect(harness.call("time").body == "time")
        #expect(harness.log.lines.contains(FakeLog.Line(level: .warning, message: "clock", fields: ["unit=ms"])))
    }

    @Test("stores rows, an event and a job in one transaction")
    func usesDatabase() throws {
        let harness = try Harness("Good")
        #expect(harness.call("store").body == FakeDatabase.eventID)
        #expect(
            harness.database.log == [
                "begin write", "execute INSERT $1, $2", "publish entry.added key {}", "enqueue digest {}", "commit",
            ])
    }

    @Test("answers with a failure, and with findings")
    func answersFailures() throws {
        let harness = try Harness("Good")
        #expect(
            harness.call("fail").answers == [
                .failed(status: 409, reason: "taken", message: "It is taken.", details: #"{"by":1}"#)
            ])
        #expect(
            harness.call("refuse").answers == [
                .refused([FieldFinding(field: "a.b", code: "wrong", message: "It is.")])
            ])
    }

    @Test("adds its own findings to those it is told of")
    func checks() throws {
        let harness = try Harness("Good")
        let known = [FieldFinding(field: "size", code: "type", message: "A number.")]
        for (given, expected) in [(known, "size"), ([], "")] {
            let findings = harness.instance.check(
                harness.request("echo"), body: UnsafeRawBufferPointer(start: nil, count: 0),
                nodes: UnsafeBufferPointer(start: nil, count: 0), deadlineNanoseconds: 0, trace: TraceContext(),
                known: given)
            #expect(findings == [FieldFinding(field: "late", code: "seen", message: expected)])
        }
    }

    @Test("takes events and jobs, and says when it cannot")
    func takesDeliveries() throws {
        let harness = try Harness("Good")
        var event = DeliveredEvent(
            handler: "forget", attempt: 1, id: "e1", source: "users", type: "user.left", key: "", timeMilliseconds: 1,
            data: Array("{}".utf8))
        let trace = TraceContext()
        #expect(harness.instance.deliver(event, deadlineNanoseconds: 0, trace: trace).status == .ok)
        #expect(harness.log.lines.contains { $0.message == "user.left" })
        event.attempt = 2
        let again = harness.instance.deliver(event, deadlineNanoseconds: 0, trace: trace)
        #expect(again.status == .failed && again.message == "not again")
        event.data = Array("{".utf8)
        #expect(harness.instance.deliver(event, deadlineNanoseconds: 0, trace: trace).status == .invalid)
        event.handler = "unknown"
        #expect(harness.instance.deliver(event, deadlineNanoseconds: 0, trace: trace).status == .unsupported)
        #expect(run(harness, "digest", "{}").status == .ok)
        #expect(run(harness, "digest", "[]").message == "no object")
        #expect(run(harness, "unknown", "{}").status == .unsupported)
    }

    private func run(_ harness: Harness, _ job: String, _ payload: String) -> PortOutcome {
        harness.instance.run(
            job: job, id: "j1", attempt: 1, payload: Array(payload.utf8), deadlineNanoseconds: 0, trace: TraceContext())
    }

    @Test("a cancelled call knows it: by its deadline, and when the instance is to end")
    func knowsCancellation() throws {
        let harness = try Harness("Good")
        let sink = FakeSink()
        // The fixture answers a failure when it finds itself cancelled, as it is one nanosecond after the machine's
        // start.
        harness.instance.handle(
            harness.request("time"), body: UnsafeRawBufferPointer(start: nil, count: 0),
            nodes: UnsafeBufferPointer(start: nil, count: 0), deadlineNanoseconds: 1, trace: TraceContext(), sink: sink)
        #expect(sink.answers == [.abandoned(.failed)])
    }

    @Test("can be stopped and made again for the same tenant any number of times")
    func startsAgain() throws {
        let harness = try Harness("Good")
        try harness.instance.stop(deadlineNanoseconds: 0)
        for _ in 0..<1000 {
            let next = try harness.another(tenant: "north")
            try next.stop(deadlineNanoseconds: 0)
        }
        let last = try harness.another(tenant: "north")
        #expect(harness.call("time", on: last).body == "time")
    }
}
