public import GantryCryptography

/// What is known of a blob besides its bytes.
public struct Blob: Sendable, Equatable {
    /// Its name.
    public var key: String
    /// What its author says that it is.
    public var contentType: String
    /// Bytes.
    public var size: Int64
    /// Milliseconds since 1970.
    public var createdAtMilliseconds: Int64
    /// SHA-256 of its bytes.
    public var sha256: Digest256

    /// A description.
    public init(
        key: String, contentType: String, size: Int64, createdAtMilliseconds: Int64, sha256: Digest256
    ) {
        self.key = key
        self.contentType = contentType
        self.size = size
        self.createdAtMilliseconds = createdAtMilliseconds
        self.sha256 = sha256
    }
}

/// How much one store takes.
public struct BlobLimits: Sendable {
    /// Bytes of one blob.
    public var maximumBlobBytes: Int64 = 1 << 30
    /// Bytes of all blobs together, those that are being written among them.
    public var maximumTotalBytes: Int64 = 10 << 30
    /// Blobs that are being written at a time.
    public var maximumWriters = 64

    /// The defaults.
    public init() {}
}

/// Why a store of blobs refused or failed.
public struct BlobError: Error, Sendable, CustomStringConvertible {
    /// The kind of failure.
    public enum Code: Int32, Sendable {
        /// A key or content type that is none.
        case invalid = 1
        /// Larger than a blob may be.
        case tooLarge = 2
        /// The store's quota or the disk is full.
        case full = 3
        /// Too many blobs are being written.
        case busy = 4
        /// The writer was committed or discarded before.
        case over = 5
        /// The file system or the index failed.
        case failed = 6
        /// The name or key of a transfer is taken.
        case taken = 7
        /// The storage is not set up.
        case notConfigured = 8
        /// The bucket refused, failed or did not answer.
        case bucket = 9
    }

    /// The kind of failure.
    public var code: Code
    /// One sentence; names no path.
    public var message: String
    /// Whether the same may work a moment later.
    public var isPassing = false

    /// Creates the error.
    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    /// The message.
    public var description: String { message }
}
