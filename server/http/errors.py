"""The last net: whatever nobody foresaw leaves as an id, and is logged once."""

import secrets

import orjson
import structlog
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from server.http.headers import UNSNIFFED

log = structlog.get_logger("server.faults")


class MaskFaults:
    """Answers 500 for an error that reached the edge; a body that has begun is cut off instead."""

    def __init__(self, app: ASGIApp) -> None:
        """Wrap an application."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass everything through."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begun = False

        async def watch(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            await self._app(scope, receive, watch)
        except Exception:
            error_id = secrets.token_hex(8)
            log.exception("fault", error_id=error_id, method=scope["method"])
            if begun:
                raise
            await _masked(error_id)(scope, receive, send)


def _masked(error_id: str) -> Response:
    message = f"Something went wrong on our side; an administrator finds it in the log as {error_id}."
    content = {"errors": [{"message": message, "extensions": {"code": "INTERNAL", "errorId": error_id}}]}
    return Response(orjson.dumps(content), status_code=500, media_type="application/json", headers=UNSNIFFED)
