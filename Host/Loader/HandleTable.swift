import Synchronization

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

    /// A power of two; spreads the locks so that event loops do not meet on one.
    private static var shardCount: Int { 16 }

    private let kind: UInt64
    private let shards: [Box]
    private let turn = Atomic<Int>(0)

    private final class Box: Sendable {
        let state = Mutex(Shard())
    }

    /// `kind` (1 to 255) keeps handles of different tables apart.
    init(kind: UInt8) {
        self.kind = UInt64(kind)
        shards = (0..<Self.shardCount).map { _ in Box() }
    }

    /// Names the object until `release`.
    func insert(_ object: Object) -> UInt64 {
        let shard = turn.wrappingAdd(1, ordering: .relaxed).newValue & (Self.shardCount - 1)
        return shards[shard].state.withLock { state in
            let index: Int
            if let free = state.free.popLast() {
                index = free
            } else {
                index = state.slots.count
                state.slots.append(Slot())
            }
            state.slots[index].object = object
            let position = UInt64(index) << 4 | UInt64(shard)
            return kind << 56 | UInt64(state.slots[index].generation) << 32 | position
        }
    }

    /// The object named by the handle; nil when the handle is stale, forged or of another kind.
    func resolve(_ handle: UInt64) -> Object? {
        guard handle >> 56 == kind else { return nil }
        return shards[Int(handle & 15)].state.withLock { state in
            let index = Int(handle >> 4 & 0xfff_ffff)
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
        let object: Object? = shards[Int(handle & 15)].state.withLock { state in
            let index = Int(handle >> 4 & 0xfff_ffff)
            guard index < state.slots.count,
                UInt64(state.slots[index].generation) == handle >> 32 & 0xff_ffff,
                state.slots[index].object != nil
            else { return nil }
            return state.vacate(index)
        }
        _ = object
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
}
