import GantryCore
import Testing

@testable import GantryGateway

@Suite("Memory of limits")
struct LimitTableTests {
    private static let rate = RateLimit(count: 10, periodSeconds: 60)
    private static let second: Int64 = 1_000_000_000

    @Test("Subjects that a caller makes up take no more room than there is")
    func bounded() {
        let table = LimitTable(shardCount: 4, capacity: 100)
        let limitClass = LimitClassState(.steady, table: table)
        for number in 0..<20_000 {
            let cell = limitClass.cell("a:\(number)", Self.rate, nowNanoseconds: Self.second)
            _ = cell.take(Self.rate, .steady, nowNanoseconds: Self.second)
        }
        #expect(table.count <= 400)
        #expect(table.count > 300)
    }

    @Test("Who has used up an allowance is not forgiven because many others come")
    func keepsTheWorst() throws {
        let table = LimitTable(shardCount: 1, capacity: 200)
        let limitClass = LimitClassState(.windowed, table: table)
        let greedy = limitClass.cell("greedy", Self.rate, nowNanoseconds: Self.second)
        for _ in 0..<10 { _ = greedy.take(Self.rate, .windowed, nowNanoseconds: Self.second) }
        for number in 0..<5000 {
            let cell = limitClass.cell("a:\(number)", Self.rate, nowNanoseconds: Self.second)
            _ = cell.take(Self.rate, .windowed, nowNanoseconds: Self.second)
        }
        let again = limitClass.cell("greedy", Self.rate, nowNanoseconds: Self.second)
        #expect(again.take(Self.rate, .windowed, nowNanoseconds: Self.second)?.isGranted == false)
    }

    @Test("Those whose allowance is whole are forgotten while others come")
    func forgets() {
        let table = LimitTable(shardCount: 1, capacity: 10_000)
        let limitClass = LimitClassState(.steady, table: table)
        for number in 0..<5000 {
            let cell = limitClass.cell("a:\(number)", Self.rate, nowNanoseconds: Self.second)
            _ = cell.take(Self.rate, .steady, nowNanoseconds: Self.second)
        }
        for number in 5000..<15_000 {
            let now = 100 * Self.second
            _ = limitClass.cell("a:\(number)", Self.rate, nowNanoseconds: now).take(
                Self.rate, .steady, nowNanoseconds: now)
        }
        #expect(table.count <= 10_000)
    }

    @Test("Two classes do not share a subject, and one that was pushed out is looked up again")
    func classes() throws {
        let table = LimitTable(shardCount: 1, capacity: 8)
        let (one, other) = (LimitClassState(.steady, table: table), LimitClassState(.steady, table: table))
        let cell = one.cell("x", Self.rate, nowNanoseconds: 1)
        #expect(cell === one.cell("x", Self.rate, nowNanoseconds: 1))
        #expect(cell !== other.cell("x", Self.rate, nowNanoseconds: 1))
        for number in 0..<1000 { _ = other.cell("\(number)", Self.rate, nowNanoseconds: 1) }
        #expect(cell.take(Self.rate, .steady, nowNanoseconds: 1) == nil)
        #expect(one.cell("x", Self.rate, nowNanoseconds: 1) !== cell)
    }
}
