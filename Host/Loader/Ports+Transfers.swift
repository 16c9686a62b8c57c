/// The transfers of one instance: blobs that clients send and fetch by themselves. All functions may wait.
public protocol TransferPort: TransferServing {
    /// Announces one, and gives the address that takes its bytes.
    /// - Parameter origin: Scheme and host by which the caller has reached this host; nil where nobody calls.
    func announce(_ order: TransferOrder, seconds: Int64, origin: String?) throws(PortOutcome) -> String
    /// Makes what has arrived the blob; nil when there is no such transfer.
    func complete(_ name: String) throws(PortOutcome) -> TransferCompletion?
    /// An address that hands out the bytes; nil when there is no complete one of the name.
    func address(of name: String, seconds: Int64, origin: String?) throws(PortOutcome) -> String?
    /// Ends the addresses that the host serves; false when there is none of the name.
    func withdraw(_ name: String) throws(PortOutcome) -> Bool
    /// Forgets one and erases its bytes; false when there is none of the name.
    func erase(_ name: String) throws(PortOutcome) -> Bool
}

/// What is announced.
public struct TransferOrder: Sendable {
    /// What the address shows.
    public var name: String
    /// Key of the blob.
    public var key: String
    /// What the client must send.
    public var contentType: String
    /// What a download is called.
    public var filename: String
    /// Bytes.
    public var size: Int64
    /// After how many seconds it is dropped unless it is complete.
    public var keepSeconds: Int64

    /// An order.
    public init(name: String, key: String, contentType: String, filename: String, size: Int64, keepSeconds: Int64) {
        self.name = name
        self.key = key
        self.contentType = contentType
        self.filename = filename
        self.size = size
        self.keepSeconds = keepSeconds
    }
}

/// What has become of a transfer.
public enum TransferCompletion: Sendable, Equatable {
    /// Nothing has arrived.
    case missing
    /// Another number of bytes had arrived.
    case mismatch(size: Int64)
    /// The blob is there.
    case complete(size: Int64)
}

/// The addresses that the host serves itself. All functions may wait for the disk.
public protocol TransferServing: AnyObject, Sendable {
    /// Begins to take bytes.
    /// - Parameters:
    ///   - contentType: What the request says of them.
    ///   - length: How many the request says there are; nil where it does not say.
    func receive(
        _ address: TransferAddress, contentType: String?, length: Int64?
    ) throws(TransferRefusal) -> any TransferReceiver
    /// The bytes of a complete transfer.
    func fetch(_ address: TransferAddress) throws(TransferRefusal) -> TransferContent
}

/// What an address says.
public struct TransferAddress: Sendable {
    /// The transfer.
    public var name: String
    /// Seconds since 1970 in which the address dies.
    public var expires: Int64
    /// In hexadecimal digits.
    public var signature: String

    /// What an address says.
    public init(name: String, expires: Int64, signature: String) {
        self.name = name
        self.expires = expires
        self.signature = signature
    }
}

/// Takes the bytes of one upload. One let go of is discarded.
public protocol TransferReceiver: AnyObject, Sendable {
    /// Adds bytes to the end.
    func append(_ bytes: UnsafeRawBufferPointer) throws(TransferRefusal)
    /// All have come; durable when this returns.
    func arrive() throws(TransferRefusal)
    /// Forgets them.
    func discard()
}

/// What is handed out.
public struct TransferContent: Sendable {
    /// The bytes.
    public var reader: any BlobReaderPort
    /// What they are.
    public var contentType: String
    /// What they are to be called.
    public var filename: String

    /// What is handed out.
    public init(reader: any BlobReaderPort, contentType: String, filename: String) {
        self.reader = reader
        self.contentType = contentType
        self.filename = filename
    }
}

/// Why an address does not do what was asked of it.
public enum TransferRefusal: Error, Sendable, Equatable {
    /// The host serves no addresses: the bytes lie in a bucket.
    case notServed
    /// The operator has set no key.
    case notConfigured
    /// The signature is wrong.
    case forged
    /// Its time is over.
    case expired
    /// There is no such transfer, or it does not take or give bytes.
    case unknown
    /// Another type was announced.
    case otherType(announced: String)
    /// The transfer is complete.
    case complete
    /// More than was announced.
    case tooLarge(maximumBytes: Int64)
    /// The disk or the quota is full.
    case full
    /// Too many uploads are under way.
    case busy
    /// The disk failed, in words for the log.
    case failed(String)
}
