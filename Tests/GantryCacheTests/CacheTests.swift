import GantryThreads
import Testing

@testable import GantryCache

@Suite("The cache")
struct CacheTests {
    private func key(_ text: String) -> [UInt8] { Array(text.utf8) }

    @Test("A value is kept, replaced and removed; another space does not see it")
    func values() throws {
        let cache = Cache()
        let (space, other) = (cache.space(), cache.space())
        #expect(space.value(key("a")) == nil)
        try space.set(key("a"), [1])
        try space.set(key("a"), [2, 3])
        #expect(space.value(key("a")) == [2, 3])
        #expect(other.value(key("a")) == nil)
        #expect(!other.remove(key("a")))
        #expect(space.remove(key("a")))
        #expect(!space.remove(key("a")))
        #expect(cache.byteCount == 0)
    }

    @Test("A value ends with its lifetime, also for those who remove or count")
    func lifetime() throws {
        let now = Lock<Int64>(0)
        let space = CacheSpace(cache: Cache()) { now.withLock { $0 } }
        try space.set(key("a"), [1], lifetimeMilliseconds: 10)
        try space.set(key("b"), [1], lifetimeMilliseconds: 10)
        #expect(try space.add(key("c"), 5, lifetimeMilliseconds: 10) == 5)
        now.withLock { $0 = 9_999_999 }
        #expect(space.value(key("a")) == [1])
        #expect(try space.add(key("c"), 5, lifetimeMilliseconds: 1000) == 10)
        now.withLock { $0 = 10_000_000 }
        #expect(space.value(key("a")) == nil)
        #expect(!space.remove(key("b")))
        #expect(try space.add(key("c"), 1) == 1)
        try space.set(key("d"), [1], lifetimeMilliseconds: .max)
        #expect(space.value(key("d")) == [1])
    }

    @Test("The least recently used makes room")
    func order() throws {
        let cache = Cache(maximumBytes: 1 << 20, maximumSpaceBytes: 4 * (CacheList.cost([0], .bytes([])) + 100))
        let space = cache.space()
        let value = [UInt8](repeating: 7, count: 100)
        for name in ["a", "b", "c", "d"] { try space.set(key(name), value) }
        #expect(space.value(key("a")) != nil)
        try space.set(key("e"), value)
        #expect(space.value(key("b")) == nil)
        for name in ["a", "c", "d", "e"] { #expect(space.value(key(name)) != nil) }
        #expect(space.byteCount <= cache.maximumSpaceBytes)
    }

    @Test("All spaces together stay within the limit; small ones keep what they have")
    func total() throws {
        let cache = Cache(maximumBytes: 64 << 10, maximumSpaceBytes: 32 << 10)
        let small = cache.space()
        try small.set(key("kept"), [1])
        let greedy = (0..<8).map { _ in cache.space() }
        for round in 0..<200 {
            for space in greedy { try space.set(key("\(round)"), [UInt8](repeating: 0, count: 1000)) }
            #expect(cache.byteCount <= 64 << 10)
        }
        #expect(small.value(key("kept")) == [1])
        for space in greedy { space.close() }
        small.close()
        #expect(cache.byteCount == 0)
    }

    @Test("What does not fit is refused, and a closed space keeps nothing")
    func refusals() throws {
        let cache = Cache(maximumBytes: 8192, maximumSpaceBytes: 8192)
        let space = cache.space()
        #expect(throws: CacheSpace.Refusal.tooLarge) { try space.set([1], [UInt8](repeating: 0, count: 2048)) }
        #expect(throws: CacheSpace.Refusal.invalidKey) { try space.set([], []) }
        #expect(throws: CacheSpace.Refusal.invalidKey) { try space.set([UInt8](repeating: 1, count: 513), []) }
        space.close()
        #expect(throws: CacheSpace.Refusal.closed) { try space.set([1], []) }
        #expect(throws: CacheSpace.Refusal.closed) { try space.add([1], 1) }
        #expect(cache.byteCount == 0)
    }

    @Test("A counter counts, is read as text, and is no other value")
    func counters() throws {
        let space = Cache().space()
        #expect(try space.add([1], 3) == 3)
        #expect(try space.add([1], -5) == -2)
        #expect(space.value([1]) == Array("-2".utf8))
        #expect(try space.add([2], .max) == .max)
        #expect(throws: CacheSpace.Refusal.noCounter) { try space.add([2], 1) }
        #expect(space.value([2]) == Array("\(Int64.max)".utf8))
        try space.set([3], Array("7".utf8))
        #expect(throws: CacheSpace.Refusal.noCounter) { try space.add([3], 1) }
    }

    @Test("Threads that count at once lose nothing")
    func threads() throws {
        let space = Cache().space()
        let pool = ThreadPool(name: "count", threadCount: 4)
        for _ in 0..<8 {
            _ = pool.submit { for _ in 0..<1000 { _ = try? space.add([9], 1) } }
        }
        pool.stop()
        #expect(space.value([9]) == Array("8000".utf8))
    }
}
