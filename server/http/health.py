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
log = structlog.get_logger("server.health")


def health_routes(checks: Mapping[str, Check]) -> list[BaseRoute]:
    """Return both routes; `checks` are what readiness takes, by name."""

    async def healthz(_: Request) -> Response:
        return _json({"status": "ok"}, 200)

    async def readyz(_: Request) -> Response:
        names = list(checks)
        found = dict(zip(names, await asyncio.gather(*(_run(name, checks[name]) for name in names)), strict=True))
        ready = all(fault is None for fault in found.values())
        parts = {name: fault or "ok" for name, fault in found.items()}
        return _json({"status": "ready" if ready else "not ready", "checks": parts}, 200 if ready else 503)

    return [Route("/healthz", healthz, methods=["GET"]), Route("/readyz", readyz, methods=["GET"])]


async def _run(name: str, check: Check) -> str | None:
    try:
        async with asyncio.timeout(_DEADLINE_SECONDS):
            return await check()
    except TimeoutError:
        return f"no answer within {_DEADLINE_SECONDS:g} s"
    except Exception as error:  # noqa: BLE001  whatever it is, this part is not ready; the answer names no address or path
        log.warning("not ready", part=name, error=str(error))
        return f"not available ({type(error).__name__}); the log says more"


def _json(content: dict[str, object], status: int) -> Response:
    headers = {**UNSNIFFED, "cache-control": "no-store"}
    return Response(orjson.dumps(content), status_code=status, media_type="application/json", headers=headers)
