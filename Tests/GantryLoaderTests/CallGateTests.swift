import GantryThreads
import Glibc
import Synchronization
import Testing

@testable import GantryLoader

@Suite("Call gate")
struct CallGateTests {
    private final class Counter: Sendable {
        let count = Atomic<Int>(0)
    }

    /// Plain memory of a module: whoever touches it outside of the gate is seen by its values and by ThreadSanitizer.
    private final class Memory: @unchecked Sendable {
        // Guard: the gate under test; each thread has a slot of its own until the gate is empty.
        let slots: UnsafeMutablePointer<Int>
        let count: Int

        init(count: Int) {
            self.count = count
            slots = .allocate(capacity: count)
            slots.initialize(repeating: 0, count: count)
        }

        deinit { slots.deallocate() }

        /// What was counted, leaving a mark in place of it.
        func takeAll(leaving mark: Int) -> Int {
            defer { slots.update(repeating: mark, count: count) }
            return (0..<count).reduce(0) { $0 + slots[$1] }
        }
    }

    @Test("lets calls in with the module's pointer until it is closed, and counts those inside")
    func closes() {
        let memory = Memory(count: 1)
        let gate = CallGate()
        gate.open(memory.slots)
        #expect(!gate.hasCalls)
        #expect(gate.enter() == .some(UnsafeMutableRawPointer(memory.slots)))
        #expect(gate.enter() != nil)
        gate.close()
        #expect(gate.enter() == nil)
        gate.leave()
        #expect(gate.hasCalls, "One call is still inside, and the refused one does not count.")
        gate.leave()
        #expect(!gate.hasCalls)
        #expect(gate.enter() == nil)
    }

    @Test("hands out the null pointer of a module without data as a pointer, not as a refusal")
    func nullPointer() {
        let gate = CallGate()
        gate.open(nil)
        #expect(gate.enter() == .some(nil))
        gate.leave()
    }

    @Test("closed amid calls of many threads, is empty only when the last of them has left, and stays so")
    func closesAmidCalls() {
        let threadCount = 3
        let mark = -1
        let pool = ThreadPool(name: "gate", threadCount: threadCount)
        defer { pool.stop() }
        for round in 0..<200 {
            let memory = Memory(count: threadCount)
            let gate = CallGate()
            let entered = Counter()
            gate.open(memory.slots)
            for thread in 0..<threadCount {
                #expect(
                    pool.submit {
                        while let pointer = gate.enter() {
                            pointer?.assumingMemoryBound(to: Int.self)[thread] += 1
                            entered.count.add(1, ordering: .relaxed)
                            gate.leave()
                        }
                    })
            }
            while entered.count.load(ordering: .relaxed) < round { sched_yield() }
            gate.close()
            while gate.hasCalls { sched_yield() }
            let counted = memory.takeAll(leaving: mark)
            #expect(pool.drain())
            #expect(counted == entered.count.load(ordering: .relaxed))
            #expect(memory.takeAll(leaving: mark) == mark * threadCount, "A call came in after the gate was empty.")
        }
    }
}
