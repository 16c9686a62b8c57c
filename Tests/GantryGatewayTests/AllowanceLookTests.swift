import GantryCore
import Testing

@testable import GantryGateway

@Suite("Allowances that are looked at")
struct AllowanceLookTests {
    private let rate = RateLimit(count: 5, periodSeconds: 3600)
    private let second: Int64 = 1_000_000_000

    @Test("A look takes nothing, and before the first request tells of a window that would begin now")
    func look() {
        let cell = LimitCell()
        #expect(cell.look(rate, nowNanoseconds: 10 * second) == FixedWindow.untouched(rate))
        for _ in 0..<2 { _ = cell.take(rate, .windowed, nowNanoseconds: 10 * second) }
        for _ in 0..<3 {
            let left = cell.look(rate, nowNanoseconds: 70 * second)
            #expect(left.remaining == 3 && left.limit == 5 && left.resetNanoseconds == 3540 * second)
        }
        for _ in 0..<9 { _ = cell.take(rate, .windowed, nowNanoseconds: 70 * second) }
        #expect(cell.look(rate, nowNanoseconds: 70 * second).remaining == 0)
        #expect(cell.look(rate, nowNanoseconds: 3611 * second) == FixedWindow.untouched(rate))
    }
}
