"""The peer's storage: SQLAlchemy Core on SQLite, WAL and `synchronous=FULL`, one transaction a session.

Statements are built once, so that SQLAlchemy's cache of compiled SQL is always hit. There is one connection that
reads and one that writes, both kept open: a checkout from the pool and its reset would cost more than a small read.
"""

from datetime import datetime, timezone
from typing import Any, Optional

import orjson
from sqlalchemy import (
    Boolean, Column, Float, ForeignKey, Integer, MetaData, String, Table, bindparam, create_engine, event, func, insert,
    select,
)
from sqlalchemy.dialects import sqlite
from sqlalchemy.exc import IntegrityError
from sqlalchemy.pool import NullPool

import contract

tables = MetaData()
sessions = Table(
    "sessions", tables,
    Column("id", Integer, primary_key=True),
    Column("session_id", String, nullable=False, unique=True),
    Column("station_id", String, nullable=False, index=True),
    Column("connector_id", String),
    Column("evse_id", String),
    Column("status", String, nullable=False),
    Column("metadata", String),
    Column("created_at", String, nullable=False, index=True),
)
readings = Table(
    "readings", tables,
    Column("session", Integer, ForeignKey("sessions.id"), primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("timestamp", String, nullable=False),
    Column("value", Float, nullable=False),
    Column("measurand", String, nullable=False),
    Column("unit", String),
    Column("phase", String),
    Column("location", String, nullable=False),
    Column("reconstructed", Boolean, nullable=False),
    sqlite_with_rowid=False,
)

ADD_SESSION = insert(sessions)
# Compiled here and given to the driver as tuples: for a hundred rows, binding by name takes 0.4 ms more.
ADD_READINGS = str(insert(readings).compile(dialect=sqlite.dialect()))
ONE_SESSION = select(sessions.c.id, sessions.c.session_id, sessions.c.status, sessions.c.created_at).where(
    sessions.c.session_id == bindparam("session_id")
)
ITS_READINGS = (
    select(
        readings.c.timestamp, readings.c.value, readings.c.measurand, readings.c.unit, readings.c.phase,
        readings.c.location, readings.c.reconstructed,
    )
    .where(readings.c.session == bindparam("session"))
    .order_by(readings.c.position)
)
COUNT = select(func.count()).select_from(sessions)
PAGE = (
    select(sessions.c.session_id, sessions.c.station_id, sessions.c.status, sessions.c.created_at)
    .order_by(sessions.c.created_at.desc(), sessions.c.session_id)
    .limit(bindparam("size"))
    .offset(bindparam("start"))
)


class Duplicate(Exception):
    """The session's identifier is in use."""


def now() -> str:
    """The present in the contract's form: UTC, to the millisecond, no fraction when it is zero."""
    text = datetime.now(timezone.utc).isoformat(timespec="milliseconds")[:23]
    return text.removesuffix(".000") + "Z"


class Store:
    """One database file; not safe for threads except that `create` may run on a thread of its own."""

    def __init__(self, path: str):
        engine = create_engine(
            f"sqlite:///{path}", poolclass=NullPool, connect_args={"check_same_thread": False, "cached_statements": 64}
        )
        event.listen(engine, "connect", configure)
        tables.create_all(engine)
        self._writer = engine.connect()
        self._reader = engine.connect().execution_options(isolation_level="AUTOCOMMIT")

    def create(self, session: contract.SessionCreate) -> dict[str, Any]:
        """Stores a session with its readings in one durable transaction; raises `Duplicate`."""
        rows = contract.rows(session.get("meterValues") or [])
        status = session.get("status") or ("active" if rows else "pending")
        metadata = session.get("metadata")
        created = now()
        with self._writer.begin():
            try:
                result = self._writer.execute(ADD_SESSION, {
                    "session_id": session["sessionId"],
                    "station_id": session["chargingStationId"],
                    "connector_id": session.get("connectorId"),
                    "evse_id": session.get("evseId"),
                    "status": status,
                    "metadata": None if metadata is None else orjson.dumps(metadata).decode(),
                    "created_at": created,
                })
            except IntegrityError as error:
                raise Duplicate from error
            if rows:
                key = result.inserted_primary_key[0]
                self._writer.exec_driver_sql(
                    ADD_READINGS, [(key, position, *row[1:]) for position, row in enumerate(rows)]
                )
        return _verdict(session["sessionId"], status, created)

    def session(self, session_id: str) -> Optional[dict[str, Any]]:
        """A session with its readings in order of time, or None."""
        found = self._reader.execute(ONE_SESSION, {"session_id": session_id}).first()
        if found is None:
            return None
        answer = _verdict(found[1], found[2], found[3])
        answer["meterValues"] = [
            {
                "timestamp": timestamp, "value": value, "measurand": measurand, "unit": unit, "phase": phase,
                "location": location, "reconstructed": reconstructed,
            }
            for timestamp, value, measurand, unit, phase, location, reconstructed in self._reader.execute(
                ITS_READINGS, {"session": found[0]}
            ).all()
        ]
        return answer

    def page(self, page: int, size: int) -> dict[str, Any]:
        """One page of sessions, newest first."""
        total = self._reader.execute(COUNT).scalar_one()
        found = self._reader.execute(PAGE, {"size": size, "start": page * size})
        return {
            "content": [
                {
                    "sessionId": session_id, "chargingStationId": station_id, "isAnomaly": None, "anomalyScore": None,
                    "anomalyCount": 0, "status": status, "createdAt": created, "lastAnalyzedAt": None,
                }
                for session_id, station_id, status, created in found.all()
            ],
            "pagination": {"totalCount": total, "page": page, "size": size},
        }


def configure(connection: Any, _: Any) -> None:
    """Durability as in the product: a commit returns when the log is on the disk."""
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("PRAGMA foreign_keys=ON")


def _verdict(session_id: str, status: str, created: str) -> dict[str, Any]:
    return {
        "sessionId": session_id, "status": status, "isAnomaly": None, "anomalyScore": None, "anomalyConfidence": None,
        "isIncident": None, "isRecurring": None, "anomalies": None, "analyzedAt": None, "socReconstructed": None,
        "message": "This peer stores and does not analyse.", "createdAt": created,
    }
