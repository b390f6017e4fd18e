"""GraphQL over HTTP: how answers look on the wire."""

from collections.abc import Mapping
from typing import Any, Final

import orjson
from starlette.responses import Response

from server.domain.errors import QueryTooComplex, RateLimited

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
    """Write an answer in the media type the client wants; answers are for one viewer, so nobody keeps them."""
    return Response(
        orjson.dumps(content),
        status_code=status,
        headers={
            "content-type": f"{media_type_for(accept)}; charset=utf-8",
            "vary": "accept",
            "cache-control": "no-store",
            "x-content-type-options": "nosniff",
            **(headers or {}),
        },
    )


def limited_answer(
    content: Mapping[str, Any],
    *,
    accept: str,
    status: int,
    headers: Mapping[str, str] | None,
    limit_bytes: int,
    deeds_done: int,
) -> Response:
    """Write an answer, or say that it is too large: what no field could know while it was resolved."""
    response = answer(content, accept=accept, status=status, headers=headers)
    size = len(response.body)
    if size <= limit_bytes:
        return response
    done = f" {deeds_done} mutations had been done: look before you repeat." if deeds_done else ""
    message = f"The answer has {size:,} bytes, at most {limit_bytes:,} are sent: ask for less at a time.{done}"
    error = {"message": message, "extensions": {"code": QueryTooComplex.code}}
    return answer({"data": None, "errors": [error]}, accept=accept, headers=headers)


def retry_after(content: Mapping[str, Any]) -> int | None:
    """Return after how many seconds a caller may come back whose whole operation came too soon."""
    for error in content.get("errors", ()):
        extensions: dict[str, Any] = error.get("extensions", {})
        if "data" not in content and extensions.get("code") == RateLimited.code:
            return int(extensions["retryAfterSeconds"])
    return None


def refusal(message: str, *, accept: str, status: int, code: str = "BAD_USER_INPUT", headers: Mapping[str, str] | None = None) -> Response:
    """Write an answer to a request that nothing was executed for."""
    return answer({"errors": [{"message": message, "extensions": {"code": code}}]}, accept=accept, status=status, headers=headers)
