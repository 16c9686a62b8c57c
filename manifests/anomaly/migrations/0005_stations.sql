-- What stations deliver by the hour, and what the station detector makes of it.
--
-- Days are counted from 1970-01-01 UTC. An empty `connector_id` stands for sessions that name none.

-- What a session adds to the energy of its station, null for one that was stored before there were such figures and
-- has not been counted yet. The format is described in Plugins/Anomaly/Module/Stations/SessionEnergy.swift.
ALTER TABLE sessions ADD COLUMN energy BYTEA;

-- Delivered energy by the hour; it changes in the transaction that changes a session. `hours_read` is the number of
-- hours in which an energy register was read. The format of `hours` is described in DayEnergy.swift, beside the other.
CREATE TABLE station_energy (
    station_id TEXT NOT NULL,
    day INTEGER NOT NULL,
    connector_id TEXT NOT NULL,
    hours_read INTEGER NOT NULL,
    hours BYTEA NOT NULL,
    PRIMARY KEY (station_id, day, connector_id)
);

-- Stations that the detector is to look at. `reason` is 0 when readings changed, 1 for such a change once the detector
-- has taken it up, so that a change meanwhile is noticed, and 2 when a day has ended.
CREATE TABLE station_marks (
    reason SMALLINT NOT NULL,
    station_id TEXT NOT NULL,
    PRIMARY KEY (reason, station_id)
);

-- One row: when the job is due that deals with the marks, null when none is queued, when it last began, and how long it
-- is to rest after that. Sessions up to `energy_counted_until` have been counted into `station_energy`; null when all
-- have.
CREATE TABLE station_work (
    id BIGINT NOT NULL PRIMARY KEY,
    due_at BIGINT,
    begun_at BIGINT NOT NULL,
    rest_ms BIGINT NOT NULL,
    energy_counted_until TEXT
);

INSERT INTO station_work (id, due_at, begun_at, rest_ms, energy_counted_until)
SELECT 0, NULL, 0, 0, CASE WHEN EXISTS (SELECT 1 FROM sessions) THEN '' END;

-- Stations that the detector follows since its first run. Days up to `closed_day` are over and done with;
-- `last_read_day` is the last one with a reading, as of the detector's last run. `results` counts all that it did.
CREATE TABLE station_detection (
    station_id TEXT NOT NULL PRIMARY KEY,
    closed_day INTEGER NOT NULL,
    last_read_day INTEGER NOT NULL,
    results BIGINT NOT NULL
);

-- The result for one day. The newest of a station is the one with the greatest `position`, which grows each time a day
-- is judged, also when the clock is set back.
CREATE TABLE station_verdicts (
    station_id TEXT NOT NULL,
    day INTEGER NOT NULL,
    position BIGINT NOT NULL,
    inference_id TEXT NOT NULL,
    is_anomaly SMALLINT NOT NULL,
    score DOUBLE PRECISION NOT NULL,
    -- As they are sent: a JSON object, and the JSON array of the markers.
    details TEXT NOT NULL,
    markers TEXT NOT NULL,
    analyzed_at BIGINT NOT NULL,
    PRIMARY KEY (station_id, day)
);

CREATE INDEX station_verdicts_by_position ON station_verdicts (station_id, position DESC);
