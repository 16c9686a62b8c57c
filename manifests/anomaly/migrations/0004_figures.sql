-- Anomaly lists, the tenant's figures, and changes that are judged outside of their transaction.

-- Counts the changes of a session: one that was judged against a state which is no longer the present one is judged
-- anew. `is_figured` is 1 once the session is contained in `figures` and `uptime_hours`; sessions of earlier versions
-- are added by the first request for statistics.
ALTER TABLE sessions ADD COLUMN revision BIGINT NOT NULL DEFAULT 0;
ALTER TABLE sessions ADD COLUMN is_figured SMALLINT NOT NULL DEFAULT 0;

CREATE INDEX sessions_unfigured ON sessions (session_id) WHERE is_figured = 0;
CREATE INDEX sessions_by_first_reading ON sessions (first_reading_at) WHERE status <> 'invalid';
CREATE INDEX sessions_by_last_reading ON sessions (last_reading_at) WHERE status <> 'invalid';

-- EVSE of the connector's newest session that names one; empty while none does.
ALTER TABLE connectors ADD COLUMN evse_id TEXT NOT NULL DEFAULT '';

UPDATE connectors SET evse_id = COALESCE((
    SELECT s.evse_id FROM sessions s
    WHERE s.station_id = connectors.station_id AND s.connector_id = connectors.connector_id AND s.evse_id <> ''
    ORDER BY s.created_at DESC, s.session_id LIMIT 1), '');

-- Repeated from the session, for filters and orders: its internal identifier and its EVSE.
ALTER TABLE anomalies ADD COLUMN session_uid TEXT NOT NULL DEFAULT '';
ALTER TABLE anomalies ADD COLUMN evse_id TEXT NOT NULL DEFAULT '';
-- 1 when the newest analysis of the session found the category. Other than the risk it stays when the verdict of that
-- analysis is discarded with the readings.
ALTER TABLE anomalies ADD COLUMN is_found SMALLINT NOT NULL DEFAULT 0;
-- 1 when the record has a risk, its session is counted, and its newest issue is neither resolved nor dismissed.
ALTER TABLE anomalies ADD COLUMN is_active SMALLINT NOT NULL DEFAULT 0;
-- Which statuses the record's issues have: 1 for OPEN, 2 IN_PROGRESS, 4 RESOLVED, 8 DISMISSED.
ALTER TABLE anomalies ADD COLUMN issue_mask INTEGER NOT NULL DEFAULT 0;

UPDATE anomalies SET
    session_uid = COALESCE((
        SELECT s.internal_id FROM sessions s WHERE s.session_id = anomalies.session_id), ''),
    evse_id = COALESCE((SELECT s.evse_id FROM sessions s WHERE s.session_id = anomalies.session_id), ''),
    is_found = COALESCE((
        SELECT CASE WHEN h.risk > 0 THEN 1 ELSE 0 END FROM anomaly_history h
        WHERE h.anomaly_id = anomalies.anomaly_id ORDER BY h.position DESC LIMIT 1), 0),
    is_active = CASE WHEN risk > 0 AND is_counted = 1 THEN COALESCE((
        SELECT CASE WHEN i.closed_at IS NULL THEN 1 ELSE 0 END FROM anomaly_issues i
        WHERE i.anomaly_id = anomalies.anomaly_id ORDER BY i.position DESC LIMIT 1), 0) ELSE 0 END,
    issue_mask = COALESCE((
        SELECT MAX(CASE WHEN i.status = 'OPEN' THEN 1 ELSE 0 END)
            + MAX(CASE WHEN i.status = 'IN_PROGRESS' THEN 2 ELSE 0 END)
            + MAX(CASE WHEN i.status = 'RESOLVED' THEN 4 ELSE 0 END)
            + MAX(CASE WHEN i.status = 'DISMISSED' THEN 8 ELSE 0 END)
        FROM anomaly_issues i WHERE i.anomaly_id = anomalies.anomaly_id), 0);

-- One for each order of the lists, with the columns that are filtered, so that records can be counted, sorted and
-- passed over without looking at their rows.
CREATE INDEX anomalies_by_update
    ON anomalies (updated_at DESC, anomaly_id, category, connector_id, start_at, issue_mask);
CREATE INDEX anomalies_by_risk
    ON anomalies (risk DESC, updated_at DESC, anomaly_id, category, connector_id, start_at, issue_mask);
CREATE INDEX anomalies_by_risk_ascending
    ON anomalies (risk, updated_at DESC, anomaly_id, category, connector_id, start_at, issue_mask);
CREATE INDEX anomalies_by_station_update
    ON anomalies (station_id, updated_at DESC, anomaly_id, category, connector_id, start_at, issue_mask);
CREATE INDEX anomalies_by_evse
    ON anomalies (evse_id, updated_at DESC, anomaly_id, category, connector_id, start_at, issue_mask)
    WHERE evse_id <> '';
CREATE INDEX anomalies_by_category
    ON anomalies (category, connector_id, start_at, issue_mask, updated_at, risk, first_detected_at, session_uid);
CREATE INDEX anomalies_by_session
    ON anomalies (session_uid, category, start_at, risk, first_detected_at, updated_at);
CREATE INDEX anomalies_by_connector
    ON anomalies (connector_id, station_id, category, start_at, first_detected_at, updated_at, is_counted)
    WHERE is_counted = 1 AND connector_id <> '';
-- For the ends of the windows of uptime.
CREATE INDEX anomalies_by_start ON anomalies (start_at, session_id) WHERE is_counted = 1 AND risk > 0;
CREATE INDEX anomalies_by_end ON anomalies (end_at, session_id) WHERE is_counted = 1 AND risk > 0;
CREATE INDEX issues_by_assignee ON anomaly_issues (assigned_to, status, anomaly_id) WHERE assigned_to IS NOT NULL;

-- The records of each session summed up; it changes in the transaction that changes a record.
CREATE TABLE anomaly_sessions (
    session_uid TEXT NOT NULL PRIMARY KEY,
    session_id TEXT NOT NULL,
    records INTEGER NOT NULL,
    detected_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    risk DOUBLE PRECISION NOT NULL,
    -- The earliest and the latest occurrence among the records.
    first_start_at BIGINT NOT NULL,
    last_start_at BIGINT NOT NULL
);

INSERT INTO anomaly_sessions
    (session_uid, session_id, records, detected_at, updated_at, risk, first_start_at, last_start_at)
SELECT
    session_uid, session_id, COUNT(*), MIN(first_detected_at), MAX(updated_at), MAX(risk), MIN(start_at), MAX(start_at)
FROM anomalies GROUP BY session_uid, session_id;

CREATE INDEX anomaly_sessions_by_records
    ON anomaly_sessions (records DESC, session_uid, first_start_at, last_start_at);
CREATE INDEX anomaly_sessions_by_detection
    ON anomaly_sessions (detected_at DESC, session_uid, first_start_at, last_start_at);
CREATE INDEX anomaly_sessions_by_update
    ON anomaly_sessions (updated_at DESC, session_uid, first_start_at, last_start_at);
CREATE INDEX anomaly_sessions_by_risk
    ON anomaly_sessions (risk DESC, session_uid, first_start_at, last_start_at);

-- The tenant's sums over sessions that are not invalid, changed in the transaction that changes a session or an issue.
-- What each `kind` sums up stands in Plugins/Anomaly/Module/Figure.swift. A sum is `whole` and so many billionths in
-- `parts`: whole numbers, so that taking out what was added leaves nothing behind.
CREATE TABLE figures (
    kind BIGINT NOT NULL PRIMARY KEY,
    whole BIGINT NOT NULL,
    parts BIGINT NOT NULL
);

INSERT INTO figures (kind, whole, parts) VALUES
    (0, (SELECT COUNT(*) FROM anomalies WHERE is_counted = 1), 0),
    (1, (SELECT COUNT(*) FROM anomalies WHERE is_active = 1), 0),
    (2, 0, 0), (3, 0, 0), (4, 0, 0), (5, 0, 0), (6, 0, 0), (7, 0, 0);

-- Beginnings less ends of stretches of time, by the hour since 1970 in which they lie: of what sessions cover, and of
-- what lies in an anomaly of their newest verdict. `_offset` sums up the milliseconds since the beginning of the hour,
-- positive for beginnings. The time covered until a moment follows from the hours before it.
CREATE TABLE uptime_hours (
    hour BIGINT NOT NULL PRIMARY KEY,
    covered BIGINT NOT NULL,
    covered_offset BIGINT NOT NULL,
    anomalous BIGINT NOT NULL,
    anomalous_offset BIGINT NOT NULL
);
