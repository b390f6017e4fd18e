"""The one thing that a JupyterHub is asked: who holds a token."""

import asyncio
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final, cast

import httpx2
import orjson
import structlog

from server.auth.credentials import ProviderAway, WrongToken

log = structlog.get_logger("server.auth")

SOURCE: Final = "hub"
_TIMEOUT_SECONDS: Final = 2
_MOST_BYTES: Final = 256 * 1024
_UNKNOWN: Final = frozenset({401, 403})


class HubApi:
    """The API of a Hub; no proxy of the environment stands between, for whoever passes a token on can use it."""

    def __init__(self, url: str) -> None:
        """Take its address, such as `http://127.0.0.1:8081/hub/api`."""
        self.url = url.rstrip("/")
        self._tls = httpx2.create_ssl_context() if url.startswith("https:") else False  # read once: it takes longer than a question

    async def holder_of(self, token: str) -> Mapping[str, Any]:
        """Return the model of whoever holds a token; raises WrongToken for nobody, ProviderAway where the Hub does not say."""
        try:
            async with asyncio.timeout(_TIMEOUT_SECONDS):
                status, body = await self._get("user", token)
        except (httpx2.HTTPError, TimeoutError) as error:
            raise _away(error=type(error).__name__) from error
        if status in _UNKNOWN:
            raise WrongToken
        if status != HTTPStatus.OK or len(body) > _MOST_BYTES:  # 404 too: it is not the API that answers
            raise _away(status=status, bytes=len(body))
        try:
            model: object = orjson.loads(body)
        except orjson.JSONDecodeError as error:
            raise _away(error="no JSON") from error
        if not isinstance(model, dict):
            raise _away(error="no object")
        return cast("dict[str, Any]", model)

    async def _get(self, path: str, token: str) -> tuple[int, bytes]:
        """Return status and body; of one that is too long, no more than that."""
        headers, body = {"authorization": f"token {token}", "accept-encoding": "identity"}, bytearray()
        async with (
            httpx2.AsyncClient(trust_env=False, verify=self._tls, timeout=_TIMEOUT_SECONDS) as client,
            client.stream("GET", f"{self.url}/{path}", headers=headers) as response,
        ):
            async for piece in response.aiter_raw():  # as it comes: a few bytes that are packed may be very many
                body += piece
                if len(body) > _MOST_BYTES:
                    break
            return response.status_code, bytes(body)


def _away(**seen: object) -> ProviderAway:
    log.warning("the Hub does not say who holds a token", **seen)
    return ProviderAway(SOURCE)
