"""The last net."""

from typing import Any

import orjson
import pytest
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from structlog.testing import capture_logs

from server.http.errors import MaskFaults

SECRET = "password"
SCOPE: dict[str, Any] = {"type": "http", "method": "GET", "path": "/x"}


async def ran(app: ASGIApp, kind: str = "http") -> list[Message]:
    """Run an application; return what it sent."""
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request"}

    async def send(message: Message) -> None:
        sent.append(message)

    await MaskFaults(app)(SCOPE | {"type": kind}, receive, send)
    return sent


async def fails(scope: Scope, receive: Receive, send: Send) -> None:
    del scope, receive, send
    raise RuntimeError(SECRET)


async def fails_half_way(scope: Scope, receive: Receive, send: Send) -> None:
    del scope, receive
    await send({"type": "http.response.start", "status": 200, "headers": []})
    raise RuntimeError(SECRET)


async def test_a_fault_becomes_an_id_that_the_log_knows() -> None:
    with capture_logs() as logged:
        start, body = await ran(fails)
    assert start["status"] == 500
    [error] = orjson.loads(body["body"])["errors"]
    assert error["extensions"] == {"code": "INTERNAL", "errorId": logged[0]["error_id"]}
    assert SECRET not in str(body)
    assert len(logged) == 1


async def test_an_answer_that_has_begun_is_cut_off() -> None:
    with capture_logs() as logged, pytest.raises(RuntimeError):
        await ran(fails_half_way)
    assert len(logged) == 1


async def test_what_is_no_request_passes() -> None:
    with capture_logs() as logged, pytest.raises(RuntimeError):
        await ran(fails, "lifespan")
    assert logged == []
