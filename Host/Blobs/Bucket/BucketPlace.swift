import GantryCryptography
import GantryThreads

/// The blobs of one instance in a bucket. Names of objects begin with the instance's own place; what clients send goes
/// below its `/`, and what is committed below `.blobs/`, where no address that takes bytes leads.
final class BucketPlace: BlobPlace {
    let bucket: Bucket
    /// `tenant/module`.
    let base: String
    private let readers = Lock<[String: Readers]>([:])

    private struct Readers {
        var count = 0
        /// Removed when the last one is gone.
        var isCondemned = false
    }

    init(bucket: Bucket, base: String) {
        self.bucket = bucket
        self.base = base
    }

    /// Nobody lists a bucket to find what was left behind.
    var needsIntent: Bool { true }

    /// The object of a file: of a committed one, or of what a client sends for a key.
    func object(_ file: String) -> String {
        file.hasPrefix("/") ? "\(base)\(file)" : "\(base).blobs/\(file)"
    }

    /// The file that a client sends for a key. Files of the store's own are named otherwise.
    static func uploaded(_ key: String) -> String { "/\(key)" }

    func prepare() throws(BlobError) {}
    func leftovers() -> [String] { [] }
    func settle(_: String) {}

    func create(_ file: String, contentType: String) throws(BlobError) -> any BlobSink {
        BucketSink(bucket: bucket, object: object(file), contentType: contentType)
    }

    func open(_ file: String, size: Int64) throws(BlobError) -> (any BlobSource)? {
        readers.withLock { $0[file, default: Readers()].count += 1 }
        return BucketSource(place: self, file: file, size: size)
    }

    func remove(_ file: String) -> Bool {
        let isOpen = readers.withLock { readers in
            guard readers[file] != nil else { return false }
            readers[file]?.isCondemned = true
            return true
        }
        return isOpen ? false : removeNow(file)
    }

    /// A reader of a file has ended.
    func endReading(_ file: String) {
        let isLast = readers.withLock { readers in
            readers[file]?.count -= 1
            guard let left = readers[file], left.count == 0 else { return false }
            readers[file] = nil
            return left.isCondemned
        }
        // Where this fails, the index names the file as garbage still.
        if isLast { _ = removeNow(file) }
    }

    private func removeNow(_ file: String) -> Bool {
        do throws(BlobError) {
            try bucket.remove(object(file))
            return true
        } catch { return false }
    }
}

/// An object that is being written: in one piece where it is small, else in parts, one of which is in memory.
private final class BucketSink: BlobSink {
    private struct State {
        var part: [UInt8] = []
        var upload: String?
        var tags: [String] = []
        var isWhole = false
    }

    /// Bytes of a part; 10,000 of them make the largest object.
    private static let partBytes = 8 << 20

    private let bucket: Bucket
    private let object: String
    private let contentType: String
    private let state = Lock(State())

    init(bucket: Bucket, object: String, contentType: String) {
        self.bucket = bucket
        self.object = object
        self.contentType = contentType
    }

    func append(_ bytes: UnsafeRawBufferPointer) throws(BlobError) {
        try state.withLock { state throws(BlobError) in
            var rest = bytes[...]
            while !rest.isEmpty {
                if state.part.isEmpty {
                    state.part.reserveCapacity(min(Self.partBytes, max(rest.count, 1 << 16)))
                }
                let taken = rest.prefix(Self.partBytes - state.part.count)
                state.part.append(contentsOf: taken)
                rest = rest.dropFirst(taken.count)
                // A full part waits for what follows: a small object goes in one piece.
                if state.part.count == Self.partBytes, !rest.isEmpty { try sendPart(&state) }
            }
        }
    }

    func sync() throws(BlobError) {
        try state.withLock { state throws(BlobError) in
            if state.upload == nil {
                try bucket.put(object, contentType: contentType, state.part)
            } else {
                if !state.part.isEmpty { try sendPart(&state) }
                try bucket.endParts(object, upload: state.upload ?? "", tags: state.tags)
            }
            state.part = []
            state.isWhole = true
        }
    }

    func close() {
        state.withLock { state in
            guard state.upload != nil, !state.isWhole else { return }
            // Parts that stay here are the bucket's own rule to remove.
            try? bucket.abandonParts(object)
            state.upload = nil
        }
    }

    private func sendPart(_ state: inout State) throws(BlobError) {
        let upload: String
        if let begun = state.upload {
            upload = begun
        } else {
            upload = try bucket.beginParts(object, contentType: contentType)
            state.upload = upload
        }
        state.tags.append(
            try bucket.sendPart(object, upload: upload, number: state.tags.count + 1, state.part))
        state.part.removeAll(keepingCapacity: true)
    }
}

/// An object that is open for reading; a stretch of it is kept, since it is read in small pieces.
private final class BucketSource: BlobSource {
    private struct Stretch {
        var start: Int64 = 0
        var bytes: [UInt8] = []
    }

    private static let stretchBytes = 1 << 20

    private let place: BucketPlace
    private let file: String
    private let size: Int64
    private let stretch = Lock(Stretch())

    init(place: BucketPlace, file: String, size: Int64) {
        self.place = place
        self.file = file
        self.size = size
    }

    deinit { place.endReading(file) }

    func read(at offset: Int64, into room: UnsafeMutableRawBufferPointer) throws(BlobError) -> Int {
        try stretch.withLock { stretch throws(BlobError) in
            var total = 0
            while total < room.count, offset + Int64(total) < size {
                let position = offset + Int64(total)
                if !(stretch.start..<stretch.start + Int64(stretch.bytes.count)).contains(position) {
                    let count = Int(min(Int64(Self.stretchBytes), size - position))
                    guard let bytes = try place.bucket.read(place.object(file), from: position, count: count),
                        !bytes.isEmpty
                    else { throw BlobError(.bucket, "An object of the bucket is gone.") }
                    stretch = Stretch(start: position, bytes: bytes)
                }
                let from = Int(position - stretch.start)
                let count = min(room.count - total, stretch.bytes.count - from)
                stretch.bytes.withUnsafeBytes { bytes in
                    UnsafeMutableRawBufferPointer(rebasing: room[total..<total + count])
                        .copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes[from..<from + count]))
                }
                total += count
            }
            return total
        }
    }
}
