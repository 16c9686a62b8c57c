import CGantry

/// Signed addresses at which clients send and fetch the bytes of blobs without the module.
///
/// A transfer is announced, its bytes are sent with one PUT, and `complete` makes them a blob. What is announced and
/// not completed in time is dropped by the host, with what has arrived of it.
public struct Transfers {
    let scope: CallScope

    /// What is announced.
    public struct Announcement: Sendable {
        /// What the address shows: 1 to 64 letters, digits, dashes and underscores.
        public var name: String
        /// Key of the blob; one that no other transfer has.
        public var key: String
        /// What the client must send, parameters aside.
        public var contentType: String
        /// What whoever fetches it is told to call it.
        public var filename: String
        /// Bytes, exactly; at least 1.
        public var size: Int64
        /// After how many seconds it is dropped unless it is complete.
        public var keepSeconds: Int64

        /// An announcement.
        public init(
            name: String, key: String, contentType: String, filename: String, size: Int64, keepSeconds: Int64 = 86_400
        ) {
            self.name = name
            self.key = key
            self.contentType = contentType
            self.filename = filename
            self.size = size
            self.keepSeconds = keepSeconds
        }
    }

    /// What has become of a transfer.
    public enum Completion: Sendable, Equatable {
        /// The bytes are a blob, of this size.
        case complete(size: Int64)
        /// Nothing has arrived.
        case missing
        /// Another number of bytes had arrived; they are thrown away.
        case mismatch(size: Int64)
    }

    /// Announces a transfer and gives the address that takes its bytes for so many seconds; durable when this returns.
    /// Throws `.conflict` where name or key are taken, `.limit` where it is larger than a blob may be, and a failure
    /// that `isStorageFailure` where the storage is not set up or does not work.
    public func announce(_ announcement: Announcement, seconds: Int64) throws(HostError) -> String {
        let table = try scope.tables.pointee.transfers.get()
        let address = try Self.address("gantry.transfers announce") { take, context, record in
            announcement.withRaw {
                table.pointee.announce.unsafelyUnwrapped(
                    scope.call, $0, UInt64(clamping: seconds), take, context, record)
            }
        }
        guard let address else { throw HostError(.failed, message: "gantry.transfers told no address") }
        return address
    }

    /// Looks what has arrived, and makes it the blob when it is what was announced; nil when there is no such transfer,
    /// or it was dropped or withdrawn. Durable when this returns, and the same when it is asked again.
    public func complete(_ name: String) throws(HostError) -> Completion? {
        let table = try scope.tables.pointee.transfers.get()
        var state: UInt32 = 0
        var size: UInt64 = 0
        var isFound = true
        try HostError.checkRecord("gantry.transfers complete") { record in
            let status = name.withText {
                table.pointee.complete.unsafelyUnwrapped(scope.call, $0, &state, &size, record)
            }
            isFound = status != Status.end.rawValue
            return status
        }
        guard isFound else { return nil }
        switch state {
        case GANTRY_TRANSFER_COMPLETE.rawValue: return .complete(size: Int64(clamping: size))
        case GANTRY_TRANSFER_MISMATCH.rawValue: return .mismatch(size: Int64(clamping: size))
        default: return .missing
        }
    }

    /// An address that hands the bytes of a complete transfer to whoever has it, for so many seconds; nil when there is
    /// no complete transfer of the name.
    public func address(of name: String, seconds: Int64) throws(HostError) -> String? {
        let table = try scope.tables.pointee.transfers.get()
        return try Self.address("gantry.transfers address") { take, context, record in
            name.withText {
                table.pointee.address.unsafelyUnwrapped(
                    scope.call, $0, UInt64(clamping: seconds), take, context, record)
            }
        }
    }

    /// Ends all addresses that the host serves, at once and durably; the bytes stay until `erase`. False when there is
    /// no such transfer, or it was withdrawn before.
    @discardableResult
    public func withdraw(_ name: String) throws(HostError) -> Bool {
        let table = try scope.tables.pointee.transfers.get()
        return try Self.isFound("gantry.transfers withdraw", name) {
            table.pointee.withdraw.unsafelyUnwrapped(scope.call, $0, $1)
        }
    }

    /// Forgets a transfer and erases its bytes, complete or not; false when there is none. Durable when this returns.
    @discardableResult
    public func erase(_ name: String) throws(HostError) -> Bool {
        let table = try scope.tables.pointee.transfers.get()
        return try Self.isFound("gantry.transfers erase", name) {
            table.pointee.erase.unsafelyUnwrapped(scope.call, $0, $1)
        }
    }

    private static func isFound(
        _ function: StaticString, _ name: String,
        _ body: (gantry_str_v1, UnsafeMutablePointer<gantry_error_v1>) -> Int32
    ) throws(HostError) -> Bool {
        var isFound = true
        try HostError.checkRecord(function) { record in
            let status = name.withText { body($0, record) }
            isFound = status != Status.end.rawValue
            return status
        }
        return isFound
    }

    private static func address(
        _ function: StaticString,
        _ body: (gantry_bytes_fn_v1, UnsafeMutableRawPointer, UnsafeMutablePointer<gantry_error_v1>) -> Int32
    ) throws(HostError) -> String? {
        var bytes: [UInt8]?
        try HostError.checkRecord(function) { record in
            withUnsafeMutablePointer(to: &bytes) { body(LentBytes.take, UnsafeMutableRawPointer($0), record) }
        }
        return bytes.map { String(decoding: $0, as: UTF8.self) }
    }
}

extension Transfers.Announcement {
    /// Lends the announcement to a function of the host.
    func withRaw(_ body: (UnsafePointer<gantry_transfer_v1>) -> Int32) -> Int32 {
        name.withText { name in
            key.withText { key in
                contentType.withText { type in
                    filename.withText { filename in
                        var raw = gantry_transfer_v1(
                            name: name, key: key, content_type: type, filename: filename,
                            size: UInt64(clamping: size), keep_seconds: UInt64(clamping: keepSeconds))
                        return body(&raw)
                    }
                }
            }
        }
    }
}

extension HostError {
    /// Whether the operator has yet to set the storage of blobs up.
    public var isStorageMissing: Bool {
        status == .failed && code == Int(GANTRY_TRANSFER_NOT_CONFIGURED.rawValue)
    }

    /// Whether the storage of blobs refused, failed or did not answer.
    public var isStorageFailure: Bool { status == .failed && code == Int(GANTRY_TRANSFER_STORAGE.rawValue) }
}
