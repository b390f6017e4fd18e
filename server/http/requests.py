"""From an HTTP request to a GraphQL request; every way in has its limit on bytes."""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Final, cast

import orjson
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import Message, Receive
from strawberry.file_uploads.utils import replace_placeholders_with_files

from server.config import Settings
from server.http.documents import Documents, WrongDocument

_PREFLIGHT: Final = ("graphql-require-preflight", "apollo-require-preflight", "x-requested-with")
"""A page of another origin cannot send one of these without asking first, which it may not."""
_IN_ADDRESS: Final = ("query", "documentId", "operationName", "variables", "extensions")
_AROUND_A_FILE: Final = 1024 * 1024
_UNKNOWN_TEXT: Final = "PERSISTED_QUERY_NOT_FOUND"


class RefusedRequest(Exception):
    """A request that nothing is executed for."""

    def __init__(
        self, status: int, message: str, code: str = "BAD_USER_INPUT", headers: Mapping[str, str] | None = None, **more: object
    ) -> None:
        """Say which status, and what to do; what is given beside goes into the error's extensions."""
        super().__init__(message)
        self.status, self.message, self.code, self.headers = status, message, code, headers
        self.more = more

    @property
    def is_unknown_text(self) -> bool:
        """Whether all that is wrong is that a text was named which nobody sent before: clients begin so, once a text."""
        return self.code == _UNKNOWN_TEXT


@dataclass(frozen=True, slots=True)
class GraphQLRequest:
    """One operation to execute."""

    query: str
    variables: dict[str, Any] | None = None
    operation_name: str | None = None
    extensions: dict[str, Any] | None = None
    sent: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """All of it as it came, for whoever keeps its text."""


@asynccontextmanager
async def read_request(request: Request, settings: Settings, documents: Documents) -> AsyncGenerator[GraphQLRequest]:
    """Read the operation; files that came with it are closed afterwards. Raises RefusedRequest."""
    if request.method != "POST":
        yield checked_request(_from_address(request), settings, documents)
        return
    content_type = _content_type(request)
    if content_type == "application/json":
        body = await _read(request, settings)
        yield checked_request(_json(body, "The body"), settings, documents)
    elif content_type == "multipart/form-data":
        async with _form(request, settings) as parts:
            yield checked_request(parts, settings, documents)
    else:
        message = "Send the operation as application/json, or with files as multipart/form-data."
        raise RefusedRequest(415, message)


def brings_files(request: Request) -> bool:
    """Tell whether a request says that its body is a form with files."""
    return request.method == "POST" and _content_type(request) == "multipart/form-data"


def _content_type(request: Request) -> str:
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


def _from_address(request: Request) -> dict[str, Any]:
    given: dict[str, Any] = {name: request.query_params[name] for name in _IN_ADDRESS if name in request.query_params}
    for name in ("variables", "extensions"):
        if name in given:
            given[name] = _json(given[name].encode(errors="replace"), f"`{name}`")
    return given


def checked_request(given: object, settings: Settings, documents: Documents) -> GraphQLRequest:
    """Read the operation from the JSON that was sent. Raises RefusedRequest."""
    if isinstance(given, list):
        raise RefusedRequest(400, "Batches are not accepted: send one operation at a time.")
    if not isinstance(given, dict):
        raise RefusedRequest(400, "The request must be a JSON object.")
    entries = cast("dict[str, Any]", given)
    sent = entries.get("query")
    size = len(sent.encode(errors="replace")) if isinstance(sent, str) else 0
    if size > settings.max_query_bytes:
        message = f"The text of the operation has {size:,} bytes; at most {settings.max_query_bytes:,} are accepted."
        raise RefusedRequest(400, message, code="QUERY_TOO_COMPLEX")
    query = _text_of_operation(entries, documents)
    if not isinstance(query, str) or not query:
        raise RefusedRequest(400, "The request has no `query`, which is the text of the operation.")
    for key in ("variables", "extensions"):
        if not isinstance(entries.get(key), dict | None):
            raise RefusedRequest(400, f"`{key}` must be an object.")
    name = entries.get("operationName")
    if name is not None and not isinstance(name, str):
        raise RefusedRequest(400, "`operationName` must be a string.")
    return GraphQLRequest(query, entries.get("variables"), name, entries.get("extensions"), entries)


def _text_of_operation(entries: dict[str, Any], documents: Documents) -> object:
    try:
        return documents.text_of(entries)
    except WrongDocument as wrong:
        if wrong.is_unknown:  # 200, as Apollo's server has it: some clients read nothing else
            raise RefusedRequest(200, wrong.message, code=_UNKNOWN_TEXT) from wrong
        raise RefusedRequest(400, wrong.message) from wrong


def _json(text: bytes, what: str) -> Any:  # noqa: ANN401  any JSON
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise RefusedRequest(400, f"{what} is not JSON: {error.msg}.") from error


async def _read(request: Request, settings: Settings) -> bytes:
    limit_bytes = settings.max_body_bytes
    message = f"The body has more than {limit_bytes:,} bytes. A notebook may be larger as a file: see `SaveNotebookInput.file`."
    limited = Request(request.scope, _limited(request, limit_bytes, message, settings.request_timeout_seconds))
    return await limited.body()


@asynccontextmanager
async def _form(request: Request, settings: Settings) -> AsyncGenerator[object]:
    if not any(name in request.headers for name in _PREFLIGHT):
        raise RefusedRequest(400, "A request with files needs the header `GraphQL-Require-Preflight: 1`.")
    message = (
        f"The form has more than a notebook's {settings.max_notebook_bytes:,} bytes (NBINSIGHT_MAX_NOTEBOOK_BYTES): save a smaller one."
    )
    limited = Request(
        request.scope, _limited(request, settings.max_notebook_bytes + _AROUND_A_FILE, message, settings.request_timeout_seconds)
    )
    try:
        form = await limited.form(max_files=10, max_fields=10)
    except HTTPException as error:  # what Starlette makes of a MultiPartException inside an application
        raise RefusedRequest(400, f"The form cannot be read: {error.detail}") from error
    async with _closing(form):
        files = {name: part for name, part in form.items() if isinstance(part, UploadFile)}
        operations = _json(_text(form.get("operations"), "operations"), "`operations`")
        places = _json(_text(form.get("map"), "map"), "`map`")
        yield _placed(operations, places, files)


@asynccontextmanager
async def _closing(form: Any) -> AsyncGenerator[None]:  # noqa: ANN401  Starlette's FormData
    try:
        yield
    finally:
        await form.close()


def _text(part: object, name: str) -> bytes:
    if not isinstance(part, str):
        raise RefusedRequest(400, f"The form has no field `{name}`.")
    return part.encode(errors="replace")


def _placed(operations: object, places: object, files: dict[str, UploadFile]) -> object:
    """Put the files where `map` says; it may say anything."""
    try:
        return replace_placeholders_with_files(cast("Any", operations), cast("Any", places), cast("Any", files))
    except (AttributeError, IndexError, KeyError, TypeError, ValueError) as error:
        message = '`map` must name, for each file of the form, places in `operations` such as "variables.file".'
        raise RefusedRequest(400, message) from error


def _limited(request: Request, limit_bytes: int, message: str, idle_seconds: float) -> Receive:
    """Count what arrives; a body that announces too much is not read at all, and one that stops is not waited for."""
    too_large = RefusedRequest(413, message, code="TOO_LARGE", headers={"connection": "close"})
    announced = request.headers.get("content-length", "")
    if announced.isdecimal() and int(announced) > limit_bytes:
        raise too_large
    seen = 0

    async def receive() -> Message:
        nonlocal seen
        try:
            async with asyncio.timeout(idle_seconds):
                message = await request.receive()
        except TimeoutError as error:
            raise RefusedRequest(408, f"Nothing more of the body came for {idle_seconds:g} s.", headers={"connection": "close"}) from error
        seen += len(message.get("body", b""))
        if seen > limit_bytes:
            raise too_large
        return message

    return receive
