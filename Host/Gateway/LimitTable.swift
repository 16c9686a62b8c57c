import GantryCore
import GantryThreads

/// What is remembered of the subjects of all limits of all tenants. Subjects are the callers' to choose, so their
/// number is bounded: those whose allowance is whole are forgotten along the way, and when there is no room, one that
/// has used little makes room for one that is new. Any thread; in parts, so that event loops rarely meet on one lock.
final class LimitTable: Sendable {
    private struct Key: Hashable {
        let limitClass: LimitClassState
        let subject: String

        static func == (one: Key, other: Key) -> Bool {
            one.limitClass === other.limitClass && one.subject == other.subject
        }

        func hash(into hasher: inout Hasher) {
            hasher.combine(ObjectIdentifier(limitClass))
            hasher.combine(subject)
        }
    }

    private struct Slot {
        let key: Key
        let cell: LimitCell
        let rate: RateLimit
    }

    private struct Part {
        var places: [Key: Int] = [:]
        var slots: [Slot] = []
        var random = SystemRandomNumberGenerator()

        mutating func remove(at place: Int) {
            places[slots[place].key] = nil
            slots.swapAt(place, slots.count - 1)
            slots.removeLast()
            if place < slots.count { places[slots[place].key] = place }
        }

        /// Looks at a few slots: forgets those that are whole, and when there is no room, the one that used least.
        mutating func makeRoom(_ capacity: Int, nowNanoseconds now: Int64) {
            var least: (place: Int, share: Double)?
            for _ in 0..<(slots.count < capacity ? 2 : 8) where !slots.isEmpty {
                let place = Int.random(in: slots.indices, using: &random)
                let slot = slots[place]
                let kind = slot.key.limitClass.kind
                if slot.cell.retireIfWhole(slot.rate, kind, nowNanoseconds: now) {
                    remove(at: place)
                    least = nil
                    if slots.count < capacity { break }
                } else if slots.count >= capacity {
                    let share = slot.cell.usedShare(slot.rate, kind, nowNanoseconds: now)
                    if least.map({ share < $0.share }) ?? true { least = (place, share) }
                }
            }
            guard slots.count >= capacity, let least else { return }
            slots[least.place].cell.retire()
            remove(at: least.place)
        }
    }

    private final class Shard: Sendable {
        let part = Lock(Part())
    }

    private let shards: [Shard]
    private let capacity: Int

    /// - Parameters:
    ///   - shardCount: Parts with a lock each.
    ///   - capacity: Subjects of a part.
    init(shardCount: Int = 64, capacity: Int = 2048) {
        shards = (0..<shardCount).map { _ in Shard() }
        self.capacity = capacity
    }

    /// Subjects that are remembered.
    var count: Int { shards.reduce(0) { $0 + $1.part.withLock { $0.slots.count } } }

    /// The subject's cell in the class.
    func cell(
        _ limitClass: LimitClassState, _ subject: String, _ rate: RateLimit, nowNanoseconds now: Int64
    ) -> LimitCell {
        let key = Key(limitClass: limitClass, subject: subject)
        return shards[Int(UInt(bitPattern: key.hashValue) % UInt(shards.count))].part.withLock { part in
            if let place = part.places[key] { return part.slots[place].cell }
            part.makeRoom(capacity, nowNanoseconds: now)
            let cell = LimitCell()
            part.places[key] = part.slots.count
            part.slots.append(Slot(key: key, cell: cell, rate: rate))
            return cell
        }
    }
}
