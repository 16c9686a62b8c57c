import GantryBlobs
import GantryLoader
import Synchronization

/// Blobs as the interface's table reaches them.
final class BlobAdapter: BlobPort {
    let store: BlobStore
    /// Generations that work with it; the last one closes it.
    private let userCount = Atomic<Int>(1)

    init(store: BlobStore) { self.store = store }

    /// Another generation works with it.
    func retain() { userCount.add(1, ordering: .acquiringAndReleasing) }

    /// A generation has ended.
    func release() {
        if userCount.subtract(1, ordering: .acquiringAndReleasing).newValue == 0 { store.close() }
    }

    func create(_ key: String, contentType: String) throws(PortOutcome) -> any BlobWriterPort {
        do throws(BlobError) { return Writer(writer: try store.create(key, contentType: contentType)) } catch {
            throw PortOutcome(error)
        }
    }

    func open(_ key: String) throws(PortOutcome) -> (any BlobReaderPort)? {
        do throws(BlobError) { return try store.open(key).map { Reader(reader: $0) } } catch {
            throw PortOutcome(error)
        }
    }

    func describe(_ key: String) throws(PortOutcome) -> BlobDescription? {
        do throws(BlobError) { return try store.describe(key).map { BlobDescription($0) } } catch {
            throw PortOutcome(error)
        }
    }

    func remove(_ key: String) throws(PortOutcome) -> Bool {
        do throws(BlobError) { return try store.remove(key) } catch { throw PortOutcome(error) }
    }

    func list(prefix: String, after: String, limit: Int) throws(PortOutcome) -> [BlobDescription] {
        do throws(BlobError) {
            return try store.list(prefix: prefix, after: after, limit: limit).map { BlobDescription($0) }
        } catch { throw PortOutcome(error) }
    }

    private final class Writer: BlobWriterPort {
        private let writer: BlobWriter

        init(writer: BlobWriter) { self.writer = writer }

        func append(_ bytes: UnsafeRawBufferPointer) throws(PortOutcome) {
            do throws(BlobError) { try writer.append(bytes) } catch { throw PortOutcome(error) }
        }

        func commit() throws(PortOutcome) -> BlobDescription {
            do throws(BlobError) { return BlobDescription(try writer.commit()) } catch { throw PortOutcome(error) }
        }

        func discard() { writer.discard() }
    }

    /// A reader as the gateway reads from it.
    static func port(_ reader: BlobReader) -> any BlobReaderPort { Reader(reader: reader) }

    private final class Reader: BlobReaderPort {
        private let reader: BlobReader

        init(reader: BlobReader) { self.reader = reader }

        var description: BlobDescription { BlobDescription(reader.blob) }

        func read(at offset: Int64, into room: UnsafeMutableRawBufferPointer) throws(PortOutcome) -> Int {
            do throws(BlobError) { return try reader.read(at: offset, into: room) } catch { throw PortOutcome(error) }
        }
    }
}

extension BlobDescription {
    fileprivate init(_ blob: Blob) {
        self.init(
            key: blob.key, contentType: blob.contentType, size: blob.size,
            createdAtMilliseconds: blob.createdAtMilliseconds, sha256: blob.sha256)
    }
}

extension PortOutcome {
    init(_ error: BlobError) {
        let status: ModuleStatus =
            switch error.code {
            case .invalid: .invalid
            case .tooLarge: .limit
            case .full: .full
            case .busy: .busy
            case .over: .stale
            case .taken: .conflict
            case .failed, .notConfigured, .bucket: .failed
            }
        self.init(status, code: error.code.rawValue, message: error.message)
    }
}
