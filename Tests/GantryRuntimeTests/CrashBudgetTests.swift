import GantryCore
import Testing

@testable import GantryRuntime

@Suite("How often a worker may crash")
struct CrashBudgetTests {
    private func limits(_ change: (inout Deployment.Isolation) -> Void = { _ in }) -> Deployment.Isolation {
        var limits = Deployment.Isolation(tier: .worker)
        change(&limits)
        return limits
    }

    @Test("a worker that never crashed may be started")
    func innocent() {
        #expect(CrashBudget(limits()).verdict(atMilliseconds: 0) == .now)
    }

    @Test("the wait begins with 100 ms, doubles, and is never longer than said")
    func backoff() {
        var budget = CrashBudget(
            limits {
                $0.crashCount = 100
                $0.longestBackoffMilliseconds = 1000
            })
        let waits = (0..<6).map { index -> Int64 in
            let now = Int64(index) * 5000
            guard case .at(let time) = budget.crashed(atMilliseconds: now) else { return -1 }
            return time - now
        }
        #expect(waits == [100, 200, 400, 800, 1000, 1000])
        #expect(budget.verdict(atMilliseconds: 25_999) == .at(milliseconds: 26_000))
        #expect(budget.verdict(atMilliseconds: 26_000) == .now)
    }

    @Test("a very long series of crashes does not overflow the wait")
    func manyCrashes() {
        var budget = CrashBudget(
            limits {
                $0.crashCount = 1000
                $0.windowMilliseconds = 7 * 86_400_000
            })
        for index in 0..<999 { _ = budget.crashed(atMilliseconds: Int64(index)) }
        #expect(budget.verdict(atMilliseconds: 998) == .at(milliseconds: 30_998))
    }

    @Test("the last crash of the budget quarantines, and no time ends that")
    func quarantine() {
        var budget = CrashBudget(limits { $0.crashCount = 3 })
        #expect(budget.crashed(atMilliseconds: 0) == .at(milliseconds: 100))
        #expect(budget.crashed(atMilliseconds: 100) == .at(milliseconds: 300))
        #expect(budget.crashed(atMilliseconds: 300) == .never)
        #expect(budget.isQuarantined && budget.verdict(atMilliseconds: .max) == .never)
    }

    @Test("crashes that lie further back than the window do not count")
    func window() {
        var budget = CrashBudget(
            limits {
                $0.crashCount = 2
                $0.windowMilliseconds = 1000
            })
        #expect(budget.crashed(atMilliseconds: 0) == .at(milliseconds: 100))
        #expect(budget.crashed(atMilliseconds: 1001) == .at(milliseconds: 1101))
        #expect(budget.crashed(atMilliseconds: 2001) == .never, "exactly the window's length apart still counts")
    }

    @Test("one crash is the whole budget where the operator says so")
    func single() {
        var budget = CrashBudget(limits { $0.crashCount = 1 })
        #expect(budget.crashed(atMilliseconds: 5) == .never)
    }

    @Test("an operator's word gives the whole budget back")
    func forgiveness() {
        var budget = CrashBudget(limits { $0.crashCount = 2 })
        _ = budget.crashed(atMilliseconds: 0)
        _ = budget.crashed(atMilliseconds: 1)
        budget.forgive()
        #expect(budget == CrashBudget(limits { $0.crashCount = 2 }))
        #expect(budget.crashed(atMilliseconds: 2) == .at(milliseconds: 102))
    }

    @Test("other limits hold from the next crash on and lift no quarantine")
    func otherLimits() {
        var budget = CrashBudget(limits { $0.crashCount = 1 })
        _ = budget.crashed(atMilliseconds: 0)
        budget.adopt(limits { $0.crashCount = 10 })
        #expect(budget.isQuarantined)
        budget.forgive()
        #expect(budget.crashed(atMilliseconds: 1) == .at(milliseconds: 101))
    }
}
