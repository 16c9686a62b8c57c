import CGantry
import GantryKit

/// `gantry.transfers`: transfers in memory, whose bytes a test sends with `TestHost.upload`.
enum TransfersTable {
    static let table = gantry_transfers_v1(
        announce: { call, transfer, seconds, onAddress, context, error in
            with(call, "announce", error) { host in
                guard let transfer, let onAddress, transfer.pointee.size > 0, isName(transfer.pointee.name) else {
                    return .invalid
                }
                let stored = StoredTransfer(transfer.pointee)
                let isNew = host.state.withLock { state in
                    guard !state.transfers.contains(where: { $0.key == stored.name || $0.value.key == stored.key })
                    else { return false }
                    state.transfers[stored.name] = stored
                    return true
                }
                guard isNew else { return .conflict }
                return tell("http://host.test/upload/\(stored.name)?seconds=\(seconds)", onAddress, context)
            }
        },
        complete: { call, name, outState, outSize, error in
            with(call, "complete", error) { host in
                guard let outState, let outSize else { return .invalid }
                let name = name.copy
                guard let transfer = host.state.withLock({ $0.transfers[name] }), !transfer.isWithdrawn else {
                    return .end
                }
                outSize.pointee = UInt64(transfer.bytes?.count ?? 0)
                outState.pointee = GANTRY_TRANSFER_MISSING.rawValue
                guard let bytes = transfer.bytes else { return .ok }
                guard bytes.count == transfer.size else {
                    host.state.withLock { $0.transfers[name]?.bytes = nil }
                    outState.pointee = GANTRY_TRANSFER_MISMATCH.rawValue
                    return .ok
                }
                host.store(transfer.key, transfer.contentType, bytes)
                host.state.withLock { $0.transfers[name]?.isComplete = true }
                outState.pointee = GANTRY_TRANSFER_COMPLETE.rawValue
                return .ok
            }
        },
        address: { call, name, seconds, onAddress, context, error in
            with(call, "address", error) { host in
                guard let onAddress else { return .invalid }
                let name = name.copy
                guard let transfer = host.state.withLock({ $0.transfers[name] }), transfer.isComplete,
                    !transfer.isWithdrawn
                else { return .end }
                return tell("http://host.test/download/\(name)?seconds=\(seconds)", onAddress, context)
            }
        },
        withdraw: { call, name, error in
            with(call, "withdraw", error) { host in
                let name = name.copy
                return host.state.withLock { state in
                    guard state.transfers[name]?.isWithdrawn == false else { return .end }
                    state.transfers[name]?.isWithdrawn = true
                    return .ok
                }
            }
        },
        erase: { call, name, error in
            with(call, "erase", error) { host in
                let name = name.copy
                return host.state.withLock { state in
                    guard let transfer = state.transfers.removeValue(forKey: name) else { return .end }
                    state.blobs.removeValue(forKey: transfer.key)
                    return .ok
                }
            }
        })

    private static func with(
        _ call: UnsafePointer<gantry_call_v1>?, _ function: String, _ error: UnsafeMutablePointer<gantry_error_v1>?,
        _ body: (TestHost) -> Status
    ) -> Int32 {
        TestHost.with(call, "gantry.transfers \(function)", waits: true) { host, _ in
            guard let failure = host.transferFailure else { return body(host) }
            error?.fill(code: failure.rawValue, "The storage is broken by the test.")
            return .failed
        }
    }

    private static func isName(_ name: gantry_str_v1) -> Bool {
        let bytes = name.copiedBytes
        return (1...64).contains(bytes.count)
            && bytes.allSatisfy { byte in
                (0x30...0x39).contains(byte) || (0x41...0x5a).contains(byte) || (0x61...0x7a).contains(byte)
                    || byte == UInt8(ascii: "_") || byte == UInt8(ascii: "-")
            }
    }

    private static func tell(
        _ address: String, _ onAddress: gantry_bytes_fn_v1, _ context: UnsafeMutableRawPointer?
    ) -> Status {
        let memory = LentMemory()
        return Status(rawValue: onAddress(context, memory.text(address)))
    }
}

/// A transfer that a module has announced.
public struct StoredTransfer: Sendable {
    /// What its address shows.
    public let name: String
    /// Key of the blob that it becomes.
    public let key: String
    /// What was announced.
    public let contentType: String
    /// What was announced.
    public let filename: String
    /// Bytes that were announced.
    public let size: Int
    /// What has arrived; nil before.
    public internal(set) var bytes: [UInt8]?
    /// Whether it is a blob.
    public internal(set) var isComplete = false
    /// Whether its addresses are dead.
    public internal(set) var isWithdrawn = false

    init(_ raw: gantry_transfer_v1) {
        name = raw.name.copy
        key = raw.key.copy
        contentType = raw.content_type.copy
        filename = raw.filename.copy
        size = Int(clamping: raw.size)
    }
}

/// How the storage of transfers fails.
public enum TransferFailure: Int, Sendable {
    /// The operator has yet to set it up.
    case notConfigured = 1
    /// It refuses, fails or does not answer.
    case storage = 2
}

extension TestHost {
    /// How the storage of transfers fails; nil while it works.
    public var transferFailure: TransferFailure? {
        get { state.withLock { $0.transferFailure } }
        set { state.withLock { $0.transferFailure = newValue } }
    }

    /// The transfers that the module has announced and not erased, by name.
    public var transfers: [String: StoredTransfer] { state.withLock { $0.transfers } }

    /// Sends bytes to the address of an announced transfer, as a client would.
    public func upload(_ name: String, _ bytes: [UInt8]) {
        state.withLock { $0.transfers[name]?.bytes = bytes }
    }
}
