"""Readiness names what is wrong, and waits for nobody."""

import asyncio
from time import perf_counter

import httpx2
from starlette.applications import Starlette
from structlog.testing import capture_logs

from server.http.health import Check, health_routes

ADDRESS = "postgresql://nbinsight:hunter2@10.0.0.7/nbinsight"


async def asked(path: str, *, is_closing: bool = False, **checks: Check) -> httpx2.Response:
    closing = asyncio.Event()
    if is_closing:
        closing.set()
    transport = httpx2.ASGITransport(app=Starlette(routes=health_routes(checks, closing)))
    async with httpx2.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
        return await client.get(path)


async def fine() -> None:
    """Find nothing wrong."""


async def behind() -> str:
    return "run `nbinsight db upgrade`"


async def broken() -> str:
    raise ConnectionRefusedError(ADDRESS)


async def hanging() -> None:
    await asyncio.sleep(60)


async def test_what_is_wrong_is_named_without_addresses_and_secrets() -> None:
    with capture_logs() as logged:
        response = await asked("/readyz", database=broken, migrations=behind, store=fine)
    assert response.status_code == 503
    assert response.json() == {
        "status": "not ready",
        "checks": {
            "database": "not available (ConnectionRefusedError); the log says more",
            "migrations": "run `nbinsight db upgrade`",
            "store": "ok",
        },
    }
    assert [entry["part"] for entry in logged] == ["database"]


async def test_parts_that_hang_are_waited_for_together_and_not_long() -> None:
    began = perf_counter()
    response = await asked("/readyz", database=hanging, store=hanging)
    assert perf_counter() - began < 2
    assert response.json()["checks"] == {"database": "no answer within 1.5 s", "store": "no answer within 1.5 s"}


async def test_a_process_is_up_whatever_its_parts_are() -> None:
    response = await asked("/healthz", database=broken)
    assert (response.status_code, response.json()) == (200, {"status": "ok"})


async def test_a_server_that_stops_says_so_and_asks_nobody() -> None:
    response = await asked("/readyz", is_closing=True, database=hanging)
    assert (response.status_code, response.json()) == (503, {"status": "closing", "checks": {}})
    assert (await asked("/healthz", is_closing=True)).status_code == 200
