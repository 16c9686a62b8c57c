import GantryThreads
import Synchronization
import Testing

@Suite("A reference that is set once")
struct OnceReferenceTests {
    private final class Counted: Sendable {
        static let living = Atomic<Int>(0)

        init() { Self.living.add(1, ordering: .relaxed) }

        deinit { Self.living.subtract(1, ordering: .relaxed) }
    }

    private final class Holder: Sendable {
        let reference = OnceReference<Counted>()
    }

    @Test("All who set it at once get one object; nothing is left of the others, nor of it when its holder ends")
    func race() {
        let before = Counted.living.load(ordering: .relaxed)
        for _ in 0..<100 {
            let holder = Holder()
            #expect(holder.reference.load() == nil)
            let found = Lock<[Counted]>([])
            let pool = ThreadPool(name: "once", threadCount: 4)
            for _ in 0..<4 {
                #expect(pool.submit { found.withLock { $0.append(holder.reference.storeIfNil(Counted())) } })
            }
            pool.stop()
            let objects = found.withLock { $0 }
            #expect(objects.count == 4 && objects.allSatisfy { $0 === holder.reference.load() })
            found.withLock { $0 = [] }
        }
        #expect(Counted.living.load(ordering: .relaxed) == before)
    }
}
