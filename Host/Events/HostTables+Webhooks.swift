public import GantryStore

extension HostTables {
    /// Makes the tables of webhooks and of what is delivered to them, or brings them up to date; those of events too.
    public static func installWebhooks(in database: Database) throws(StoreError) {
        try install(events, in: database)
        try install(webhooks, in: database)
    }

    /// Whether there are tables of webhooks.
    public static func hasWebhooks(in database: Database) throws(StoreError) -> Bool {
        try exists(webhooks, in: database)
    }

    static let webhooks = Part(
        name: "webhooks",
        steps: [
            [
                // Types: each between two line feeds. Secrets are sealed.
                """
                CREATE TABLE gantry_webhook(
                    id BLOB PRIMARY KEY,
                    url TEXT NOT NULL,
                    types TEXT NOT NULL,
                    description TEXT,
                    is_on INTEGER NOT NULL,
                    failures INTEGER NOT NULL,
                    disabled_ms INTEGER,
                    created_ms INTEGER NOT NULL,
                    updated_ms INTEGER NOT NULL,
                    secret BLOB NOT NULL,
                    former_secret BLOB,
                    former_until_ms INTEGER
                ) STRICT, WITHOUT ROWID
                """,
                // State: 0 waits, 1 succeeded, 2 failed. An event stays in the outbox while a delivery of it waits.
                """
                CREATE TABLE gantry_webhook_delivery(
                    webhook BLOB NOT NULL,
                    sequence INTEGER NOT NULL,
                    id BLOB NOT NULL,
                    type TEXT NOT NULL,
                    is_trial INTEGER NOT NULL,
                    state INTEGER NOT NULL,
                    attempt INTEGER NOT NULL,
                    not_before_ms INTEGER NOT NULL,
                    status INTEGER,
                    last_error TEXT NOT NULL,
                    created_ms INTEGER NOT NULL,
                    completed_ms INTEGER,
                    PRIMARY KEY(webhook, sequence)
                ) STRICT, WITHOUT ROWID
                """,
                """
                CREATE INDEX gantry_webhook_delivery_due ON gantry_webhook_delivery(webhook, not_before_ms, sequence)
                WHERE state = 0
                """,
                "CREATE INDEX gantry_webhook_delivery_event ON gantry_webhook_delivery(sequence) WHERE state = 0",
                "CREATE INDEX gantry_webhook_delivery_over ON gantry_webhook_delivery(completed_ms) WHERE state > 0",
            ]
        ])
}
