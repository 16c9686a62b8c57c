"""Counts anew what the anomaly module keeps counted, and says where they differ."""

import collections
import contextlib
import json
import sqlite3
import struct


def differences(database):
    """Differences between a tenant's sessions and the totals, blocks, counts and batches that tell of them."""
    with contextlib.closing(sqlite3.connect(database)) as connection:
        found = _totals(connection) + _blocks(connection) + _connectors(connection) + _batches(connection)
        found += _records(connection) + _energy(connection) + _uptime(connection)
        [[check]] = connection.execute("PRAGMA integrity_check").fetchall()
        return found + ([] if check == "ok" else [check])


def _compare(name, kept, counted):
    return [] if kept == counted else [f"{name}: {kept} is kept, {counted} counted"]


def _totals(connection):
    kept = connection.execute("SELECT stored, clean, anomalous, sealed FROM session_totals").fetchone()
    counted = connection.execute(
        "SELECT COUNT(*), COUNT(CASE is_anomaly WHEN 0 THEN 1 END), COUNT(CASE is_anomaly WHEN 1 THEN 1 END),"
        " COUNT(CASE WHEN created_at <= sealed_until THEN 1 END) FROM sessions, session_totals").fetchone()
    return _compare("totals", kept, counted)


def _blocks(connection):
    """The formats stand in Plugins/Anomaly/Module/SessionBlock.swift."""
    found, last = [], -(1 << 63)
    places = {(station, evse): place
              for place, station, evse in connection.execute("SELECT place, station_id, evse_id FROM session_places")}
    for key, first, count, verdicts, numbers, times in connection.execute(
            "SELECT b.last_at, b.first_at, b.sessions, b.verdicts, p.places, t.times FROM session_blocks b"
            " JOIN session_block_places p USING (last_at) JOIN session_block_times t USING (last_at)"
            " ORDER BY 1").fetchall():
        rows = connection.execute(
            "SELECT created_at, is_anomaly, anomaly_score, anomaly_confidence, station_id, evse_id FROM sessions"
            " WHERE created_at > ? AND created_at <= ? ORDER BY created_at DESC, session_id", (last, key)).fetchall()
        codes = [0 if verdict is None else
                 1 << 31 | verdict << 30 | round(score * 10_000) << 14 | round(confidence * 10_000)
                 for _, verdict, score, confidence, *_ in rows]
        found += _compare(f"block {key}", (count, first), (len(rows), rows[-1][0] if rows else None))
        found += _compare(f"verdicts of {key}", verdicts, struct.pack(f"<{len(rows)}I", *codes))
        expected = struct.pack(f"<{len(rows)}I", *(places[row[4:]] for row in rows))
        found += _compare(f"places of {key}", numbers, expected)
        found += _compare(f"times of {key}", times, struct.pack(f"<{len(rows)}q", *(row[0] for row in rows)))
        last = key
    return found


def _records(connection):
    kept = [whole for whole, in connection.execute("SELECT whole FROM figures WHERE kind < 2 ORDER BY kind")]
    counted = connection.execute(
        "SELECT COUNT(CASE is_counted WHEN 1 THEN 1 END), COUNT(CASE WHEN is_counted = 1 AND risk > 0 AND (SELECT"
        " closed_at FROM anomaly_issues i WHERE i.anomaly_id = a.anomaly_id ORDER BY position DESC LIMIT 1) IS NULL"
        " THEN 1 END) FROM anomalies a").fetchone()
    by_session = connection.execute(
        "SELECT session_uid, session_id, COUNT(*), MIN(first_detected_at), MAX(updated_at), MAX(risk) FROM anomalies"
        " GROUP BY 1, 2 ORDER BY 1").fetchall()
    kept_by_session = connection.execute(
        "SELECT session_uid, session_id, records, detected_at, updated_at, risk FROM anomaly_sessions ORDER BY 1"
    ).fetchall()
    return _compare("records", tuple(kept), counted) + _compare("records by session", kept_by_session, by_session)


def _energy(connection):
    """Revenue and energy as Plugins/Anomaly/Module/SessionShare.swift has them."""
    counted = [0] * 6
    for energy, metadata, verdict, score in connection.execute(
            "SELECT delivered_kwh, metadata, is_anomaly, anomaly_score FROM sessions"
            " WHERE status <> 'invalid' AND is_figured = 1 AND delivered_kwh > 0"):
        price = json.loads(metadata or "{}").get("pricePerKwh")
        value, first = energy * (1 if price is None else price), price is None
        counted[first] += value
        if verdict:
            counted[2 + first] += value
            counted[4 + first] += value * score
    kept = [whole + parts / 1e9 for whole, parts in connection.execute(
        "SELECT whole, parts FROM figures WHERE kind > 1 ORDER BY kind")]
    return [] if all(abs(one - other) < 1e-6 for one, other in zip(kept, counted)) else _compare(
        "energy", kept, counted)


def _uptime(connection):
    hours = collections.defaultdict(lambda: [0, 0])
    for column, sign in (("first_reading_at", 1), ("last_reading_at", -1)):
        for time, in connection.execute(
                f"SELECT {column} FROM sessions WHERE status <> 'invalid' AND is_figured = 1"
                " AND first_reading_at < last_reading_at"):
            hours[time // 3_600_000][0] += sign
            hours[time // 3_600_000][1] += sign * (time % 3_600_000)
    kept = connection.execute(
        "SELECT hour, covered, covered_offset FROM uptime_hours WHERE covered <> 0 OR covered_offset <> 0 ORDER BY 1")
    return _compare("uptime", kept.fetchall(), [(hour, *sums) for hour, sums in sorted(hours.items()) if any(sums)])


def _connectors(connection):
    counted = connection.execute(
        "SELECT station_id, connector_id, COUNT(*), SUM(status <> 'invalid'),"
        " SUM(status <> 'invalid' AND is_anomaly IS 1) FROM sessions GROUP BY 1, 2 ORDER BY 1, 2").fetchall()
    kept = connection.execute(
        "SELECT station_id, connector_id, stored_sessions, total_sessions, anomalous_sessions FROM connectors"
        " WHERE stored_sessions > 0 ORDER BY 1, 2").fetchall()
    return _compare("connectors", kept, counted)


def _batches(connection):
    """Each session of a batch either waits or has its result, and the batch says how many have."""
    rows = connection.execute(
        "SELECT b.batch_id, total_sessions, processed_sessions,"
        " (SELECT COUNT(*) FROM batch_sessions s WHERE s.batch_id = b.batch_id),"
        " (SELECT COUNT(*) FROM batch_bodies w WHERE w.batch_id = b.batch_id) FROM batches b").fetchall()
    return [f"batch {row}" for row in rows if row[2] != row[3] or row[1] != row[3] + row[4]]
