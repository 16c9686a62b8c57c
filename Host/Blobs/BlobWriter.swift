import GantryCryptography
import GantryThreads

/// A blob that is being written. Any thread, one at a time. One that is let go of without `commit` is discarded.
public final class BlobWriter: Sendable {
    private struct State {
        /// Nil once the writer is over.
        var sink: (any BlobSink)?
        var size: Int64 = 0
        var digest = RunningDigest()
    }

    /// What was written and is durable, and no blob yet.
    struct Written {
        let file: String
        let size: Int64
        let sha256: Digest256
    }

    private let store: BlobStore
    private let key: String
    private let contentType: String
    private let file: String
    private let state: Lock<State>

    init(store: BlobStore, key: String, contentType: String, file: String) throws(BlobError) {
        self.store = store
        self.key = key
        self.contentType = contentType
        self.file = file
        state = Lock(State(sink: try store.place.create(file, contentType: contentType)))
    }

    deinit { discard() }

    /// Adds bytes to the end. A failure discards the writer.
    public func append(_ bytes: UnsafeRawBufferPointer) throws(BlobError) {
        do throws(BlobError) {
            try state.withLock { state throws(BlobError) in
                guard let sink = state.sink else { throw Self.over }
                try store.reserve(bytes.count, size: state.size)
                state.size += Int64(bytes.count)
                state.digest.update(bytes)
                try sink.append(bytes)
            }
        } catch {
            discard()
            throw error
        }
    }

    /// Makes the blob visible and durable. The writer is over, also after a failure.
    public func commit() throws(BlobError) -> Blob {
        try finish { written throws(BlobError) in
            let blob = Blob(
                key: key, contentType: contentType, size: written.size,
                createdAtMilliseconds: store.clock(),
                sha256: written.sha256)
            try store.commit(blob, file: written.file)
            return blob
        }
    }

    /// Makes the bytes durable and hands them to `body`, which makes something of them. The writer is over, also after
    /// a failure, which discards what was written.
    func finish<Result>(_ body: (Written) throws(BlobError) -> Result) throws(BlobError) -> Result {
        defer { discard() }
        return try state.withLock { state throws(BlobError) in
            guard let sink = state.sink else { throw Self.over }
            try sink.sync()
            let result = try body(Written(file: file, size: state.size, sha256: state.digest.digest))
            sink.close()
            store.endWriter(size: state.size)
            state.sink = nil
            return result
        }
    }

    /// Forgets what was written. Has no effect on a writer that is over.
    public func discard() {
        state.withLock { state in
            guard let sink = state.sink else { return }
            sink.close()
            store.forget(file)
            store.endWriter(size: state.size)
            state.sink = nil
        }
    }

    private static let over = BlobError(.over, "The writer was committed or discarded before.")
}

/// A blob that is open for reading, as it was when it was opened. Any thread.
public final class BlobReader: Sendable {
    /// Its description.
    public let blob: Blob
    private let source: any BlobSource

    init(blob: Blob, source: any BlobSource) {
        self.blob = blob
        self.source = source
    }

    /// Reads from an offset as much as there is room for; 0 behind the last byte.
    public func read(at offset: Int64, into room: UnsafeMutableRawBufferPointer) throws(BlobError)
        -> Int
    {
        guard (0..<blob.size).contains(offset) else { return 0 }
        return try source.read(at: offset, into: room)
    }
}
