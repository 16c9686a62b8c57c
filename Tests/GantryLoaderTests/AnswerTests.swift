import Dispatch
import GantryCore
import GantryLoader
import Testing

@Suite("Exactly one answer", .enabled(if: Fixture.compiler != nil, Fixture.whyWithout))
struct AnswerTests {
    @Test("the second answer is refused with ALREADY, whatever it is")
    func answersTwice() throws {
        let harness = try Harness("AnswersTwice")
        #expect(harness.call().body == "one")
        #expect(harness.log.status("first") == .ok)
        for name in ["second", "fail", "refuse"] { #expect(harness.log.status(name) == .already, "\(name)") }
    }

    @Test("a handler that answers nothing is abandoned with its status")
    func neverAnswers() throws {
        let harness = try Harness("NeverAnswers")
        #expect(harness.call().answers == [.abandoned(.ok)])
        #expect(harness.call(pathParameters: ["a"]).answers == [.abandoned(.busy)])
        #expect(harness.call(pathParameters: ["a", "b"]).answers == [.abandoned(ModuleStatus(rawValue: 77))])
    }

    @Test("the context of a call that is over is STALE at every table")
    func answersLate() throws {
        let harness = try Harness("AnswersLate")
        let first = harness.call()
        #expect(first.body == "in time")
        #expect(harness.call().body == "in time")
        for name in ["send", "fail", "refuse", "log", "transact", "zero", "forged", "instance", "null"] {
            #expect(harness.log.status(name) == .stale, "\(name)")
        }
        #expect(first.answers.count == 1)
        #expect(harness.database.log.isEmpty)
        #expect(!harness.log.lines.contains { $0.message == "late" })
    }

    @Test("a pending call is answered from another thread, once, although two try")
    func answersFromThreads() throws {
        let harness = try Harness("AnswersFromThreads")
        for _ in 0..<200 {
            let sink = harness.call()
            #expect(sink.wait())
            #expect(sink.body == "later")
        }
    }

    @Test("an answer before PENDING ends the call with the handler's return")
    func answersBeforePending() throws {
        let harness = try Harness("AnswersBeforePending")
        #expect(harness.call().body == "now")
        #expect(harness.call().body == "now")
        #expect(harness.log.status("kept") == .stale)
    }

    @Test("whoever waits for a promised answer is told when the instance ends")
    func abandonsPending() throws {
        let harness = try Harness("LeavesPending")
        let sinks = [harness.call(), harness.call()]
        let other = try harness.another(tenant: "south")
        let bystander = harness.call(on: other)
        #expect(sinks.allSatisfy { $0.answers.isEmpty })
        try harness.instance.stop(deadlineNanoseconds: 0)
        for sink in sinks { #expect(sink.answers == [.abandoned(.cancelled)]) }
        #expect(bystander.answers.isEmpty)
        try other.stop(deadlineNanoseconds: 0)
        #expect(bystander.answers == [.abandoned(.cancelled)])
    }

    @Test("an instance that was stopped answers itself")
    func refusesAfterStop() throws {
        let harness = try Harness("Good")
        try harness.instance.stop(deadlineNanoseconds: 0)
        guard case .failed(let status, let reason, _, _) = harness.call("time").answers.first else {
            Issue.record("The module was entered.")
            return
        }
        #expect(status == 503 && reason == "module_stopping")
    }

    @Test("a serial module is never entered twice at a time")
    func entersSerially() throws {
        let harness = try Harness("OverlappingCalls")
        let instance = harness.instance
        let request = harness.request()
        let sinks = (0..<64).map { _ in FakeSink() }
        DispatchQueue.concurrentPerform(iterations: sinks.count) { index in
            instance.handle(
                request, body: UnsafeRawBufferPointer(start: nil, count: 0),
                nodes: UnsafeBufferPointer(start: nil, count: 0), deadlineNanoseconds: 0, trace: TraceContext(),
                sink: sinks[index])
        }
        #expect(sinks.allSatisfy { $0.body == "1" })
    }
}
