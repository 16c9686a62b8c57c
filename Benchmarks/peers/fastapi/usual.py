"""The same operations written the way FastAPI's and SQLAlchemy's documentation teach: a second row, not a target.

Models for bodies and answers, dependencies for the key and the connection, `def` endpoints that FastAPI runs on its
pool of threads, connections from SQLAlchemy's pool. It shows how much of the distance to app.py is taste.
"""

import hashlib
import json
import os
from collections.abc import Iterator
from typing import Annotated, Any, Optional

from fastapi import Depends, FastAPI, HTTPException, Path, Query
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field
from sqlalchemy import Connection, create_engine, event, insert
from sqlalchemy.exc import IntegrityError

import contract
import store

app = FastAPI()
engine = create_engine(f"sqlite:///{os.environ['PEER_DATABASE']}", connect_args={"timeout": 30})
event.listen(engine, "connect", store.configure)
store.tables.create_all(engine)
tenants = {hashlib.sha256(os.environ["PEER_KEY"].encode()).digest(): "bench"}
bearer = HTTPBearer()


class ReadingIn(BaseModel):
    model_config = ConfigDict(extra="forbid")
    timestamp: AwareDatetime
    value: Annotated[float, Field(ge=-1e12, le=1e12, allow_inf_nan=False, strict=True)]
    measurand: Optional[contract.Measurand] = None
    unit: Optional[contract.Unit] = None
    phase: Optional[contract.Phase] = None
    location: Optional[contract.Location] = None
    reconstructed: Optional[bool] = None


class SessionIn(BaseModel):
    model_config = ConfigDict(extra="forbid")
    sessionId: contract.SessionId
    chargingStationId: contract.StationId
    connectorId: Optional[contract.ConnectorId] = None
    evseId: Optional[contract.EvseId] = None
    meterValues: Optional[Annotated[list[ReadingIn], Field(max_length=10_000)]] = None
    metadata: Optional[Annotated[dict[str, Any], Field(max_length=50)]] = None
    status: Optional[contract.Status] = None


class ReadingOut(BaseModel):
    timestamp: str
    value: float
    measurand: str
    unit: Optional[str]
    phase: Optional[str]
    location: str
    reconstructed: bool


class Verdict(BaseModel):
    sessionId: str
    status: str
    isAnomaly: Optional[bool] = None
    anomalyScore: Optional[float] = None
    anomalyConfidence: Optional[float] = None
    isIncident: Optional[bool] = None
    isRecurring: Optional[bool] = None
    anomalies: Optional[list[dict]] = None
    analyzedAt: Optional[str] = None
    socReconstructed: Optional[bool] = None
    message: Optional[str] = None
    createdAt: str


class SessionDetail(Verdict):
    meterValues: list[ReadingOut]


class SessionSummary(BaseModel):
    sessionId: str
    chargingStationId: str
    isAnomaly: Optional[bool] = None
    anomalyScore: Optional[float] = None
    anomalyCount: int = 0
    status: str
    createdAt: str
    lastAnalyzedAt: Optional[str] = None


class Pagination(BaseModel):
    totalCount: int
    page: int
    size: int


class SessionPage(BaseModel):
    content: list[SessionSummary]
    pagination: Pagination


async def tenant(credentials: Annotated[HTTPAuthorizationCredentials, Depends(bearer)]) -> str:
    found = tenants.get(hashlib.sha256(credentials.credentials.encode()).digest())
    if found is None:
        raise HTTPException(401)
    return found


def connection() -> Iterator[Connection]:
    with engine.connect() as opened:
        yield opened


Tenant = Annotated[str, Depends(tenant)]
Opened = Annotated[Connection, Depends(connection)]


@app.get("/v1/hello/{name}")
async def hello(name: Annotated[str, Path(min_length=1, max_length=64)], tenant: Tenant) -> dict[str, str]:
    return {"message": f"Hello, {name}!"}


@app.post("/v1/sessions")
def create_session(session: SessionIn, tenant: Tenant) -> Verdict:
    document = session.model_dump()
    if findings := contract.check(document):
        raise HTTPException(422, [{"field": field, "code": code} for field, code in findings])
    rows = contract.rows(document["meterValues"] or [])
    status = session.status or ("active" if rows else "pending")
    created = store.now()
    try:
        with engine.begin() as opened:
            key = opened.execute(insert(store.sessions).values(
                session_id=session.sessionId, station_id=session.chargingStationId, connector_id=session.connectorId,
                evse_id=session.evseId, status=status, metadata=json.dumps(session.metadata), created_at=created,
            )).inserted_primary_key[0]
            if rows:
                names = ("timestamp", "value", "measurand", "unit", "phase", "location", "reconstructed")
                opened.execute(insert(store.readings), [
                    {"session": key, "position": position, **dict(zip(names, row[1:]))}
                    for position, row in enumerate(rows)
                ])
    except IntegrityError as error:
        raise HTTPException(409) from error
    return Verdict(sessionId=session.sessionId, status=status, createdAt=created)


@app.get("/v1/sessions")
def list_sessions(
    tenant: Tenant, opened: Opened, page: Annotated[int, Query(ge=0)] = 0,
    page_size: Annotated[int, Query(ge=1, le=100, alias="pageSize")] = 20,
) -> SessionPage:
    total = opened.execute(store.COUNT).scalar_one()
    found = opened.execute(store.PAGE, {"size": page_size, "start": page * page_size})
    return SessionPage(
        content=[
            SessionSummary(
                sessionId=row.session_id, chargingStationId=row.station_id, status=row.status, createdAt=row.created_at
            )
            for row in found
        ],
        pagination=Pagination(totalCount=total, page=page, size=page_size),
    )


@app.get("/v1/sessions/{session_id}")
def get_session(session_id: contract.SessionId, tenant: Tenant, opened: Opened) -> SessionDetail:
    found = opened.execute(store.ONE_SESSION, {"session_id": session_id}).first()
    if found is None:
        raise HTTPException(404)
    rows = opened.execute(store.ITS_READINGS, {"session": found.id})
    return SessionDetail(
        sessionId=found.session_id, status=found.status, createdAt=found.created_at,
        meterValues=[ReadingOut(**row._mapping) for row in rows],
    )
