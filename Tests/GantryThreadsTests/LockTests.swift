import Dispatch
import GantryThreads
import Testing

@Suite("Lock")
struct LockTests {
    private struct Refusal: Error, Equatable {
        let number: Int
    }

    private final class Witness: Sendable {
        let count: Lock<Int>

        init() { count = Lock(0) }
    }

    @Test("Of many threads that count on one lock, none loses a step")
    func counting() {
        let count = Lock(0)
        DispatchQueue.concurrentPerform(iterations: 8) { _ in
            for _ in 0..<5_000 { count.withLock { $0 += 1 } }
        }
        #expect(count.withLock { $0 } == 40_000)
    }

    @Test("Only one thread is inside at a time, also when the value is more than one word")
    func exclusion() {
        let pair = Lock((left: 0, right: [0]))
        let torn = Lock(0)
        DispatchQueue.concurrentPerform(iterations: 8) { _ in
            for _ in 0..<2_000 {
                let isTorn = pair.withLock { pair in
                    defer {
                        pair.left += 1
                        pair.right[0] += 1
                    }
                    return pair.left != pair.right[0]
                }
                if isTorn { torn.withLock { $0 += 1 } }
            }
        }
        #expect(torn.withLock { $0 } == 0)
        #expect(pair.withLock { $0.left } == 16_000)
    }

    @Test("A body's error arrives with its type, its changes stay, and the lock is free again")
    func errors() {
        let state = Lock(1)
        do throws(Refusal) {
            try state.withLock { number throws(Refusal) in
                number = 2
                throw Refusal(number: number)
            }
            Issue.record("The body threw.")
        } catch {
            #expect(error == Refusal(number: 2))
        }
        #expect(state.withLock { $0 } == 2)
    }

    @Test("The value ends with its lock")
    func lifetime() {
        weak var seen: Witness?
        do {
            let holder = Lock<Witness?>(Witness())
            holder.withLock { seen = $0 }
            #expect(seen != nil)
        }
        #expect(seen == nil)
    }

    @Test("A value with an alignment of its own stands where it may")
    func alignment() {
        let vector = Lock(SIMD8<Double>(repeating: 1))
        vector.withLock { $0 += $0 }
        #expect(vector.withLock { $0 } == SIMD8(repeating: 2))
    }

    #if DEBUG
        @Test("A thread that takes what it holds ends the process instead of waiting for itself")
        func recursion() async {
            await #expect(processExitsWith: .failure) {
                let lock = Lock(0)
                lock.withLock { _ in lock.withLock { $0 += 1 } }
            }
        }
    #endif
}
