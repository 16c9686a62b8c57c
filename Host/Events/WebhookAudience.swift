import GantryStore

/// To which webhooks of its database an event is sent. What is to be sent is written down with the event.
public enum WebhookAudience: Sendable {
    /// To none.
    case none
    /// To each that is on and subscribes to the event's type.
    case subscribed
    /// To this one alone, whatever it subscribes to, and once only.
    case trial(UniqueIdentifier)

    func record(_ draft: EventDraft, in transaction: Transaction) throws(StoreError) {
        switch self {
        case .none: return
        case .trial(let webhook): try record([webhook.bytes], isTrial: true, draft, in: transaction)
        case .subscribed: try record(subscribers(to: draft, in: transaction), isTrial: false, draft, in: transaction)
        }
    }

    private func subscribers(
        to draft: EventDraft, in transaction: Transaction
    ) throws(StoreError) -> [[UInt8]] {
        let sql: StaticString = """
            SELECT id FROM gantry_webhook WHERE is_on = 1 AND instr(types, char(10) || $1 || char(10)) > 0
            """
        var webhooks: [[UInt8]] = []
        let text = UnsafeRawBufferPointer(start: sql.utf8Start, count: sql.utf8CodeUnitCount)
        let values: [SQLValue] = [.text(draft.type)]
        try values.withUnsafeBufferPointer { values throws(StoreError) in
            _ = try transaction.execute(text, values, privilege: .host) { row throws(StoreError) in
                webhooks.append(Array(row.bytes(0)))
                return true
            }
        }
        return webhooks
    }

    private func record(
        _ webhooks: [[UInt8]], isTrial: Bool, _ draft: EventDraft, in transaction: Transaction
    ) throws(StoreError) {
        let sql: StaticString = """
            INSERT INTO gantry_webhook_delivery(webhook, sequence, id, type, is_trial, state, attempt, not_before_ms,
                last_error, created_ms)
            SELECT $1, seq, $2, $3, $4, 0, 0, 0, '', $5 FROM sqlite_sequence WHERE name = 'gantry_outbox'
            """
        let text = UnsafeRawBufferPointer(start: sql.utf8Start, count: sql.utf8CodeUnitCount)
        // Most tenants have no webhooks: only what is really to be sent wakes the sender.
        if !webhooks.isEmpty { transaction.signal(.deliveries) }
        for webhook in webhooks {
            let id = UniqueIdentifier(atMilliseconds: draft.timeMilliseconds)
            try webhook.withBorrowed { webhook throws(StoreError) in
                try id.bytes.withBorrowed { id throws(StoreError) in
                    let values: [SQLValue] = [
                        .blob(webhook), .blob(id), .text(draft.type), .integer(isTrial ? 1 : 0),
                        .integer(draft.timeMilliseconds),
                    ]
                    try values.withUnsafeBufferPointer { values throws(StoreError) in
                        _ = try transaction.execute(text, values, privilege: .host, onRow: Transaction.ignoreRows)
                    }
                }
            }
        }
    }
}
