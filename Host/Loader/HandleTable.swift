import GantryThreads
import Glibc

/// Generational handles: 64 bits of kind, generation and index that name an object across the interface. A handle whose
/// object was released answers nil for ever after, whoever reuses the slot.
final class HandleTable<Object: AnyObject & Sendable>: Sendable {
    private struct Slot {
        var generation: UInt32 = 1
        var object: Object?
    }

    private struct Shard {
        var slots: [Slot] = []
        var free: [Int] = []

        /// Frees the slot and makes its handle stale.
        mutating func vacate(_ index: Int) -> Object? {
            defer { slots[index].object = nil }
            // 24 bits; generation 0 is never used, so that no handle is 0.
            slots[index].generation = slots[index].generation % 0xff_ffff + 1
            free.append(index)
            return slots[index].object
        }
    }

    /// A power of two. Each thread names its objects in one shard, so that threads hardly ever meet on a lock.
    private static var shardCount: Int { 64 }
    private static var shardBits: UInt64 { 6 }

    private let kind: UInt64
    private let shards: [Box]

    private final class Box: Sendable {
        let state = Lock(Shard())
    }

    /// `kind` (1 to 255) keeps handles of different tables apart.
    init(kind: UInt8) {
        self.kind = UInt64(kind)
        shards = (0..<Self.shardCount).map { _ in Box() }
    }

    /// Names the object until `release`.
    func insert(_ object: Object) -> UInt64 {
        let shard = Self.shardOfThread
        return shards[shard].state.withLock { state in
            let index: Int
            if let free = state.free.popLast() {
                index = free
            } else {
                index = state.slots.count
                state.slots.append(Slot())
            }
            state.slots[index].object = object
            let position = UInt64(index) << Self.shardBits | UInt64(shard)
            return kind << 56 | UInt64(state.slots[index].generation) << 32 | position
        }
    }

    /// The object named by the handle; nil when the handle is stale, forged or of another kind.
    func resolve(_ handle: UInt64) -> Object? {
        guard handle >> 56 == kind else { return nil }
        return shards[Self.shard(of: handle)].state.withLock { state in
            let index = Self.index(of: handle)
            guard index < state.slots.count,
                UInt64(state.slots[index].generation) == handle >> 32 & 0xff_ffff
            else { return nil }
            return state.slots[index].object
        }
    }

    /// Ends the handle; a second call has no effect.
    func release(_ handle: UInt64) {
        guard handle >> 56 == kind else { return }
        // The object is dropped outside the lock, since its end may take other locks.
        let object: Object? = shards[Self.shard(of: handle)].state.withLock { state in
            let index = Self.index(of: handle)
            guard index < state.slots.count,
                UInt64(state.slots[index].generation) == handle >> 32 & 0xff_ffff,
                state.slots[index].object != nil
            else { return nil }
            return state.vacate(index)
        }
        _ = object
    }

    /// All objects that match. Slow: it looks at every slot.
    func objects(where matches: (Object) -> Bool) -> [Object] {
        shards.flatMap { shard in
            // Judged outside the lock, since that may take other locks.
            shard.state.withLock { state in state.slots.compactMap(\.object) }.filter(matches)
        }
    }

    /// Ends the handles of all objects that match; gives the objects. Slow: it looks at every slot.
    func releaseAll(where matches: (Object) -> Bool) -> [Object] {
        shards.indices.flatMap { shard in
            shards[shard].state.withLock { state in
                state.slots.indices.compactMap { index in
                    guard let object = state.slots[index].object, matches(object) else { return nil }
                    return state.vacate(index)
                }
            }
        }
    }

    private static func shard(of handle: UInt64) -> Int { Int(handle & UInt64(shardCount - 1)) }

    private static func index(of handle: UInt64) -> Int { Int(handle & 0xffff_ffff) >> Int(shardBits) }

    /// Stacks lie megabytes apart with a guard page between, so that these bits differ between neighbours.
    private static var shardOfThread: Int { Int(bitPattern: UInt(pthread_self()) >> 12) & (shardCount - 1) }
}
