public import GantryCore
public import GantryStore

/// Requests with an `Idempotency-Key`, in the database that holds their effects. It needs the tables of
/// `HostTables.installAnsweredRequests`.
public enum AnsweredRequests {
    /// Keys of one caller that are remembered at a time.
    static let maximumKeys: Int64 = 10_000
    /// Expired keys that go with each new one.
    private static let sweepCount: Int64 = 16

    /// Looks a key up.
    public static func find(_ key: RequestKey, in transaction: Transaction) throws(StoreError) -> KeyFinding {
        var finding: KeyFinding?
        try transaction.execute(
            """
            SELECT fingerprint, state, status, content_type, headers, body FROM gantry_request_key
            WHERE scope = $1 AND expires_ms > $2
            """, [.blob(key.scope), .integer(key.nowMilliseconds)], privilege: .host
        ) { row throws(StoreError) in
            finding = Self.finding(row, key)
            return false
        }
        if let finding { return finding }
        var isFull = false
        try transaction.execute(
            "SELECT 1 FROM gantry_request_key WHERE caller = $1 AND expires_ms > $2 LIMIT 1 OFFSET $3",
            [.blob(key.caller), .integer(key.nowMilliseconds), .integer(maximumKeys - 1)], privilege: .host
        ) { _ throws(StoreError) in
            isFull = true
            return false
        }
        return isFull ? .tooMany : .new
    }

    private static func finding(_ row: borrowing Row, _ key: RequestKey) -> KeyFinding {
        guard row.bytes(0).elementsEqual(key.fingerprint) else { return .reused }
        switch row.integer(1) {
        case State.answered:
            return .answered(
                KeptAnswer(
                    status: Int(row.integer(2)), contentType: String(decoding: row.bytes(3), as: UTF8.self),
                    headers: String(decoding: row.bytes(4), as: UTF8.self),
                    body: Array(row.bytes(5))))
        case State.tooLarge: return .tooLarge
        default: return .unanswered
        }
    }

    /// Notes the key beside the effect, in its transaction. Throws `conflict` where another request with the same key
    /// was first, which undoes the effect.
    public static func note(_ key: RequestKey, in transaction: Transaction) throws(StoreError) {
        try write(key, state: State.unanswered, answer: nil, in: transaction)
    }

    /// Writes the answer to the key, or that it is too large to be kept, and forgets some keys that have expired.
    public static func keep(
        _ answer: KeptAnswer?, of key: RequestKey, in transaction: Transaction
    ) throws(StoreError) {
        try write(key, state: answer == nil ? State.tooLarge : State.answered, answer: answer, in: transaction)
        try transaction.execute(
            """
            DELETE FROM gantry_request_key WHERE scope IN
            (SELECT scope FROM gantry_request_key WHERE expires_ms <= $1 ORDER BY expires_ms LIMIT $2)
            """, [.integer(key.nowMilliseconds), .integer(sweepCount)], privilege: .host)
    }

    private enum State {
        static let unanswered: Int64 = 0
        static let answered: Int64 = 1
        static let tooLarge: Int64 = 2
    }

    /// Writes over what the same request has written before, and over what has expired.
    private static func write(
        _ key: RequestKey, state: Int64, answer: KeptAnswer?, in transaction: Transaction
    ) throws(StoreError) {
        let count = try transaction.execute(
            """
            INSERT INTO gantry_request_key(
                scope, caller, fingerprint, owner, expires_ms, state, status, content_type, headers, body)
            VALUES($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
            ON CONFLICT(scope) DO UPDATE SET caller = $2, fingerprint = $3, owner = $4, expires_ms = $5, state = $6,
                status = $7, content_type = $8, headers = $9, body = $10
            WHERE owner = $4 OR expires_ms <= $11
            """,
            [
                .blob(key.scope), .blob(key.caller), .blob(key.fingerprint), .integer(key.owner),
                .integer(key.expiresAtMilliseconds), .integer(state), .integer(Int64(answer?.status ?? 0)),
                .text(answer?.contentType ?? ""), .text(answer?.headers ?? ""), .blob(answer?.body ?? []),
                .integer(key.nowMilliseconds),
            ], privilege: .host)
        if count == 0 { throw StoreError(.conflict, "another request with this key was first") }
    }
}
