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

    static let quotaError = BlobError(
        .full, "The blobs of this module would take more room than they may.")

    let limits: BlobLimits
    let index: BlobIndex
    private let state = Lock(State())
    /// Where the index lies, and the bytes unless a bucket has them.
    let folder: BlobFolder
    let place: any BlobPlace
    let clock: WallClock

    /// A store in a folder, which is made when it is first used.
    /// - Parameters:
    ///   - pool: threads for the index.
    ///   - bucket: What has the bytes instead of the folder, and where in it they lie; the index stays in the folder.
    public init(
        folder: String, pool: ThreadPool, limits: BlobLimits = BlobLimits(),
        bucket: (bucket: Bucket, base: String)? = nil, clock: @escaping WallClock = systemWallClock
    ) {
        self.folder = BlobFolder(path: folder)
        place = bucket.map { BucketPlace(bucket: $0.bucket, base: $0.base) } ?? self.folder
        self.limits = limits
        self.clock = clock
        index = BlobIndex(database: Database(path: self.folder.indexPath, pool: pool))
    }

    /// Begins a blob that is written piece by piece.
    public func create(_ key: String, contentType: String) throws(BlobError) -> BlobWriter {
        try Self.check(key)
        try Self.check(contentType: contentType)
        return try writer(key, contentType: contentType)
    }

    /// Begins a file for a key and type that were checked.
    func writer(_ key: String, contentType: String) throws(BlobError) -> BlobWriter {
        try openOnce()
        let isTaken = state.withLock { state in
            guard state.writerCount < limits.maximumWriters else { return false }
            state.writerCount += 1
            return true
        }
        guard isTaken else {
            throw BlobError(.busy, "\(limits.maximumWriters) blobs are being written.")
        }
        do throws(BlobError) {
            let file = Hexadecimal.text(Cryptography.randomBytes(16))
            if place.needsIntent { try index.note(file) }
            return try BlobWriter(store: self, key: key, contentType: contentType, file: file)
        } catch {
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
            if let source = try place.open(found.file, size: found.blob.size) {
                return BlobReader(blob: found.blob, source: source)
            }
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

    static func check(contentType: String) throws(BlobError) {
        guard contentType.utf8.count <= maximumContentTypeBytes,
            !contentType.unicodeScalars.contains(where: isControl)
        else {
            throw BlobError(.invalid, "A content type has at most 256 bytes and no control character.")
        }
    }

    static func check(_ key: String) throws(BlobError) {
        guard (1...maximumKeyBytes).contains(key.utf8.count),
            !key.unicodeScalars.contains(where: isControl)
        else {
            throw BlobError(.invalid, "A key has 1 to \(maximumKeyBytes) bytes and no control character.")
        }
    }

    /// At the first use: makes the folder, and removes or moves what a killed process left.
    func openOnce() throws(BlobError) {
        try state.withLock { state throws(BlobError) in
            if state.isOpen { return }
            try folder.prepare()
            let (totalBytes, garbage) = try index.open()
            try place.prepare()
            let removed = garbage.filter { place.remove($0) }
            for file in place.leftovers() {
                if try index.isUsed(file) { place.settle(file) } else { _ = place.remove(file) }
            }
            state.totalBytes = totalBytes
            state.removed = removed
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
        place.settle(file)
        discard(replaced, totalBytes: totalBytes, forgetting: removed)
    }

    /// Garbage of the index that was removed since the last change of it.
    var removedGarbage: [String] { state.withLock { $0.removed } }

    /// A file that never became anything is removed; the index forgets it with its next change, if it knows of it.
    func forget(_ file: String) {
        if place.remove(file), place.needsIntent { state.withLock { $0.removed.append(file) } }
    }

    /// A writer is over.
    func endWriter(size: Int64) {
        state.withLock { state in
            state.writerCount -= 1
            state.writtenBytes -= size
        }
    }

    /// After a change of the index: removes the file that it made garbage.
    func discard(_ file: String?, totalBytes: Int64, forgetting removed: [String]) {
        let isRemoved = file.map { place.remove($0) } ?? false
        state.withLock { state in
            state.totalBytes = totalBytes
            state.removed.removeAll { removed.contains($0) }
            if let file, isRemoved { state.removed.append(file) }
        }
    }

    /// Bytes of all blobs, and of what was sent and is no blob yet.
    var totalBytes: Int64 { state.withLock { $0.totalBytes } }
}

private func isControl(_ scalar: Unicode.Scalar) -> Bool {
    scalar.value < 0x20 || (0x7f...0x9f).contains(scalar.value)
}
