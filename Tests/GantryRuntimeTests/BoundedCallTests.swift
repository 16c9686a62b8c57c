import GantryThreads
import Testing

@testable import GantryRuntime

@Suite("Calls that may never return")
struct BoundedCallTests {
    @Test("a result in time is given")
    func inTime() {
        let value = BoundedCall.run(within: .seconds(60)) { (_: Int) in
            Issue.record("it was not late")
        } _: {
            7
        }
        #expect(value == 7)
    }

    @Test("a result that comes too late goes to whoever cleans up, and to nobody else")
    func late() {
        let gate = Latch()
        let cleaned = Latch()
        let seen = Lock(0)
        let value = BoundedCall.run(within: .milliseconds(1)) { (late: Int) in
            seen.withLock { $0 = late }
            cleaned.open()
        } _: {
            gate.wait()
            return 7
        }
        #expect(value == nil)
        gate.open()
        cleaned.wait()
        #expect(seen.withLock { $0 } == 7)
    }

    @Test("each item has its turn exactly once", arguments: [0, 1, 3, 100])
    func forEach(count: Int) {
        let seen = Lock<[Int]>([])
        BoundedCall.forEach(Array(0..<count), threadCount: 8) { item in seen.withLock { $0.append(item) } }
        #expect(seen.withLock { $0.sorted() } == Array(0..<count))
    }
}
