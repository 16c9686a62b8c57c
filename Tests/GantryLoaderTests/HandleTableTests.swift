import Dispatch
import Synchronization
import Testing

@testable import GantryLoader

@Suite("Handles")
struct HandleTableTests {
    final class Thing: Sendable {
        let number: Int
        init(_ number: Int) { self.number = number }
    }

    @Test("lead to their object until they are released, and never to the next one")
    func endWithTheirObject() {
        let table = HandleTable<Thing>(kind: 7)
        var old: Set<UInt64> = []
        for number in 1...1000 {
            let handle = table.insert(Thing(number))
            #expect(table.resolve(handle)?.number == number)
            table.release(handle)
            #expect(table.resolve(handle) == nil)
            #expect(old.insert(handle).inserted, "No handle comes twice.")
        }
        let last = table.insert(Thing(0))
        for handle in old { #expect(table.resolve(handle) == nil) }
        #expect(table.resolve(last) != nil)
    }

    @Test("slots are used again, so that a table does not grow with the calls")
    func reuseSlots() {
        let table = HandleTable<Thing>(kind: 7)
        var positions: Set<UInt64> = []
        for number in 0..<10_000 {
            let handle = table.insert(Thing(number))
            positions.insert(handle & 0xffff_ffff)
            table.release(handle)
        }
        #expect(positions.count <= 16)
    }

    @Test("of another kind, forged ones and zero lead nowhere")
    func refuseForged() {
        let table = HandleTable<Thing>(kind: 7)
        let other = HandleTable<Thing>(kind: 8)
        let handle = table.insert(Thing(1))
        let foreign = other.insert(Thing(2))
        #expect(table.resolve(foreign) == nil && other.resolve(handle) == nil)
        for forged in [0, .max, handle + 16, handle + 64, handle ^ 1, handle + 1 << 32, handle ^ 1 << 56, 7 << 56] {
            #expect(table.resolve(forged) == nil, "\(forged)")
            table.release(forged)
        }
        #expect(table.resolve(handle) != nil, "Releasing forged handles does not end a real one.")
    }

    @Test("a second release does not end the object that took the slot")
    func releaseOnce() {
        let table = HandleTable<Thing>(kind: 1)
        let handles = (0..<64).map { table.insert(Thing($0)) }
        for handle in handles { table.release(handle) }
        let next = (0..<64).map { table.insert(Thing($0)) }
        for handle in handles { table.release(handle) }
        #expect(next.allSatisfy { table.resolve($0) != nil })
    }

    @Test("objects are let go with their handle")
    func letGo() {
        let table = HandleTable<Thing>(kind: 1)
        weak var thing: Thing?
        let handle: UInt64
        do {
            let strong = Thing(1)
            thing = strong
            handle = table.insert(strong)
        }
        #expect(thing != nil)
        table.release(handle)
        #expect(thing == nil)
    }

    @Test("many end at once by what they lead to")
    func releaseAll() {
        let table = HandleTable<Thing>(kind: 1)
        let handles = (0..<100).map { table.insert(Thing($0)) }
        let ended = table.releaseAll { $0.number % 2 == 0 }
        #expect(ended.map(\.number).sorted() == Array(stride(from: 0, to: 100, by: 2)))
        for (number, handle) in handles.enumerated() {
            #expect((table.resolve(handle) == nil) == (number % 2 == 0))
        }
        #expect(table.releaseAll { $0.number % 2 == 0 }.isEmpty)
    }

    @Test("several threads insert, resolve and release without meeting each other's objects")
    func shareAmongThreads() {
        let table = HandleTable<Thing>(kind: 3)
        let wrong = Atomic<Int>(0)
        DispatchQueue.concurrentPerform(iterations: 8) { thread in
            var held: [(UInt64, Int)] = []
            for turn in 0..<5000 {
                let number = thread << 32 | turn
                held.append((table.insert(Thing(number)), number))
                if held.count > 20 {
                    let (handle, expected) = held.removeFirst()
                    if table.resolve(handle)?.number != expected { wrong.add(1, ordering: .relaxed) }
                    table.release(handle)
                    if table.resolve(handle) != nil { wrong.add(1, ordering: .relaxed) }
                }
            }
            for (handle, expected) in held where table.resolve(handle)?.number != expected {
                wrong.add(1, ordering: .relaxed)
            }
        }
        #expect(wrong.load(ordering: .relaxed) == 0)
    }
}
