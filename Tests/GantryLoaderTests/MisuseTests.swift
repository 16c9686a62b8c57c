import GantryCore
import GantryLoader
import Testing

@Suite("What the operator reads of a module that misuses the interface", .enabled(if: Fixture.compiler != nil))
struct MisuseTests {
    /// A fixture that is called once, and a line that the log must hold.
    struct Case: Sendable, CustomTestStringConvertible {
        var fault: String
        var words: String
        var testDescription: String { "\(fault) \(words)" }
    }

    static let cases = [
        Case(
            fault: "AnswersTwice",
            words: "`gantry.response.send` answered GANTRY_E_ALREADY, for the call was answered before."),
        Case(fault: "AnswersTwice", words: "`gantry.response.fail` answered GANTRY_E_ALREADY"),
        Case(fault: "AnswersTwice", words: "`gantry.response.refuse` answered GANTRY_E_ALREADY"),
        Case(fault: "BadSpans", words: "`gantry.response.send` answered GANTRY_E_INVALID, for an argument breaks its"),
        Case(fault: "BadSpans", words: "`gantry.database.execute` answered GANTRY_E_INVALID"),
        Case(
            fault: "OversizedBody",
            words: "`gantry.response.send` answered GANTRY_E_LIMIT, for it was given more than the host allows."),
        Case(fault: "HeaderInjection", words: "`gantry.response.send` answered GANTRY_E_INVALID"),
        Case(
            fault: "WrongThread",
            words: "`gantry.database.execute` answered GANTRY_E_THREAD, for it must not be called on this thread now."),
        Case(
            fault: "KeptTransaction",
            words: "`gantry.database.execute` answered GANTRY_E_STALE, for the call, transaction or instance that it"),
        Case(fault: "BadEvents", words: "`gantry.events.publish` answered GANTRY_E_LIMIT"),
        Case(fault: "BadEvents", words: "`gantry.jobs.enqueue` answered GANTRY_E_INVALID"),
        Case(fault: "WaitsInline", words: "`gantry.database.transact` answered GANTRY_E_THREAD"),
    ]

    @Test("names function, status and meaning, and what the module was doing", arguments: cases)
    func tells(example: Case) throws {
        let harness = try Harness(example.fault)
        harness.call()
        let lines = harness.log.lines.filter { $0.message.hasPrefix("The module misuses the interface: ") }
        let line = try #require(lines.first { $0.message.contains(example.words) }, "\(lines)")
        #expect(line.level == .warning && line.fields == ["within=the operation `run`"])
    }

    @Test("says why the host has refused something, also to a module that looks into no error record, and once")
    func tellsReasons() throws {
        let harness = try Harness("WaitsInline")
        for _ in 0..<3 { harness.call() }
        let lines = harness.log.lines.filter { $0.message.hasPrefix("The host has refused what the module asked") }
        #expect(lines.count == 1)
        #expect(lines.first?.message.contains("A route that waits says `execution: blocking`.") == true)
        #expect(lines.first?.fields == ["within=the operation `run`"])
    }

    @Test("says each thing once, however often it happens")
    func tellsOnce() throws {
        let harness = try Harness("AnswersTwice")
        for _ in 0..<50 { harness.call() }
        #expect(harness.log.lines.count { $0.message.contains("`gantry.response.send`") } == 1)
    }

    @Test("a late answer is named too, though its call is gone")
    func tellsLate() throws {
        let harness = try Harness("AnswersLate")
        harness.call()
        harness.call()
        let late = harness.log.lines.filter { $0.message.contains("answered GANTRY_E_STALE") }
        #expect(late.contains { $0.message.contains("`gantry.response.send`") && $0.fields.isEmpty })
        #expect(late.contains { $0.message.contains("`gantry.database.transact`") })
    }
}

@Suite("Where nothing may wait", .enabled(if: Fixture.compiler != nil, Fixture.whyWithout))
struct WaitingTests {
    @Test("a transaction on an event loop, in a check or inside of another one answers THREAD and does not begin")
    func refusesWaiting() throws {
        let harness = try Harness("WaitsInline")
        #expect(harness.call().body == "Nothing may wait here, in the operation `run`. Use `submit`.")
        #expect(harness.log.status("inline") == .thread)
        _ = harness.instance.check(
            harness.request(), body: UnsafeRawBufferPointer(start: nil, count: 0),
            nodes: UnsafeBufferPointer(start: nil, count: 0), deadlineNanoseconds: 0, trace: TraceContext(), known: [])
        #expect(harness.log.status("check") == .thread)
        #expect(harness.database.log.isEmpty)
        #expect(harness.call("nest").body == "done")
        #expect(harness.log.status("nested") == .thread && harness.log.status("outer") == .ok)
        #expect(harness.database.log == ["begin read", "commit"])
    }

    @Test("an answer that nobody waits for any more is STALE, and the module can know before")
    func answersForsaken() throws {
        let harness = try Harness("AnswersForsaken")
        let sink = harness.call()
        #expect(harness.log.status("before") == .ok)
        sink.forsake()
        #expect(harness.call().body == "done")
        #expect(harness.log.status("after") == ModuleStatus(rawValue: 1))
        #expect(harness.log.status("late") == .stale && harness.log.status("again") == .stale)
        #expect(sink.answers.isEmpty)
    }

    @Test("a call that is never answered leaves no handle behind once nobody waits")
    func forgetsForsaken() throws {
        let harness = try Harness("AnswersForsaken")
        let sink = harness.call()
        ModuleInstance.endForsakenCalls()
        #expect(sink.answers.isEmpty)
        sink.forsake()
        ModuleInstance.endForsakenCalls()
        sink.recall()
        #expect(harness.call().body == "done")
        // Were the handle still there, the second call's answer to the first one would have arrived.
        #expect(harness.log.status("late") == .stale && sink.answers.isEmpty)
    }

    @Test("a call that is never answered does not hold its instance up once nobody waits")
    func endsForsaken() throws {
        let harness = try Harness("LeavesPending")
        let sink = harness.call()
        sink.forsake()
        let begin = ContinuousClock.now
        try harness.instance.stop(deadlineNanoseconds: .max)
        #expect(ContinuousClock.now - begin < .seconds(10))
        #expect(sink.answers.isEmpty)
    }

    @Test("a quiesce that takes longer than it was given is named, and the instance ends all the same")
    func namesSlowQuiesce() throws {
        let harness = try Harness("SlowQuiesce")
        expectRefusal(
            .stopFailed,
            "`quiesce` for tenant `north` answered GANTRY_OK: but only after the time that it was given."
        ) { try harness.instance.stop(deadlineNanoseconds: 1) }
        #expect(harness.instance.isQuiescing)
    }
}
