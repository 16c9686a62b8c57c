"""The FastAPI peer: three operations of the anomaly contract without the detection, and two hellos.

Written for speed where FastAPI leaves a choice, so that nobody can say that the peer was held back: the key is checked
in one plain ASGI middleware, bodies go from bytes to checked values inside pydantic's Rust, answers are built as plain
dictionaries and written by orjson without a second validation, and reads call SQLite on the event loop, since a hop to
a thread costs a good part of the read. A write's commit waits for the disk: by default in place, which was measured to
be cheaper and faster on a quick disk; `PEER_WRITES=thread` hands it to one writer thread, so that other requests are
checked meanwhile.
"""

import asyncio
import hashlib
import os
from concurrent.futures import ThreadPoolExecutor
from typing import Annotated, Any

import orjson
from fastapi import FastAPI, Path, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError

import contract
from store import Duplicate, Store

BODY_BYTES_MAX = 10 * 1024 * 1024
SESSION_ID = r"^[A-Za-z0-9*._:@-]+$"

application = FastAPI(openapi_url=None)
store = Store(os.environ["PEER_DATABASE"])
writer = ThreadPoolExecutor(1) if os.environ.get("PEER_WRITES") == "thread" else None
# Keys are known by their hash only, as in the product; the tenant is what a key stands for.
tenants = {hashlib.sha256(os.environ["PEER_KEY"].encode()).digest(): "bench"}


def answer(document: Any, status: int = 200) -> Response:
    return Response(orjson.dumps(document), status, media_type="application/json")


def failure(status: int, code: str, reason: str, **details: Any) -> Response:
    message = reason.replace("_", " ").capitalize() + "."
    return answer({"error": {"code": code, "message": message, "details": {"reason": reason, **details}}}, status)


def unprocessable(findings: list[tuple[str, str]]) -> Response:
    errors = [{"field": field, "code": code, "message": code.replace("_", " ")} for field, code in findings[:50]]
    return failure(422, "VALIDATION_ERROR", "validation_failed", field=errors[0]["field"], errors=errors)


class KeyCheck:
    """Every path below /v1 wants an API key; its tenant goes into the scope."""

    def __init__(self, app: Any):
        self._app = app

    async def __call__(self, scope: dict, receive: Any, send: Any) -> None:
        if scope["type"] == "http" and scope["path"].startswith("/v1/"):
            token = next((value for name, value in scope["headers"] if name == b"authorization"), b"")
            tenant = tenants.get(hashlib.sha256(token[7:]).digest()) if token[:7] == b"Bearer " else None
            if tenant is None:
                await failure(401, "AUTHENTICATION_ERROR", "unauthenticated")(scope, receive, send)
                return
            scope["tenant"] = tenant
        await self._app(scope, receive, send)


@application.get("/hello/{name}")
async def open_hello(name: str) -> Response:
    return answer({"message": f"Hello, {name}!"})


@application.get("/v1/hello/{name}")
async def hello(name: Annotated[str, Path(min_length=1, max_length=64)]) -> Response:
    return answer({"message": f"Hello, {name}!"})


@application.post("/v1/sessions")
async def create_session(request: Request) -> Response:
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        return failure(400, "BAD_REQUEST", "unsupported_media_type")
    if int(request.headers.get("content-length", 0)) > BODY_BYTES_MAX:
        return failure(413, "PAYLOAD_TOO_LARGE", "body_too_large")
    body = await request.body()
    if len(body) > BODY_BYTES_MAX:
        return failure(413, "PAYLOAD_TOO_LARGE", "body_too_large")
    try:
        session = contract.read_session(body)
    except ValidationError as error:
        if error.errors(include_url=False)[0]["type"] == "json_invalid":
            return failure(400, "BAD_REQUEST", "malformed_json")
        return unprocessable([
            (".".join(str(part) for part in fault["loc"]), fault["type"]) for fault in error.errors(include_url=False)
        ])
    except contract.Refused as refusal:
        return unprocessable(refusal.findings)
    try:
        if writer is None:
            return answer(store.create(session))
        return answer(await asyncio.get_running_loop().run_in_executor(writer, store.create, session))
    except Duplicate:
        return failure(409, "CONFLICT", "session_exists")


@application.get("/v1/sessions")
async def list_sessions(
    page: Annotated[int, Query(ge=0)] = 0, page_size: Annotated[int, Query(ge=1, le=100, alias="pageSize")] = 20
) -> Response:
    return answer(store.page(page, page_size))


@application.get("/v1/sessions/{session_id}")
async def get_session(session_id: Annotated[str, Path(min_length=1, max_length=128, pattern=SESSION_ID)]) -> Response:
    found = store.session(session_id)
    return failure(404, "NOT_FOUND", "not_found") if found is None else answer(found)


@application.exception_handler(RequestValidationError)
async def bad_parameter(_: Request, error: RequestValidationError) -> Response:
    return unprocessable([(str(fault["loc"][-1]), fault["type"]) for fault in error.errors()])


app = KeyCheck(application)
