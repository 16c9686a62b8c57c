import CGantry

// What takes values that the interface lends: each is lent to one call of the host, which calls it before it returns.

/// Collects what a function of the host hands over as bytes.
enum LentBytes {
    /// Calls `function`; a copy of the bytes that it handed over, nil when it answered that there are none.
    static func copy(
        _ name: StaticString, _ function: (gantry_bytes_fn_v1, UnsafeMutableRawPointer) -> Int32
    ) throws(HostError) -> [UInt8]? {
        var bytes: [UInt8]?
        let status = withUnsafeMutablePointer(to: &bytes) { function(take, UnsafeMutableRawPointer($0)) }
        try HostError.check(status, name)
        return status == Status.end.rawValue ? nil : bytes ?? []
    }

    static let take: gantry_bytes_fn_v1 = { context, bytes in
        context?.assumingMemoryBound(to: [UInt8]?.self).pointee = Array(bytes.buffer)
        return Status.ok.rawValue
    }
}

/// A closure that takes a value by pointer, on its way through the interface.
struct LentTaker<Raw> {
    private let take: (UnsafePointer<Raw>) -> Int32

    /// Calls `function` with the context that `call` expects.
    static func lend(
        _ take: (UnsafePointer<Raw>) -> Int32, to function: (UnsafeMutableRawPointer) -> Int32
    ) -> Int32 {
        withoutActuallyEscaping(take) { take in
            var lent = LentTaker(take: take)
            return withUnsafeMutablePointer(to: &lent) { function(UnsafeMutableRawPointer($0)) }
        }
    }

    /// Hands `raw` to the closure behind `context`.
    static func call(_ context: UnsafeMutableRawPointer?, _ raw: UnsafePointer<Raw>?) -> Int32 {
        guard let context, let raw else { return Status.invalid.rawValue }
        return context.assumingMemoryBound(to: LentTaker.self).pointee.take(raw)
    }
}

/// What the interface takes for closures behind `LentTaker`. Pointers to C functions cannot be formed in generic code.
enum Lending {
    static let principal: gantry_principal_fn_v1 = { LentTaker<gantry_principal_v1>.call($0, $1) }
    static let token: gantry_token_fn_v1 = { LentTaker<gantry_token_v1>.call($0, $1) }
    static let blob: gantry_blob_fn_v1 = { LentTaker<gantry_blob_v1>.call($0, $1) }
    static let key: gantry_key_fn_v1 = { LentTaker<gantry_key_v1>.call($0, $1) }
    static let organization: gantry_organization_fn_v1 = { LentTaker<gantry_organization_v1>.call($0, $1) }
    static let member: gantry_member_fn_v1 = { LentTaker<gantry_member_v1>.call($0, $1) }
    static let invitation: gantry_invitation_fn_v1 = { LentTaker<gantry_invitation_v1>.call($0, $1) }
    static let webhook: gantry_webhook_fn_v1 = { LentTaker<gantry_webhook_v1>.call($0, $1) }
    static let webhookDelivery: gantry_webhook_delivery_fn_v1 = {
        LentTaker<gantry_webhook_delivery_v1>.call($0, $1)
    }
}
