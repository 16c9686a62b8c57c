import Glibc
import Testing
import WorkerProbe

/// Requests that no thread of the host waits for.
@Suite("Quick calls", .enabled(if: Worker.compiler != nil, Worker.whyWithout))
struct QuickCallTests {
    /// `GANTRY_CHANNEL_GONE`.
    private static let gone: Int32 = -100
    /// `GANTRY_CHANNEL_FULL`.
    private static let full: Int32 = -101

    @Test("a request and its answer come with one message each way")
    func carriesOne() throws {
        let worker = try Worker("various")
        defer { worker.end() }
        let before = prober_count(worker.prober)
        #expect(worker.post(.hello) == 0)
        #expect(worker.awaitPosts(1).done == 1)
        #expect(worker.taken == "hello\n")
        let after = prober_count(worker.prober)
        #expect(after.calls == before.calls + 1 && after.served == before.served + 1)
        #expect(prober_brief_count(worker.prober) == 0, "The answer came with the return.")
    }

    @Test("what the handler calls within reaches the host, which knows that it must not wait")
    func carriesCallsWithin() throws {
        let worker = try Worker("various")
        defer { worker.end() }
        #expect(worker.post(.rows) == 0)
        #expect(worker.awaitPosts(1).done == 1)
        #expect(worker.taken == "status=0\nsum=42\ndone\n")
        // One call with callbacks of its own, and two lines of the log; each begins and ends.
        #expect(prober_brief_count(worker.prober) == 6)
    }

    @Test(
        "a module hears that a call was answered before, whichever thread has done it", arguments: ["oo", "ot", "to"])
    func answersOnce(who: String) throws {
        let worker = try Worker("various")
        defer { worker.end() }
        #expect(worker.post(.twice, Array(who.utf8)) == 0)
        #expect(worker.awaitPosts(1).done == 1)
        let lines = worker.taken.split(separator: "\n").filter { $0.hasPrefix("status=") }
        #expect(lines == ["status=0", "status=-5"])
    }

    @Test("many at once are each answered once, and beyond what there is room for they go another way")
    func carriesMany() throws {
        let worker = try Worker("various")
        defer { worker.end() }
        var posted: UInt64 = 0
        while posted < 5000 {
            switch worker.post(posted.isMultiple(of: 50) ? .rows : .hello) {
            case 0: posted += 1
            case let status:
                #expect(status == Self.full)
                sched_yield()
            }
        }
        let posts = worker.awaitPosts(posted)
        #expect(posts.done == posted && posts.failed == 0)
    }

    @Test("a request that is too large is not taken; an answer that is goes by itself")
    func carriesLarge() throws {
        let worker = try Worker("various")
        defer { worker.end() }
        #expect(worker.post(.large, [UInt8](repeating: 7, count: 20_000)) == Self.full)
        #expect(worker.post(.large, [UInt8](repeating: 7, count: 16_000)) == 0)
        #expect(worker.awaitPosts(1).done == 1)
        #expect(worker.taken.hasSuffix("sent=0\n"))
        #expect(prober_answer_size(worker.prober) == 16_000)
    }

    @Test("a worker that crashes, or is killed, ends every one that is under way, once")
    func survivesCrash() throws {
        let worker = try Worker("various")
        #expect(worker.post(.crash) == 0)
        var posted: UInt64 = 1
        while true {
            let status = worker.post(.hello)
            if status == 0 { posted += 1 } else if status == Self.gone { break }
        }
        let posts = worker.awaitPosts(posted)
        #expect(posts.done + posts.failed == posted && posts.failed >= 1 && posts.last == Self.gone)
        worker.end()

        let looping = try Worker("various")
        #expect(looping.post(.loop) == 0)
        posted = 1
        while looping.post(.hello) == 0 { posted += 1 }
        #expect(UInt64(prober_count(looping.prober).busy_lanes) == posted && posted <= 64)
        prober_kill(looping.prober, SIGKILL)
        #expect(looping.awaitPosts(posted).failed == posted)
        looping.end()
    }

    @Test("a handler that does not return keeps the quick ones behind it, and no later one")
    func goesRound() throws {
        let worker = try Worker("various")
        #expect(worker.post(.loop) == 0)
        // So many behind it until the host sees that nothing moves.
        while worker.post(.hello) == 0 { usleep(1000) }
        #expect(worker.handle(.hello) == 0, "Another lane, and another thread.")
        #expect(worker.taken == "hello\n")
        prober_break(worker.prober, "The test is over.")
        worker.end()
    }
}
