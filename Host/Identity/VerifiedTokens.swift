import GantryCryptography
import GantryThreads

/// Tokens whose signature was found good, by their digest, so that it is not checked again with each connection.
/// Bounded: what was not asked for while as many others came as it holds is forgotten. Any thread.
final class VerifiedTokens: Sendable {
    private struct Entry {
        let judgement: Judgement
        let generation: UInt64
    }

    /// What was seen lately, and what was seen before that.
    private struct Shard {
        var recent: [Digest256: Entry] = [:]
        var former: [Digest256: Entry] = [:]
    }

    private static let shardCount = 8
    private let shardCapacity: Int
    private let shards: [Box]

    private final class Box: Sendable {
        let state = Lock(Shard())
    }

    /// - Parameter capacity: Tokens that are remembered at least; at most there are twice as many.
    init(capacity: Int = 8192) {
        shardCapacity = max(1, capacity / Self.shardCount)
        shards = (0..<Self.shardCount).map { _ in Box() }
    }

    func find(_ digest: Digest256, generation: UInt64, nowMilliseconds: Int64) -> Judgement? {
        shard(digest).state.withLock { shard in
            if let entry = shard.recent[digest] {
                return Self.answer(entry, generation, nowMilliseconds)
            }
            guard let entry = shard.former[digest] else { return nil }
            let answer = Self.answer(entry, generation, nowMilliseconds)
            if answer != nil { insert(digest, entry, into: &shard) }
            return answer
        }
    }

    func keep(_ digest: Digest256, _ judgement: Judgement, generation: UInt64) {
        let entry = Entry(judgement: judgement, generation: generation)
        shard(digest).state.withLock { insert(digest, entry, into: &$0) }
    }

    /// How many there are.
    var count: Int { shards.reduce(0) { $0 + $1.state.withLock { $0.recent.count + $0.former.count } } }

    private func insert(_ digest: Digest256, _ entry: Entry, into shard: inout Shard) {
        if shard.recent.count >= shardCapacity, shard.recent[digest] == nil {
            shard.former = shard.recent
            shard.recent = [:]
        }
        shard.recent[digest] = entry
    }

    private func shard(_ digest: Digest256) -> Box {
        shards[Int(UInt(bitPattern: digest.hashValue) % UInt(Self.shardCount))]
    }

    private static func answer(_ entry: Entry, _ generation: UInt64, _ nowMilliseconds: Int64) -> Judgement? {
        let isGood = entry.generation == generation && nowMilliseconds < entry.judgement.untilMilliseconds
        return isGood ? entry.judgement : nil
    }
}
