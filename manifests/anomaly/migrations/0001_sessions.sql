-- Sessions, their readings and verdicts, stations with their connectors, anomaly records, and batches.
--
-- The common subset of SQLite and PostgreSQL. Times are milliseconds since 1970-01-01T00:00:00Z, flags are 0 or 1,
-- and an empty `connector_id` or `evse_id` stands for a session that names none.

CREATE TABLE sessions (
    session_id TEXT NOT NULL PRIMARY KEY,
    internal_id TEXT NOT NULL,
    station_id TEXT NOT NULL,
    connector_id TEXT NOT NULL,
    evse_id TEXT NOT NULL,
    status TEXT NOT NULL,
    metadata TEXT,
    created_at BIGINT NOT NULL,
    reading_count INTEGER NOT NULL,
    first_reading_at BIGINT,
    last_reading_at BIGINT,
    -- The newest verdict; all of it is null while there is none. `category_mask` has bit n set for category code n.
    analyzed_at BIGINT,
    is_anomaly SMALLINT,
    anomaly_score DOUBLE PRECISION,
    anomaly_confidence DOUBLE PRECISION,
    anomaly_count INTEGER NOT NULL,
    category_mask BIGINT NOT NULL,
    is_incident SMALLINT,
    is_recurring SMALLINT,
    soc_reconstructed SMALLINT,
    delivered_kwh DOUBLE PRECISION,
    -- The verdict's list of categories as it is sent, a JSON array.
    findings TEXT
);

-- The last columns of the indexes serve no search: with them a list can be counted without looking at its rows.
CREATE INDEX sessions_by_creation ON sessions (created_at DESC, session_id);
CREATE INDEX sessions_by_station ON sessions (station_id, created_at DESC, session_id, is_anomaly);
CREATE INDEX sessions_by_evse ON sessions (evse_id, created_at DESC, session_id) WHERE evse_id <> '';
CREATE INDEX sessions_by_verdict ON sessions (is_anomaly, created_at DESC, session_id, anomaly_score);
CREATE INDEX sessions_recurrence ON sessions (station_id, connector_id, created_at) WHERE category_mask <> 0;

-- Readings in order of time, packed into segments of up to 1,024, so that an append rewrites the last segment only.
-- The format is described in Plugins/Anomaly/Module/PackedReadings.swift.
CREATE TABLE session_readings (
    session_id TEXT NOT NULL,
    segment INTEGER NOT NULL,
    readings BYTEA NOT NULL,
    PRIMARY KEY (session_id, segment)
);

CREATE TABLE stations (
    station_id TEXT NOT NULL PRIMARY KEY,
    internal_id TEXT NOT NULL,
    ocpp_id TEXT,
    metadata TEXT,
    created_at BIGINT NOT NULL
);

-- One row for each connector of a station, and one with an empty `connector_id` for sessions that name none. The counts
-- change in the transaction that changes a session; `stored_sessions` counts invalid ones too.
CREATE TABLE connectors (
    station_id TEXT NOT NULL,
    connector_id TEXT NOT NULL,
    internal_id TEXT NOT NULL,
    stored_sessions BIGINT NOT NULL,
    total_sessions BIGINT NOT NULL,
    anomalous_sessions BIGINT NOT NULL,
    PRIMARY KEY (station_id, connector_id)
);

-- One category found in one session. `risk` is its score in the newest analysis, 0 when that did not find it.
-- `is_counted` is 0 once the session is invalid.
CREATE TABLE anomalies (
    anomaly_id TEXT NOT NULL PRIMARY KEY,
    session_id TEXT NOT NULL,
    category INTEGER NOT NULL,
    station_id TEXT NOT NULL,
    connector_id TEXT NOT NULL,
    risk DOUBLE PRECISION NOT NULL,
    confidence DOUBLE PRECISION NOT NULL,
    start_at BIGINT NOT NULL,
    end_at BIGINT NOT NULL,
    start_unit INTEGER NOT NULL,
    end_unit INTEGER NOT NULL,
    first_detected_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    history_points INTEGER NOT NULL,
    is_counted SMALLINT NOT NULL,
    UNIQUE (session_id, category)
);

CREATE INDEX anomalies_by_station ON anomalies (station_id, connector_id, category) WHERE is_counted = 1;
CREATE INDEX anomalies_by_station_time ON anomalies (station_id, start_at) WHERE is_counted = 1;

CREATE TABLE anomaly_issues (
    anomaly_id TEXT NOT NULL,
    position INTEGER NOT NULL,
    issue_id TEXT NOT NULL UNIQUE,
    status TEXT NOT NULL,
    assigned_to TEXT,
    opened_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    closed_at BIGINT,
    PRIMARY KEY (anomaly_id, position)
);

CREATE TABLE anomaly_history (
    anomaly_id TEXT NOT NULL,
    position INTEGER NOT NULL,
    analyzed_at BIGINT NOT NULL,
    risk DOUBLE PRECISION NOT NULL,
    PRIMARY KEY (anomaly_id, position)
);
