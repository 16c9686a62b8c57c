import CGantry

// The interface knows functions with a `void *` where Swift has closures. A closure is lent to one call of the host:
// the pointer leads to it until that call returns, which is as long as the interface may use it. It may be called on
// another thread meanwhile; the thread that lent it waits, so what the closure captures is never used by two at once.

/// A transaction's body on its way through the interface.
struct LentTransactionBody {
    private let body: (UInt64) -> Int32

    /// Calls `function` with what the interface takes for `body`.
    static func lend(
        _ body: (UInt64) -> Int32, to function: (gantry_transaction_fn_v1, UnsafeMutableRawPointer) -> Int32
    ) -> Int32 {
        withoutActuallyEscaping(body) { body in
            var lent = LentTransactionBody(body: body)
            return withUnsafeMutablePointer(to: &lent) { function(call, UnsafeMutableRawPointer($0)) }
        }
    }

    private static let call: gantry_transaction_fn_v1 = { context, transaction in
        guard let context else { return GANTRY_E_INVALID.rawValue }
        return context.assumingMemoryBound(to: LentTransactionBody.self).pointee.body(transaction)
    }
}

/// What receives a result's rows on its way through the interface.
struct LentRowBody {
    private let body: (UnsafeBufferPointer<gantry_value_v1>) -> Int32

    /// Calls `function` with what the interface takes for `body`.
    static func lend(
        _ body: (UnsafeBufferPointer<gantry_value_v1>) -> Int32,
        to function: (gantry_row_fn_v1, UnsafeMutableRawPointer) -> Int32
    ) -> Int32 {
        withoutActuallyEscaping(body) { body in
            var lent = LentRowBody(body: body)
            return withUnsafeMutablePointer(to: &lent) { function(call, UnsafeMutableRawPointer($0)) }
        }
    }

    private static let call: gantry_row_fn_v1 = { context, columns, count in
        guard let context else { return GANTRY_E_INVALID.rawValue }
        let row = UnsafeBufferPointer(lent: columns, count)
        return context.assumingMemoryBound(to: LentRowBody.self).pointee.body(row)
    }
}
