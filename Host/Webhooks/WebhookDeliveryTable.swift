import GantryEvents
import GantryStore

/// The rows of deliveries to webhooks in a module's database.
enum WebhookDeliveryTable {
    /// A delivery that is due, with its event.
    struct Due: Sendable {
        var webhook: UniqueIdentifier
        var sequence: Int64
        /// Attempts that are over.
        var attempt: Int64
        var isTrial: Bool
        /// Nil when the event is gone, which only an operator can do.
        var event: Event?
    }

    /// What is sent.
    struct Event: Sendable {
        var id: UniqueIdentifier
        var type: String
        var timeMilliseconds: Int64
        var data: [UInt8]
    }

    /// Where a webhook with due deliveries is reached.
    struct Target: Sendable {
        var webhook: UniqueIdentifier
        var url: String
        var secrets: WebhookTable.Secrets
    }

    /// Webhooks with deliveries that are due.
    static func targets(atMilliseconds now: Int64, in transaction: Transaction) throws(StoreError) -> [Target] {
        var list: [Target] = []
        try transaction.execute(
            """
            SELECT id, url, secret, former_secret, former_until_ms FROM gantry_webhook w WHERE EXISTS (
                SELECT 1 FROM gantry_webhook_delivery d
                WHERE d.webhook = w.id AND d.state = 0 AND d.not_before_ms <= $1)
            """,
            [.integer(now)]
        ) { row throws(StoreError) in
            let secrets = WebhookTable.Secrets(
                sealed: Array(row.bytes(2)), former: row.isNull(3) ? nil : Array(row.bytes(3)),
                formerUntilMilliseconds: row.isNull(4) ? 0 : row.integer(4))
            list.append(Target(webhook: WebhookTable.identifier(row.bytes(0)), url: row.string(1), secrets: secrets))
            return true
        }
        return list
    }

    /// Deliveries of a webhook that are due, the longest due first.
    /// - Parameter taken: Sequences of those under way, which are left out.
    static func due(
        of webhook: UniqueIdentifier, except taken: Set<Int64>, limit: Int, atMilliseconds now: Int64,
        in transaction: Transaction
    ) throws(StoreError) -> [Due] {
        var sequences: [Int64] = []
        try transaction.execute(
            """
            SELECT sequence FROM gantry_webhook_delivery WHERE webhook = $1 AND state = 0 AND not_before_ms <= $2
            ORDER BY not_before_ms, sequence
            """,
            [.blob(webhook.bytes), .integer(now)]
        ) { row throws(StoreError) in
            if !taken.contains(row.integer(0)) { sequences.append(row.integer(0)) }
            return sequences.count < limit
        }
        var list: [Due] = []
        for sequence in sequences {
            try transaction.execute(
                """
                SELECT d.attempt, d.is_trial, o.id, o.type, o.time_ms, o.data FROM gantry_webhook_delivery d
                LEFT JOIN gantry_outbox o ON o.sequence = d.sequence WHERE d.webhook = $1 AND d.sequence = $2
                """,
                [.blob(webhook.bytes), .integer(sequence)]
            ) { row throws(StoreError) in
                var due = Due(
                    webhook: webhook, sequence: sequence, attempt: row.integer(0), isTrial: row.integer(1) != 0)
                if !row.isNull(2) {
                    due.event = Event(
                        id: WebhookTable.identifier(row.bytes(2)), type: row.string(3),
                        timeMilliseconds: row.integer(4), data: Array(row.bytes(5)))
                }
                list.append(due)
                return false
            }
        }
        return list
    }

    /// When the next delivery is due that is not yet; nil when there is none.
    static func next(afterMilliseconds now: Int64, in transaction: Transaction) throws(StoreError) -> Int64? {
        var next: Int64?
        try transaction.execute(
            "SELECT min(not_before_ms) FROM gantry_webhook_delivery WHERE state = 0 AND not_before_ms > $1",
            [.integer(now)]
        ) { row throws(StoreError) in
            if !row.isNull(0) { next = row.integer(0) }
            return false
        }
        return next
    }

    static func pendingCount(in transaction: Transaction) throws(StoreError) -> Int64 {
        var count: Int64 = 0
        try transaction.execute("SELECT count(*) FROM gantry_webhook_delivery WHERE state = 0") {
            row throws(StoreError) in
            count = row.integer(0)
            return false
        }
        return count
    }

    /// The newest deliveries, newest first: of a webhook or of all, in a state or in any.
    static func newest(
        of webhook: UniqueIdentifier?, state: WebhookDelivery.State? = nil, limit: Int, in transaction: Transaction
    ) throws(StoreError) -> [WebhookDelivery] {
        var list: [WebhookDelivery] = []
        try transaction.execute(
            """
            SELECT id, webhook, type, state, attempt, status, last_error, created_ms, completed_ms, not_before_ms
            FROM gantry_webhook_delivery WHERE ($1 IS NULL OR webhook = $1) AND ($2 IS NULL OR state = $2)
            ORDER BY sequence DESC LIMIT $3
            """,
            [
                webhook.map { .blob($0.bytes) } ?? .null, state.map { .integer($0.rawValue) } ?? .null,
                .integer(Int64(limit)),
            ]
        ) { row throws(StoreError) in
            let state = WebhookDelivery.State(rawValue: row.integer(3)) ?? .failed
            list.append(
                WebhookDelivery(
                    id: WebhookTable.identifier(row.bytes(0)), webhook: WebhookTable.identifier(row.bytes(1)),
                    type: row.string(2), state: state, attemptCount: row.integer(4),
                    status: row.isNull(5) ? nil : row.integer(5), lastError: row.string(6),
                    createdMilliseconds: row.integer(7), completedMilliseconds: row.isNull(8) ? nil : row.integer(8),
                    nextMilliseconds: state == .pending ? row.integer(9) : nil))
            return true
        }
        return list
    }

    /// Writes down how an attempt ended.
    /// - Returns: false when the delivery is over or gone, as after its webhook was deleted or switched off.
    static func save(
        _ due: Due, _ verdict: WebhookSchedule.Verdict, _ answer: WebhookSchedule.Answer, atMilliseconds now: Int64,
        in transaction: Transaction
    ) throws(StoreError) -> Bool {
        let (state, notBefore): (WebhookDelivery.State, Int64) =
            switch verdict {
            case .succeeded: (.succeeded, 0)
            case .again(let time): (.pending, time)
            case .failed, .gone: (.failed, 0)
            }
        return try transaction.execute(
            """
            UPDATE gantry_webhook_delivery SET state = $3, attempt = $4, not_before_ms = $5, status = $6,
                last_error = $7, completed_ms = $8 WHERE webhook = $1 AND sequence = $2 AND state = 0
            """,
            [
                .blob(due.webhook.bytes), .integer(due.sequence), .integer(state.rawValue), .integer(due.attempt + 1),
                .integer(notBefore), answer.status.map { .integer(Int64($0)) } ?? .null, .text(answer.reason),
                state == .pending ? .null : .integer(now),
            ]) > 0
    }

    /// Ends what waits for a webhook that was switched off; trials go on.
    static func drop(of webhook: UniqueIdentifier, atMilliseconds now: Int64, in transaction: Transaction)
        throws(StoreError)
    {
        try transaction.execute(
            """
            UPDATE gantry_webhook_delivery SET state = 2, completed_ms = $2, last_error = $3
            WHERE webhook = $1 AND state = 0 AND is_trial = 0
            """,
            [.blob(webhook.bytes), .integer(now), .text("The webhook was switched off.")])
    }

    /// Has deliveries that wait tried at once, and those that failed tried anew: one or all of a webhook that is on.
    /// - Returns: how many.
    static func retry(
        of webhook: UniqueIdentifier, delivery: UniqueIdentifier?, in transaction: Transaction
    ) throws(StoreError) -> Int {
        try transaction.execute(
            """
            UPDATE gantry_webhook_delivery SET state = 0, not_before_ms = 0, completed_ms = NULL,
                attempt = CASE state WHEN 2 THEN 0 ELSE attempt END
            WHERE webhook = $1 AND ($2 IS NULL OR id = $2) AND state <> 1
                AND EXISTS (SELECT 1 FROM gantry_webhook w WHERE w.id = $1 AND w.is_on = 1)
                AND EXISTS (SELECT 1 FROM gantry_outbox o WHERE o.sequence = gantry_webhook_delivery.sequence)
            """,
            [.blob(webhook.bytes), delivery.map { .blob($0.bytes) } ?? .null])
    }

    /// Whether anything has been over since before a time.
    static func hasOver(before milliseconds: Int64, in transaction: Transaction) throws(StoreError) -> Bool {
        var isFound = false
        try transaction.execute(
            "SELECT 1 FROM gantry_webhook_delivery WHERE state > 0 AND completed_ms < $1 LIMIT 1",
            [.integer(milliseconds)]
        ) { _ throws(StoreError) in
            isFound = true
            return false
        }
        return isFound
    }

    /// Removes a part of what has been over since before a time.
    /// - Returns: whether there may be more.
    static func purge(before milliseconds: Int64, in transaction: Transaction) throws(StoreError) -> Bool {
        let partSize = 5_000
        return try transaction.execute(
            """
            DELETE FROM gantry_webhook_delivery WHERE (webhook, sequence) IN (
                SELECT webhook, sequence FROM gantry_webhook_delivery WHERE state > 0 AND completed_ms < $1 LIMIT $2)
            """,
            [.integer(milliseconds), .integer(Int64(partSize))]) == partSize
    }
}
