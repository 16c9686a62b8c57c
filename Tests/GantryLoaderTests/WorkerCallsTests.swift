import GantryThreads
import Glibc
import Testing

@testable import GantryLoader

@Suite("What a worker owes an answer")
struct WorkerCallsTests {
    private let second: Int64 = 1_000_000_000

    @Test("a call that has just begun is not late, and one that has returned is owed nothing")
    func inTime() {
        let calls = WorkerCalls(graceNanoseconds: second, longestNanoseconds: 1000 * second)
        #expect(calls.overdue() == nil && calls.count == 0)
        let inside = calls.tracking(nil, mayTakeLong: true) { (calls.overdue(), calls.count) }
        #expect(inside == (nil, 1) && calls.count == 0)
    }

    @Test("what has no deadline is late after the longest time that a call may take")
    func longest() {
        let calls = WorkerCalls(graceNanoseconds: second, longestNanoseconds: -1)
        calls.tracking(nil, mayTakeLong: true) {
            #expect(calls.overdue() == "work of its own did not return in its time")
        }
        #expect(calls.overdue() == nil)
    }

    @Test("calls on several threads are told apart")
    func threads() {
        let calls = WorkerCalls(graceNanoseconds: 0, longestNanoseconds: 1000 * second)
        let pool = ThreadPool(name: "calls", threadCount: 4)
        let (arrived, gate) = (Latch(), Latch())
        let count = Lock(0)
        for _ in 0..<4 {
            _ = pool.submit {
                calls.tracking(nil, mayTakeLong: false) {
                    if count.withLock({ number in
                        number += 1; return number
                    }) == 4 {
                        arrived.open()
                    }
                    gate.wait()
                }
            }
        }
        arrived.wait()
        #expect(calls.count == 4 && calls.overdue() == nil)
        gate.open()
        pool.stop()
        #expect(calls.count == 0)
    }

    @Test(
        "each end has a reason for the metrics and words for the operator",
        arguments: [
            (WorkerEnd.signalled(SIGSEGV), "signal", "ended by SIGSEGV (Segmentation fault)"),
            (.exited(code: 7), "exit", "ended by itself with code 7"),
            (.outOfMemory(mebibytes: 96), "memory", "took more than 96 MiB of memory"),
            (.hung("a job did not return in its time"), "hang", "hung: a job did not return in its time"),
            (
                .broken("The worker sent what is no message."), "protocol",
                "broke the rules of the channel: The worker sent what is no message"
            ),
            (.unstartable("no Landlock"), "start", "could not be started: no Landlock"),
            (.asked, "asked", "ended by the host"),
        ])
    func words(end: WorkerEnd, reason: String, text: String) {
        #expect(end.reason == reason && end.text == text)
    }

    @Test("texts for the report of a crash are there once each and never move")
    func texts() {
        let first = CrashReport.text("the operation `one`")
        for number in 0..<1000 { _ = CrashReport.text("another \(number)") }
        #expect(CrashReport.text("the operation `one`") == first && String(cString: first) == "the operation `one`")
    }
}
