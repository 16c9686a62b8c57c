-- Batches of sessions and what became of each. A session's `body` is dropped in the transaction that stores its
-- `result`.

CREATE TABLE batches (
    batch_id TEXT NOT NULL PRIMARY KEY,
    status TEXT NOT NULL,
    total_sessions INTEGER NOT NULL,
    processed_sessions INTEGER NOT NULL,
    failed_sessions INTEGER NOT NULL,
    created_at BIGINT NOT NULL,
    completed_at BIGINT
);

CREATE TABLE batch_sessions (
    batch_id TEXT NOT NULL,
    position INTEGER NOT NULL,
    -- The session as it was sent, a JSON object; null once it was dealt with.
    body BYTEA,
    -- What became of it as it is sent, a JSON object; null before.
    result TEXT,
    PRIMARY KEY (batch_id, position)
);
