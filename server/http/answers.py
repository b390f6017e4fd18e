"""GraphQL over HTTP: how answers look on the wire."""

from collections.abc import Mapping
from typing import Any, Final

import orjson
from starlette.responses import Response

from server.domain.errors import RateLimited

RESPONSE_JSON: Final = "application/graphql-response+json"
PLAIN_JSON: Final = "application/json"


def media_type_for(accept: str) -> str:
    """Choose between the two media types by an Accept header; equal wishes go to the first named."""
    chosen, best = PLAIN_JSON, 0.0
    for name, weight in accepted(accept):
        offered = RESPONSE_JSON if name in {RESPONSE_JSON, "application/*"} else PLAIN_JSON if name in {PLAIN_JSON, "*/*"} else None
        if offered is not None and weight > best:
            chosen, best = offered, weight
    return chosen


def accepted(accept: str) -> list[tuple[str, float]]:
    """Read an Accept header: media types and how much each is wanted, in the order in which they are named."""
    entries = [[part.strip() for part in entry.split(";")] for entry in accept.lower().split(",")]
    return [
        (name, next((_weight(parameter[2:]) for parameter in parameters if parameter.startswith("q=")), 1.0))
        for name, *parameters in entries
    ]


def _weight(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return 0.0


def answer(content: Mapping[str, Any], *, accept: str, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """Write an answer in the media type the client wants."""
    return written_answer(orjson.dumps(content), accept=accept, status=status, headers=headers)


def written_answer(body: bytes, *, accept: str, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """Wrap what was written already; answers are for one viewer, so nobody keeps them."""
    return Response(
        body,
        status_code=status,
        headers={
            "content-type": f"{media_type_for(accept)}; charset=utf-8",
            "vary": "accept",
            "cache-control": "no-store",
            "x-content-type-options": "nosniff",
            **(headers or {}),
        },
    )


def retry_after(content: Mapping[str, Any]) -> int | None:
    """Return after how many seconds a caller may come back whose whole operation came too soon."""
    for error in content.get("errors", ()):
        extensions: dict[str, Any] = error.get("extensions", {})
        if "data" not in content and extensions.get("code") == RateLimited.code:
            return int(extensions["retryAfterSeconds"])
    return None


def refusal(
    message: str,
    *,
    accept: str,
    status: int,
    code: str = "BAD_USER_INPUT",
    headers: Mapping[str, str] | None = None,
    more: Mapping[str, object] | None = None,
) -> Response:
    """Write an answer to a request that nothing was executed for; `more` goes into the error's extensions."""
    error = {"message": message, "extensions": {"code": code, **(more or {})}}
    return answer({"errors": [error]}, accept=accept, status=status, headers=headers)
