"""Counts anew what the anomaly module keeps counted, and says where they differ."""

import contextlib
import sqlite3
import struct


def differences(database):
    """Differences between a tenant's sessions and the totals, blocks, counts and batches that tell of them."""
    with contextlib.closing(sqlite3.connect(database)) as connection:
        found = _totals(connection) + _blocks(connection) + _connectors(connection) + _batches(connection)
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
