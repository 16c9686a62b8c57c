import Synchronization

/// Bytes that all spaces hold. Any thread.
final class CacheUsage: Sendable {
    private let bytes = Atomic<Int>(0)

    var byteCount: Int { bytes.load(ordering: .relaxed) }

    func add(_ count: Int) { bytes.add(count, ordering: .relaxed) }
}
