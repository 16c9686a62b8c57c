public import GantryStore

extension HostTables {
    /// Makes the table of requests that came with an `Idempotency-Key`, or brings it up to date.
    public static func installAnsweredRequests(in database: Database) throws(StoreError) {
        try install(answeredRequests, in: database)
    }

    static let answeredRequests = Part(
        name: "answered-requests",
        steps: [
            [
                // State: 0 had its effect, 1 was answered, 2 was answered with more than is kept. Digests are SHA-256.
                """
                CREATE TABLE gantry_request_key(
                    scope BLOB PRIMARY KEY,
                    caller BLOB NOT NULL,
                    fingerprint BLOB NOT NULL,
                    owner INTEGER NOT NULL,
                    expires_ms INTEGER NOT NULL,
                    state INTEGER NOT NULL,
                    status INTEGER NOT NULL,
                    content_type TEXT NOT NULL,
                    headers TEXT NOT NULL,
                    body BLOB NOT NULL
                ) STRICT
                """,
                "CREATE INDEX gantry_request_key_caller ON gantry_request_key(caller)",
                "CREATE INDEX gantry_request_key_expiry ON gantry_request_key(expires_ms)",
            ]
        ])
}
