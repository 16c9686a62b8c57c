import GantryCryptography

/// What is announced: bytes that a client will send by itself.
public struct TransferAnnouncement: Sendable, Equatable {
    /// What its addresses show.
    public var name: String
    /// Key of the blob that it becomes.
    public var key: String
    /// What the client must send, parameters aside.
    public var contentType: String
    /// What a download is called.
    public var filename: String
    /// Bytes, exactly.
    public var size: Int64
    /// After how many seconds it is dropped unless it is complete.
    public var keepSeconds: Int64

    /// An announcement.
    public init(
        name: String, key: String, contentType: String, filename: String, size: Int64,
        keepSeconds: Int64
    ) {
        self.name = name
        self.key = key
        self.contentType = contentType
        self.filename = filename
        self.size = size
        self.keepSeconds = keepSeconds
    }

    /// Whether a text can be the name of a transfer.
    static func isName(_ text: String) -> Bool {
        (1...64).contains(text.utf8.count)
            && text.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"):
                    true
                default: false
                }
            }
    }
}

/// A transfer as it is.
public struct Transfer: Sendable, Equatable {
    /// What was announced.
    public var announcement: TransferAnnouncement
    /// Whether its bytes are the blob.
    public var isComplete: Bool
    /// Whether its addresses are dead.
    public var isWithdrawn: Bool
    /// Bytes that have arrived here; nil before.
    public var arrivedBytes: Int64?
    /// The file that they lie in.
    var file: String?
}

/// What asking for the end of a transfer has found.
public enum TransferOutcome: Sendable, Equatable {
    /// Nothing has arrived.
    case missing
    /// Another number of bytes had arrived; they are gone.
    case mismatch(size: Int64)
    /// The blob is there.
    case complete(size: Int64)
}

/// Signatures of the addresses that the host serves: HMAC-SHA256 of method, tenant, name, the second in which the
/// address dies and, of uploads, the announced size, joined by line feeds.
public enum TransferSignature {
    /// The signature of an upload's address, in hexadecimal digits.
    public static func upload(
        tenant: String, name: String, expires: Int64, size: Int64, secret: [UInt8]
    ) -> String {
        sign("PUT\n\(tenant)\n\(name)\n\(expires)\n\(size)", secret)
    }

    /// The signature of a download's address.
    public static func download(tenant: String, name: String, expires: Int64, secret: [UInt8])
        -> String
    {
        sign("GET\n\(tenant)\n\(name)\n\(expires)", secret)
    }

    /// Whether both are the same, in a time that tells nothing of where they differ.
    public static func areEqual(_ left: String, _ right: String) -> Bool {
        Cryptography.areEqual(Array(left.utf8), Array(right.utf8))
    }

    private static func sign(_ text: String, _ secret: [UInt8]) -> String {
        Cryptography.hmacSHA256(Array(text.utf8), key: secret).hexadecimal
    }
}
