import Glibc
import TestCommands
import Testing
import WorkerProbe

/// What a module in a worker can do, and what becomes of calls when the worker ends.
@Suite("Workers", .enabled(if: Worker.compiler != nil, Worker.whyWithout))
struct WorkerTests {
    /// `GANTRY_CHANNEL_GONE`.
    private static let gone: Int32 = -100
    /// `GANTRY_CHANNEL_FULL`.
    private static let full: Int32 = -101

    @Test("a request, calls within calls, and callbacks lent to them work as in one process")
    func carriesCalls() throws {
        let worker = try Worker("various")
        defer { worker.end() }
        #expect(worker.handle(.hello) == 0)
        #expect(worker.taken == "hello\n")
        #expect(worker.handle(.rows) == 0)
        #expect(worker.taken == "status=0\nsum=42\ndone\n")
    }

    @Test("messages larger than a lane travel in pieces, both ways", arguments: [100_000, 131_072, 131_073, 9_000_000])
    func carriesLargeMessages(size: Int) throws {
        let worker = try Worker("various")
        defer { worker.end() }
        #expect(worker.handle(.large, [UInt8](repeating: 7, count: size)) == 0)
        #expect(worker.taken.hasSuffix("sent=0\n"))
        #expect(prober_answer_size(worker.prober) == UInt64(size))
    }

    @Test("a message that is larger than the host takes is refused to the module, which goes on")
    func refusesLargeMessages() throws {
        var settings = prober_settings()
        settings.most_message_bytes = 1 << 20
        let worker = try Worker("various", settings)
        defer { worker.end() }
        #expect(worker.handle(.large, [UInt8](repeating: 7, count: 2 << 20)) == 0)
        #expect(worker.taken == "sent=-10\n")
        #expect(worker.handle(.hello) == 0)
    }

    @Test("threads of the module call the host at once, also more of them than there are lanes")
    func servesThreads() throws {
        var settings = prober_settings()
        settings.return_lanes = 3
        let worker = try Worker("various", settings)
        defer { worker.end() }
        #expect(worker.handle(.threads) == 0)
        #expect(worker.taken == "wrong=0\ndone\n")
    }

    @Test("threads of the host call the module at once")
    func callsAtOnce() throws {
        let worker = try Worker("various")
        defer { worker.end() }
        for _ in 0..<50 {
            let calls = (0..<8).map { _ in worker.begin(.rows) }
            #expect(calls.allSatisfy { $0.wait() == 0 })
        }
        #expect(worker.taken.split(separator: "\n").count { $0 == "sum=42" } == 400)
    }

    @Test("work that the host runs later reaches the module")
    func runsWork() throws {
        let worker = try Worker("various")
        defer { worker.end() }
        #expect(worker.handle(.work) == 0)
        var seen = ""
        while !seen.contains("work=0\n") {
            seen += worker.taken
            sched_yield()
        }
    }

    @Test("calls within calls end at a depth that the host's stack bears")
    func boundsDepth() throws {
        let worker = try Worker("various")
        defer { worker.end() }
        #expect(worker.handle(.deep) == 0)
        #expect(worker.taken == "depth=16\nworst=-10\ndone\n")
    }

    @Test("callbacks that the host keeps for a worker are counted, and too many are refused")
    func boundsTokens() throws {
        var settings = prober_settings()
        settings.most_tokens = 100
        let worker = try Worker("various", settings)
        defer { worker.end() }
        #expect(worker.handle(.watches) == 0)
        // One of them is the host that the instance was given.
        #expect(worker.taken == "watches=99\nlast=-8\ndone\n")
        #expect(prober_count(worker.prober).tokens == 100)
        #expect(worker.handle(.hello) == 0)
    }

    @Test("a worker that crashes fails its calls at once, and all later ones")
    func survivesCrash() throws {
        let worker = try Worker("various")
        #expect(worker.handle(.crash) == Self.gone)
        #expect(worker.handle(.hello) == Self.gone)
        #expect(worker.reason == "The worker has ended.")
        #expect(prober_wait(worker.prober) == 128 + SIGABRT)
        worker.end()
    }

    @Test("a worker that is killed in the middle of calls fails every one of them")
    func survivesKill() throws {
        let worker = try Worker("various")
        let calls = [worker.begin(.loop), worker.begin(.loop)]
        worker.awaitCalls(2)
        prober_kill(worker.prober, SIGKILL)
        for call in calls { #expect(call.wait() == Self.gone) }
        worker.end()
    }

    @Test("a call that is long beyond its deadline cuts the worker off")
    func endsLoops() throws {
        var settings = prober_settings()
        settings.overdue_milliseconds = 20
        let worker = try Worker("various", settings)
        #expect(worker.handle(.loop, deadlineMilliseconds: 20) == Self.gone)
        #expect(worker.reason == "The worker was not done long after a call's deadline.")
        worker.end()
    }

    @Test("a call that finds no lane until its deadline is told so, and the others go on")
    func boundsLanes() throws {
        var settings = prober_settings()
        settings.call_lanes = 1
        let worker = try Worker("various", settings)
        let call = worker.begin(.loop)
        worker.awaitCalls(1)
        #expect(worker.handle(.hello, deadlineMilliseconds: 10) == Self.full)
        prober_break(worker.prober, "The test is over.")
        #expect(call.wait() == Self.gone)
        #expect(worker.reason == "The test is over.")
        worker.end()
    }

    @Test("why a library cannot be loaded reaches the host")
    func tellsWhyNot() {
        let worker = Worker(library: "/nonexistent/module.so")
        #expect(prober_status(worker.prober) == -11)
        #expect(worker.reason.contains("cannot be loaded: /nonexistent/module.so"), "\(worker.reason)")
        worker.end()
    }

    @Test("why a worker cannot restrict itself reaches the host")
    func tellsWhatIsMissing() {
        var settings = prober_settings()
        let worker = "libnowhere.so".withCString { name in
            settings.needed = name
            return Worker(library: "/nonexistent/module.so", settings)
        }
        #expect(prober_status(worker.prober) == Self.gone)
        #expect(worker.reason.hasPrefix("A library that the module needs cannot be loaded: libnowhere.so"))
        worker.end()
    }

    @Test("a cgroup that cannot be joined is told, and nothing is loaded")
    func tellsMissingGroup() {
        var settings = prober_settings()
        let worker = "/nonexistent".withCString { path in
            settings.group = path
            return Worker(library: "/nonexistent/module.so", settings)
        }
        #expect(prober_status(worker.prober) == Self.gone)
        #expect(worker.reason == "The cgroup cannot be joined: No such file or directory.")
        worker.end()
    }

    @Test("memory and descriptors end where the operator says, and the module goes on")
    func boundsResources() throws {
        var settings = prober_settings()
        settings.memory_bytes = 1 << 30
        let worker = try Worker("various", settings)
        defer { worker.end() }
        #expect(worker.handle(.memory) == 0)
        let memory = worker.taken.split(whereSeparator: { $0 == "=" || $0 == "\n" })
        #expect(memory.count == 3 && (100..<1024).contains(Int(memory[1]) ?? 0), "\(memory)")
        #expect(worker.handle(.files) == 0)
        let files = worker.taken.split(whereSeparator: { $0 == "=" || $0 == "\n" })
        #expect(files.count == 3 && (1..<64).contains(Int(files[1]) ?? 0), "\(files)")
        #expect(worker.handle(.hello) == 0)
    }

    @Test(
        "a command line that makes no sense is refused in words", arguments: [[], ["--socket", "3"], ["--what", "1"]])
    func refusesCommandLines(arguments: [String]) {
        let outcome = Command.run([TestFiles.builtProgram("gantry-worker")] + arguments)
        #expect(outcome.status == 64)
        #expect(outcome.output.hasPrefix("gantry-worker: wrong command line"))
    }
}
