import CGantry
import GantryCore

/// `gantry.transfers`: signed addresses of blobs. All functions may wait for the disk, or for the bucket.
enum TransfersTable {
    typealias Call = UnsafePointer<gantry_call_v1>?
    typealias Failure = UnsafeMutablePointer<gantry_error_v1>?

    private static let maximumNameBytes: UInt64 = 64
    private static let maximumKeyBytes: UInt64 = 512
    private static let maximumTypeBytes: UInt64 = 256
    private static let maximumFilenameBytes: UInt64 = 2048
    /// What the signatures of buckets allow: seven days.
    private static let maximumSeconds: UInt64 = 604_800
    private static let maximumKeepSeconds: UInt64 = 31 * 86_400

    static let table = gantry_transfers_v1(
        announce: announce, complete: complete, address: address, withdraw: withdraw, erase: erase)

    private static let announce:
        @convention(c) (
            Call, UnsafePointer<gantry_transfer_v1>?, UInt64, gantry_bytes_fn_v1?, UnsafeMutableRawPointer?, Failure
        ) -> Int32 = { call, transfer, seconds, onAddress, context, error in
            guard let transfer, let onAddress else { return ModuleStatus.invalid.rawValue }
            return run(call, "gantry.transfers.announce", error) { call, transfers throws(PortOutcome) in
                let raw = transfer.pointee
                guard raw.size > 0, (1...maximumKeepSeconds).contains(raw.keep_seconds) else {
                    throw PortOutcome(.invalid, message: "`size` and `keep_seconds` (31 days at most) are needed.")
                }
                guard let size = Int64(exactly: raw.size) else {
                    throw PortOutcome(.limit, message: "No blob is that large.")
                }
                let order = TransferOrder(
                    name: try name(raw.name),
                    key: try ServiceCalls.text(raw.key, atMost: maximumKeyBytes, "key"),
                    contentType: try ServiceCalls.text(raw.content_type, atMost: maximumTypeBytes, "content_type"),
                    filename: try ServiceCalls.text(raw.filename, atMost: maximumFilenameBytes, "filename"),
                    size: size, keepSeconds: Int64(raw.keep_seconds))
                let address = try transfers.announce(order, seconds: lifetime(seconds), origin: call.sink?.origin)
                return ModuleStatus(rawValue: ServiceCalls.lend(Array(address.utf8), to: onAddress, context))
            }
        }

    private static let complete:
        @convention(c) (
            Call, gantry_str_v1, UnsafeMutablePointer<UInt32>?, UnsafeMutablePointer<UInt64>?, Failure
        ) -> Int32 = { call, name, outState, outSize, error in
            guard let outState, let outSize else { return ModuleStatus.invalid.rawValue }
            return run(call, "gantry.transfers.complete", error) { _, transfers throws(PortOutcome) in
                guard let completion = try transfers.complete(Self.name(name)) else { return .end }
                switch completion {
                case .missing: (outState.pointee, outSize.pointee) = (GANTRY_TRANSFER_MISSING.rawValue, 0)
                case .mismatch(let size):
                    (outState.pointee, outSize.pointee) = (GANTRY_TRANSFER_MISMATCH.rawValue, UInt64(clamping: size))
                case .complete(let size):
                    (outState.pointee, outSize.pointee) = (GANTRY_TRANSFER_COMPLETE.rawValue, UInt64(clamping: size))
                }
                return .ok
            }
        }

    private static let address:
        @convention(c) (
            Call, gantry_str_v1, UInt64, gantry_bytes_fn_v1?, UnsafeMutableRawPointer?, Failure
        ) -> Int32 = { call, name, seconds, onAddress, context, error in
            guard let onAddress else { return ModuleStatus.invalid.rawValue }
            return run(call, "gantry.transfers.address", error) { call, transfers throws(PortOutcome) in
                let address = try transfers.address(
                    of: Self.name(name), seconds: lifetime(seconds), origin: call.sink?.origin)
                guard let address else { return .end }
                return ModuleStatus(rawValue: ServiceCalls.lend(Array(address.utf8), to: onAddress, context))
            }
        }

    private static let withdraw: @convention(c) (Call, gantry_str_v1, Failure) -> Int32 = { call, name, error in
        run(call, "gantry.transfers.withdraw", error) { _, transfers throws(PortOutcome) in
            try transfers.withdraw(Self.name(name)) ? .ok : .end
        }
    }

    private static let erase: @convention(c) (Call, gantry_str_v1, Failure) -> Int32 = { call, name, error in
        run(call, "gantry.transfers.erase", error) { _, transfers throws(PortOutcome) in
            try transfers.erase(Self.name(name)) ? .ok : .end
        }
    }

    private static func run(
        _ call: Call, _ function: StaticString, _ error: Failure,
        _ body: (ModuleCall, any TransferPort) throws(PortOutcome) -> ModuleStatus
    ) -> Int32 {
        ServiceCalls.run(call, \.transfers, error, waits: true, needs: (.blobs, function), body)
    }

    private static func name(_ text: gantry_str_v1) throws(PortOutcome) -> String {
        try ServiceCalls.text(text, atMost: maximumNameBytes, "name")
    }

    private static func lifetime(_ seconds: UInt64) throws(PortOutcome) -> Int64 {
        guard (1...maximumSeconds).contains(seconds) else {
            throw PortOutcome(.invalid, message: "An address lives for 1 second to 7 days.")
        }
        return Int64(seconds)
    }
}
