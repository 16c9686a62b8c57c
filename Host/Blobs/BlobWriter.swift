import GantryCryptography
import GantryThreads
import Glibc

/// A blob that is being written. Any thread, one at a time. One that is let go of without `commit` is discarded.
public final class BlobWriter: Sendable {
    private struct State {
        /// Negative once the writer is over.
        var descriptor: Int32
        var size: Int64 = 0
        var digest = RunningDigest()
    }

    private let store: BlobStore
    private let key: String
    private let contentType: String
    private let file = Hexadecimal.text(Cryptography.randomBytes(16))
    private let state: Lock<State>

    init(store: BlobStore, key: String, contentType: String) throws(BlobError) {
        self.store = store
        self.key = key
        self.contentType = contentType
        state = Lock(State(descriptor: try store.folder.create(file)))
    }

    deinit { discard() }

    /// Adds bytes to the end. A failure discards the writer.
    public func append(_ bytes: UnsafeRawBufferPointer) throws(BlobError) {
        do throws(BlobError) {
            try state.withLock { state throws(BlobError) in
                guard state.descriptor >= 0 else { throw Self.over }
                try store.reserve(bytes.count, size: state.size)
                state.size += Int64(bytes.count)
                state.digest.update(bytes)
                try Self.write(bytes, to: state.descriptor)
            }
        } catch {
            discard()
            throw error
        }
    }

    /// Makes the blob visible and durable. The writer is over, also after a failure.
    public func commit() throws(BlobError) -> Blob {
        defer { discard() }
        return try state.withLock { state throws(BlobError) in
            guard state.descriptor >= 0 else { throw Self.over }
            try store.folder.sync(partial: state.descriptor)
            let blob = Blob(
                key: key, contentType: contentType, size: state.size, createdAtMilliseconds: store.clock(),
                sha256: state.digest.digest)
            try store.commit(blob, file: file)
            close(state.descriptor)
            store.endWriter(size: state.size)
            state.descriptor = -1
            return blob
        }
    }

    /// Forgets what was written. Has no effect on a writer that is over.
    public func discard() {
        state.withLock { state in
            guard state.descriptor >= 0 else { return }
            close(state.descriptor)
            store.folder.remove(file)
            store.endWriter(size: state.size)
            state.descriptor = -1
        }
    }

    private static let over = BlobError(.over, "The writer was committed or discarded before.")

    private static func write(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32) throws(BlobError) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = Glibc.write(descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
            if count > 0 {
                rest = rest.dropFirst(count)
            } else if errno != EINTR {
                throw BlobFolder.systemError("A blob")
            }
        }
    }
}

/// A blob that is open for reading, as it was when it was opened. Any thread.
public final class BlobReader: Sendable {
    /// Its description.
    public let blob: Blob
    private let descriptor: Int32

    init(blob: Blob, descriptor: Int32) {
        self.blob = blob
        self.descriptor = descriptor
    }

    deinit { close(descriptor) }

    /// Reads from an offset as much as there is room for; 0 behind the last byte.
    public func read(at offset: Int64, into room: UnsafeMutableRawBufferPointer) throws(BlobError) -> Int {
        guard (0..<blob.size).contains(offset) else { return 0 }
        var total = 0
        while total < room.count {
            let count = pread(
                descriptor, room.baseAddress?.advanced(by: total), room.count - total, off_t(offset) + total)
            if count == 0 { break }
            if count > 0 {
                total += count
            } else if errno != EINTR {
                throw BlobError(.failed, "A blob cannot be read: \(String(cString: strerror(errno))).")
            }
        }
        return total
    }
}
