/// The transfers of one instance: blobs that clients send and fetch by themselves. All functions may wait.
public protocol TransferPort: AnyObject, Sendable {
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
