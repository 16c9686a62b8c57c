-- What lists of sessions are counted and paged by: sessions in order of their creation, in sealed blocks of about 480
-- with a few bytes for each. The formats are described in Plugins/Anomaly/Module/SessionBlock.swift.
--
-- A block holds the sessions that were created after the block before and not after `last_at`; those created after
-- `sealed_until` are in none yet. All of it changes in the transaction that changes a session.

CREATE TABLE session_totals (
    id BIGINT NOT NULL PRIMARY KEY,
    -- All sessions, and those whose newest verdict is clean or anomalous.
    stored BIGINT NOT NULL,
    clean BIGINT NOT NULL,
    anomalous BIGINT NOT NULL,
    -- Sessions in blocks.
    sealed BIGINT NOT NULL,
    sealed_until BIGINT NOT NULL
);

INSERT INTO session_totals (id, stored, clean, anomalous, sealed, sealed_until)
SELECT 0, COUNT(*), COALESCE(SUM(CASE WHEN is_anomaly = 0 THEN 1 ELSE 0 END), 0),
    COALESCE(SUM(CASE WHEN is_anomaly = 1 THEN 1 ELSE 0 END), 0), 0, -9000000000000000
FROM sessions;

-- Three tables, so that a page holds the rows of two blocks and a list reads only what it asks about.
CREATE TABLE session_blocks (
    last_at BIGINT NOT NULL PRIMARY KEY,
    first_at BIGINT NOT NULL,
    sessions INTEGER NOT NULL,
    clean INTEGER NOT NULL,
    anomalous INTEGER NOT NULL,
    verdicts BYTEA NOT NULL
);

CREATE TABLE session_block_places (
    last_at BIGINT NOT NULL PRIMARY KEY,
    places BYTEA NOT NULL
);

CREATE TABLE session_block_times (
    last_at BIGINT NOT NULL PRIMARY KEY,
    times BYTEA NOT NULL
);

-- Numbers for pairs of a station and an EVSE, empty for sessions that name none.
CREATE TABLE session_places (
    place BIGINT NOT NULL PRIMARY KEY,
    station_id TEXT NOT NULL,
    evse_id TEXT NOT NULL,
    UNIQUE (station_id, evse_id)
);

CREATE INDEX session_places_by_evse ON session_places (evse_id) WHERE evse_id <> '';

-- The blocks serve every list by verdict, for a tenth of what this index costs each write.
DROP INDEX sessions_by_verdict;

-- A session of a batch that is still to be dealt with lies apart from the results, so that its pages are free again for
-- the next batch; a row that shrinks would keep them.
CREATE TABLE batch_bodies (
    batch_id TEXT NOT NULL,
    position INTEGER NOT NULL,
    -- The session as it was sent, a JSON object.
    body BYTEA NOT NULL,
    PRIMARY KEY (batch_id, position)
);

INSERT INTO batch_bodies (batch_id, position, body)
SELECT batch_id, position, body FROM batch_sessions WHERE body IS NOT NULL;

DELETE FROM batch_sessions WHERE result IS NULL;
ALTER TABLE batch_sessions DROP COLUMN body;

-- How far something has been deleted by age: nothing of it belongs to a session created then or before.
CREATE TABLE retention_marks (
    kind TEXT NOT NULL PRIMARY KEY,
    done_until BIGINT NOT NULL
);

CREATE INDEX batches_by_creation ON batches (created_at);
CREATE INDEX session_explanations_by_creation ON session_explanations (created_at);
