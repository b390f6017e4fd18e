"""`/healthz`: the process is up. `/readyz`: it can do its work; if not, it names what is wrong."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Final

import orjson
import structlog
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from server.http.headers import UNSNIFFED

Check = Callable[[], Awaitable[str | None]]
"""Returns what is wrong, in words for an operator, or None; whatever it raises is wrong as well."""

_DEADLINE_SECONDS: Final = 1.5
_GIVEN_UP_SECONDS: Final = 10.0
"""A check that has not come back is waited for by the next who ask, and after so long another one begins."""
log = structlog.get_logger("server.health")


def health_routes(checks: Mapping[str, Check], closing: asyncio.Event) -> list[BaseRoute]:
    """Return both routes; `checks` are what readiness takes, by name, and `closing` is set once the server is to stop."""
    probes = [_Probe(name, check) for name, check in checks.items()]

    async def healthz(_: Request) -> Response:
        return _json({"status": "ok"}, 200)

    async def readyz(_: Request) -> Response:
        if closing.is_set():
            return _json({"status": "closing", "checks": {}}, 503)
        found = dict(zip(checks, await asyncio.gather(*(probe.found() for probe in probes)), strict=True))
        ready = all(fault is None for fault in found.values())
        parts = {name: fault or "ok" for name, fault in found.items()}
        return _json({"status": "ready" if ready else "not ready", "checks": parts}, 200 if ready else 503)

    return [Route("/healthz", healthz, methods=["GET"]), Route("/readyz", readyz, methods=["GET"])]


class _Probe:
    """One check at a time, however many ask: what does not answer would otherwise hold a connection for each of them.

    It is not cancelled at the deadline: to part with a database that does not answer takes time, too.
    """

    def __init__(self, name: str, check: Check) -> None:
        self._name, self._check = name, check
        self._task: asyncio.Task[str | None] | None = None

    async def found(self) -> str | None:
        """Return what is wrong, at the deadline that there is no answer."""
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._run())
        done, _ = await asyncio.wait({self._task}, timeout=_DEADLINE_SECONDS)
        return self._task.result() if done else f"no answer within {_DEADLINE_SECONDS:g} s"

    async def _run(self) -> str | None:
        try:
            async with asyncio.timeout(_GIVEN_UP_SECONDS):
                return await self._check()
        except Exception as error:  # noqa: BLE001  whatever it is, this part is not ready; the answer names no address or path
            log.warning("not ready", part=self._name, error=str(error))
            return f"not available ({type(error).__name__}); the log says more"


def _json(content: dict[str, object], status: int) -> Response:
    headers = {**UNSNIFFED, "cache-control": "no-store"}
    return Response(orjson.dumps(content), status_code=status, media_type="application/json", headers=headers)
