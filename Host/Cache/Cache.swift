import GantryThreads

/// Memory for values that may vanish, bounded for the process and for each user of it. Any thread; nothing waits.
public final class Cache: Sendable {
    private struct State {
        var spaces: [ObjectIdentifier: Entry] = [:]
    }

    /// Spaces keep their cache, not the other way round: one that nobody holds any more ends.
    private struct Entry {
        weak var space: CacheSpace?
    }

    /// Bytes that one space may hold.
    public let maximumSpaceBytes: Int
    private let maximumBytes: Int
    private let state = Lock(State())
    let usage = CacheUsage()

    /// A cache.
    /// - Parameters:
    ///   - maximumBytes: Bytes of all spaces together.
    ///   - maximumSpaceBytes: Bytes of one space.
    public init(maximumBytes: Int = 256 << 20, maximumSpaceBytes: Int = 16 << 20) {
        self.maximumBytes = maximumBytes
        self.maximumSpaceBytes = min(maximumBytes, maximumSpaceBytes)
    }

    /// Bytes that are held now, with what keeping them costs.
    public var byteCount: Int { usage.byteCount }

    /// A space of its own for one module of one tenant: nobody else sees its keys. `close` ends it, at the latest when
    /// nobody holds it any more.
    public func space() -> CacheSpace {
        let space = CacheSpace(cache: self)
        state.withLock { $0.spaces[ObjectIdentifier(space)] = Entry(space: space) }
        return space
    }

    func remove(_ space: CacheSpace) {
        state.withLock { _ = $0.spaces.removeValue(forKey: ObjectIdentifier(space)) }
    }

    /// Makes room when all spaces together hold too much: the largest ones give first, so that one that is busy
    /// does not drive out the many that hold little.
    func makeRoom() {
        guard usage.byteCount > maximumBytes else { return }
        let spaces = state.withLock { $0.spaces.values.compactMap(\.space) }
        let target = maximumBytes - maximumBytes / 16
        for (space, byteCount) in spaces.map({ ($0, $0.byteCount) }).sorted(by: { $0.1 > $1.1 }) {
            let excess = usage.byteCount - target
            if excess <= 0 { return }
            // At most half, then it is the next one's turn.
            space.evict(min(excess, max(byteCount / 2, 1)))
        }
    }
}
