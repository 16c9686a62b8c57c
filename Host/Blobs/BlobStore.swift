import GantryCryptography
import GantryStore
public import GantryThreads

/// The blobs of one module of one tenant. All functions wait for the disk; any thread may call them.
///
/// A blob is written to a file of its own, which is made durable before the index names it. So a blob is there whole or
/// not at all, and one that is replaced stays readable to those who have it open. Files that a process left behind when
/// it was killed are removed at the next use.
public final class BlobStore: Sendable {
    private struct State {
        var isOpen = false
        var totalBytes: Int64 = 0
        /// Bytes of blobs that are being written.
        var writtenBytes: Int64 = 0
        var writerCount = 0
        /// Garbage that was removed and stands in the index still.
        var removed: [String] = []
    }

    private static let maximumKeyBytes = 512
    private static let maximumContentTypeBytes = 256
    /// A blob may be replaced between the look at the index and the opening of its file, but not time and again.
    private static let openingAttempts = 100

    static let quotaError = BlobError(.full, "The blobs of this module would take more room than they may.")

    private let limits: BlobLimits
    private let index: BlobIndex
    private let state = Lock(State())
    let folder: BlobFolder
    let clock: WallClock

    /// A store in a folder, which is made when it is first used.
    /// - Parameter pool: threads for the index.
    public init(
        folder: String, pool: ThreadPool, limits: BlobLimits = BlobLimits(),
        clock: @escaping WallClock = systemWallClock
    ) {
        self.folder = BlobFolder(path: folder)
        self.limits = limits
        self.clock = clock
        index = BlobIndex(database: Database(path: self.folder.indexPath, pool: pool))
    }

    /// Begins a blob that is written piece by piece.
    public func create(_ key: String, contentType: String) throws(BlobError) -> BlobWriter {
        try Self.check(key)
        guard contentType.utf8.count <= Self.maximumContentTypeBytes,
            !contentType.unicodeScalars.contains(where: isControl)
        else { throw BlobError(.invalid, "A content type has at most 256 bytes and no control character.") }
        try openOnce()
        let isTaken = state.withLock { state in
            guard state.writerCount < limits.maximumWriters else { return false }
            state.writerCount += 1
            return true
        }
        guard isTaken else { throw BlobError(.busy, "\(limits.maximumWriters) blobs are being written.") }
        do throws(BlobError) { return try BlobWriter(store: self, key: key, contentType: contentType) } catch {
            state.withLock { $0.writerCount -= 1 }
            throw error
        }
    }

    /// Stores a blob, also over one of the same key; durable when this returns.
    @discardableResult
    public func put(
        _ key: String, contentType: String, _ bytes: UnsafeRawBufferPointer
    ) throws(BlobError) -> Blob {
        let writer = try create(key, contentType: contentType)
        try writer.append(bytes)
        return try writer.commit()
    }

    /// The description of a blob; nil when there is none of the key.
    public func describe(_ key: String) throws(BlobError) -> Blob? {
        try Self.check(key)
        try openOnce()
        return try index.find(key)?.blob
    }

    /// Opens a blob for reading; nil when there is none of the key.
    public func open(_ key: String) throws(BlobError) -> BlobReader? {
        try Self.check(key)
        try openOnce()
        for _ in 0..<Self.openingAttempts {
            guard let found = try index.find(key) else { return nil }
            if let descriptor = folder.read(found.file) { return BlobReader(blob: found.blob, descriptor: descriptor) }
        }
        throw BlobError(.failed, "The file of a blob is gone.")
    }

    /// Removes a blob; false when there is none of the key. Durable when this returns.
    public func remove(_ key: String) throws(BlobError) -> Bool {
        try Self.check(key)
        try openOnce()
        let removed = state.withLock { $0.removed }
        guard let (file, totalBytes) = try index.remove(key, removed: removed) else { return false }
        discard(file, totalBytes: totalBytes, forgetting: removed)
        return true
    }

    /// At most `limit` blobs whose key begins with `prefix` and sorts behind `after`, in the order of bytes.
    public func list(prefix: String = "", after: String = "", limit: Int) throws(BlobError) -> [Blob] {
        guard limit > 0 else { return [] }
        try openOnce()
        return try index.list(prefix: prefix, after: after, limit: limit)
    }

    /// Closes the index when nobody uses it; the next use opens it again.
    public func closeIdleConnections() { index.database.closeIdleConnections() }

    /// Waits for what is under way and closes the index. Nothing can be used afterwards.
    public func close() { index.database.close() }

    private static func check(_ key: String) throws(BlobError) {
        guard (1...maximumKeyBytes).contains(key.utf8.count), !key.unicodeScalars.contains(where: isControl) else {
            throw BlobError(.invalid, "A key has 1 to \(maximumKeyBytes) bytes and no control character.")
        }
    }

    /// At the first use: makes the folder, and removes or moves what a killed process left.
    private func openOnce() throws(BlobError) {
        try state.withLock { state throws(BlobError) in
            if state.isOpen { return }
            try folder.make()
            let (totalBytes, garbage) = try index.open()
            for file in garbage { folder.remove(file) }
            for file in folder.partials() {
                if try index.isUsed(file) { folder.settle(file) } else { folder.remove(file) }
            }
            state.totalBytes = totalBytes
            state.removed = garbage
            state.isOpen = true
        }
    }
}

extension BlobStore {
    /// Room for further bytes of a blob that has `size` already.
    func reserve(_ byteCount: Int, size: Int64) throws(BlobError) {
        guard size + Int64(byteCount) <= limits.maximumBlobBytes else {
            throw BlobError(.tooLarge, "A blob may have at most \(limits.maximumBlobBytes) bytes.")
        }
        let hasRoom = state.withLock { state in
            // One that is replaced counts until the commit; the quota is only checked exactly then.
            guard state.writtenBytes + Int64(byteCount) <= limits.maximumTotalBytes else { return false }
            state.writtenBytes += Int64(byteCount)
            return true
        }
        guard hasRoom else { throw Self.quotaError }
    }

    /// Makes what was written a blob.
    func commit(_ blob: Blob, file: String) throws(BlobError) {
        let removed = state.withLock { $0.removed }
        let (replaced, totalBytes) = try index.put(
            blob, file: file, maximumTotalBytes: limits.maximumTotalBytes, removed: removed)
        folder.settle(file)
        discard(replaced, totalBytes: totalBytes, forgetting: removed)
    }

    /// A writer is over.
    func endWriter(size: Int64) {
        state.withLock { state in
            state.writerCount -= 1
            state.writtenBytes -= size
        }
    }

    private func discard(_ file: String?, totalBytes: Int64, forgetting removed: [String]) {
        if let file { folder.remove(file) }
        state.withLock { state in
            state.totalBytes = totalBytes
            state.removed.removeAll { removed.contains($0) }
            if let file { state.removed.append(file) }
        }
    }
}

private func isControl(_ scalar: Unicode.Scalar) -> Bool {
    scalar.value < 0x20 || (0x7f...0x9f).contains(scalar.value)
}
