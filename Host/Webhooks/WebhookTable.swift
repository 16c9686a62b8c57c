import GantryEvents
import GantryStore

/// The rows of webhooks in a module's database.
enum WebhookTable {
    /// The secrets of a webhook, sealed.
    struct Secrets: Sendable {
        var sealed: [UInt8]
        var former: [UInt8]?
        /// When the former one ends to be good, in milliseconds since 1970.
        var formerUntilMilliseconds: Int64
    }

    /// Oldest first.
    static func all(in transaction: Transaction) throws(StoreError) -> [Webhook] {
        var list: [Webhook] = []
        try transaction.execute(
            """
            SELECT id, url, types, description, is_on, failures, disabled_ms, created_ms, updated_ms
            FROM gantry_webhook ORDER BY created_ms, id
            """
        ) { row throws(StoreError) in
            list.append(webhook(row))
            return true
        }
        return list
    }

    static func find(_ id: UniqueIdentifier, in transaction: Transaction) throws(StoreError) -> Webhook? {
        var found: Webhook?
        try transaction.execute(
            """
            SELECT id, url, types, description, is_on, failures, disabled_ms, created_ms, updated_ms
            FROM gantry_webhook WHERE id = $1
            """,
            [.blob(id.bytes)]
        ) { row throws(StoreError) in
            found = webhook(row)
            return false
        }
        return found
    }

    static func secrets(of id: UniqueIdentifier, in transaction: Transaction) throws(StoreError) -> Secrets? {
        var found: Secrets?
        try transaction.execute(
            "SELECT secret, former_secret, former_until_ms FROM gantry_webhook WHERE id = $1", [.blob(id.bytes)]
        ) { row throws(StoreError) in
            found = Secrets(
                sealed: Array(row.bytes(0)), former: row.isNull(1) ? nil : Array(row.bytes(1)),
                formerUntilMilliseconds: row.isNull(2) ? 0 : row.integer(2))
            return false
        }
        return found
    }

    static func count(in transaction: Transaction) throws(StoreError) -> Int {
        var count = 0
        try transaction.execute("SELECT count(*) FROM gantry_webhook") { row throws(StoreError) in
            count = Int(row.integer(0))
            return false
        }
        return count
    }

    static func insert(_ webhook: Webhook, sealed: [UInt8], in transaction: Transaction) throws(StoreError) {
        try transaction.execute(
            """
            INSERT INTO gantry_webhook(id, url, types, description, is_on, failures, disabled_ms, created_ms,
                updated_ms, secret) VALUES($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
            """,
            arguments(webhook) + [.blob(sealed)])
    }

    static func update(_ webhook: Webhook, in transaction: Transaction) throws(StoreError) {
        try transaction.execute(
            """
            UPDATE gantry_webhook SET url = $2, types = $3, description = $4, is_on = $5, failures = $6,
                disabled_ms = $7, created_ms = $8, updated_ms = $9 WHERE id = $1
            """,
            arguments(webhook))
    }

    static func setFailures(
        _ count: Int64, of id: UniqueIdentifier, in transaction: Transaction
    ) throws(StoreError) {
        try transaction.execute(
            "UPDATE gantry_webhook SET failures = $2 WHERE id = $1", [.blob(id.bytes), .integer(count)])
    }

    static func setSecrets(
        _ secrets: Secrets, of id: UniqueIdentifier, atMilliseconds now: Int64, in transaction: Transaction
    ) throws(StoreError) {
        try transaction.execute(
            """
            UPDATE gantry_webhook SET secret = $2, former_secret = $3, former_until_ms = $4, updated_ms = $5
            WHERE id = $1
            """,
            [
                .blob(id.bytes), .blob(secrets.sealed), secrets.former.map { .blob($0) } ?? .null,
                .integer(secrets.formerUntilMilliseconds), .integer(now),
            ])
    }

    /// Removes a webhook with its deliveries; false when there is none.
    static func remove(_ id: UniqueIdentifier, in transaction: Transaction) throws(StoreError) -> Bool {
        try transaction.execute("DELETE FROM gantry_webhook_delivery WHERE webhook = $1", [.blob(id.bytes)])
        return try transaction.execute("DELETE FROM gantry_webhook WHERE id = $1", [.blob(id.bytes)]) > 0
    }

    private static func arguments(_ webhook: Webhook) -> [SQLArgument] {
        [
            .blob(webhook.id.bytes), .text(webhook.url), .text(webhook.events.reduce("\n") { "\($0)\($1)\n" }),
            webhook.description.map { .text($0) } ?? .null, .integer(webhook.isOn ? 1 : 0),
            .integer(webhook.failureCount), webhook.disabledMilliseconds.map { .integer($0) } ?? .null,
            .integer(webhook.createdMilliseconds), .integer(webhook.updatedMilliseconds),
        ]
    }

    private static func webhook(_ row: borrowing Row) -> Webhook {
        Webhook(
            id: identifier(row.bytes(0)), url: row.string(1),
            events: row.string(2).split(separator: "\n").map(String.init),
            description: row.isNull(3) ? nil : row.string(3), isOn: row.integer(4) != 0, failureCount: row.integer(5),
            disabledMilliseconds: row.isNull(6) ? nil : row.integer(6), createdMilliseconds: row.integer(7),
            updatedMilliseconds: row.integer(8))
    }

    /// The tables hold nothing but whole identifiers.
    static func identifier(_ bytes: UnsafeRawBufferPointer) -> UniqueIdentifier {
        UniqueIdentifier(bytes: bytes) ?? UniqueIdentifier(high: 0, low: 0)
    }
}
