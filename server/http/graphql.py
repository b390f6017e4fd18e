"""The GraphQL endpoint: one request in, one context an operation, one answer out."""

import asyncio
from dataclasses import dataclass
from typing import Any, Final

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from strawberry.exceptions import MissingQueryError
from strawberry.http import process_result
from strawberry.schema.exceptions import CannotGetOperationTypeError, InvalidOperationTypeError
from strawberry.types.execution import PreExecutionError
from strawberry.types.graphql import OperationType

from server.auth.authenticate import Authenticator, WrongToken
from server.auth.viewer import Viewer
from server.context import Context, Parts
from server.domain.errors import Unauthenticated
from server.http.answers import RESPONSE_JSON, limited_answer, media_type_for, refusal, retry_after
from server.http.graphiql import graphiql_page
from server.http.rates import sender_of
from server.http.requests import GraphQLRequest, RefusedRequest, brings_files, read_request
from server.schema.masking import Schema

_WRONG_TOKEN: Final = "The access token is unknown, expired or revoked: send another, or none."  # noqa: S105  a message
_QUERIES: Final = {OperationType.QUERY}
_ALL: Final = {OperationType.QUERY, OperationType.MUTATION}


class Connection:
    """One HTTP request: knows its sender, and how to begin an operation."""

    def __init__(self, parts: Parts, authenticator: Authenticator, header: str | None, content_base: str, sent_from: str = "") -> None:
        """Remember the header; who it names is looked up anew for each deed."""
        self._parts, self._authenticator = parts, authenticator
        self._header, self._content_base, self._sent_from = header, content_base, sent_from
        self._first: list[Viewer | None] = []
        self._contexts: list[Context] = []

    async def check(self) -> bool:
        """Look the sender up once, before anything is executed; tell whether there is one. Raises WrongToken."""
        self._first = [await self._authenticator.by_header(self._header)]
        return self._first[0] is not None

    async def viewer(self) -> Viewer | None:
        """Return the sender with the rights of now; nobody, if the token has just ended."""
        if self._first:
            return self._first.pop()
        try:
            return await self._authenticator.by_header(self._header)
        except WrongToken:
            return None

    def begin(self) -> Context:
        """Make the context of one operation."""
        self._contexts.append(Context(self._parts, self.viewer, self._content_base, self._sent_from))
        return self._contexts[-1]

    @property
    def deeds_done(self) -> int:
        """How many mutations have been committed."""
        return sum(context.deeds_done for context in self._contexts)


@dataclass(frozen=True, slots=True)
class GraphQLEndpoint:
    """Answers GET, HEAD and POST; a browser that asks for a page gets GraphiQL."""

    schema: Schema
    parts: Parts
    authenticator: Authenticator
    content_base: str

    async def answer(self, request: Request) -> Response:
        """Answer one request."""
        accept = request.headers.get("accept", "")
        if self._wants_page(request, accept):
            return graphiql_page(self.parts.settings.root_path)
        try:
            return await self._answer(request, accept)
        except WrongToken:
            headers = {"www-authenticate": 'Bearer error="invalid_token"'}
            return refusal(_WRONG_TOKEN, accept=accept, status=401, code="UNAUTHENTICATED", headers=headers)
        except RefusedRequest as refused:
            return refusal(refused.message, accept=accept, status=refused.status, code=refused.code, headers=refused.headers)
        except ClientDisconnect:
            return Response(status_code=400)

    def _wants_page(self, request: Request, accept: str) -> bool:
        return self.parts.settings.graphiql and request.method == "GET" and "query" not in request.query_params and "text/html" in accept

    async def _answer(self, request: Request, accept: str) -> Response:
        header, sender = request.headers.get("authorization"), sender_of(request.client)
        connection = Connection(self.parts, self.authenticator, header, self.content_base, sender)
        settings, seconds = self.parts.settings, self.parts.settings.request_timeout_seconds
        if brings_files(request):  # a stranger fills no disk; a large notebook takes its time to be looked through
            seconds += settings.render_timeout_seconds
        if not await connection.check() and brings_files(request):
            status = 401 if media_type_for(accept) == RESPONSE_JSON else 200
            return refusal(Unauthenticated().message, accept=accept, status=status, code=Unauthenticated.code)
        async with read_request(request, settings) as operation:
            try:
                async with asyncio.timeout(seconds):
                    content, executed = await self._execute(operation, connection, reads_only=request.method != "POST")
            except TimeoutError as error:
                done = connection.deeds_done
                what = (
                    f"{done} of its mutations had been done: look before you repeat."
                    if done
                    else "nothing was done: ask for less at a time."
                )
                message = f"The operation took longer than {seconds:g} s and was stopped; {what}"
                raise RefusedRequest(503, message, code="QUERY_TOO_COMPLEX") from error
        is_request_error = not executed and media_type_for(accept) == RESPONSE_JSON
        seconds_to_wait = retry_after(content)
        return limited_answer(
            content,
            accept=accept,
            status=(400 if seconds_to_wait is None else 429) if is_request_error else 200,
            headers=None if seconds_to_wait is None else {"retry-after": str(seconds_to_wait)},
            limit_bytes=settings.max_response_bytes,
            deeds_done=connection.deeds_done,
        )

    async def _execute(self, operation: GraphQLRequest, connection: Connection, *, reads_only: bool) -> tuple[dict[str, Any], bool]:
        """Return the answer, and whether anything was executed for it."""
        try:
            result: Any = await self.schema.execute(
                operation.query,
                variable_values=operation.variables,
                context_value=connection,
                operation_name=operation.operation_name,
                allowed_operation_types=_QUERIES if reads_only else _ALL,
                operation_extensions=operation.extensions,
            )
        except InvalidOperationTypeError as error:
            message = "By GET, only queries are accepted: send mutations by POST." if reads_only else "Subscriptions are not served here."
            raise RefusedRequest(405 if reads_only else 400, message, headers={"allow": "POST"} if reads_only else None) from error
        except (CannotGetOperationTypeError, MissingQueryError) as error:
            raise RefusedRequest(400, "The text has no operation of that name.") from error
        content: dict[str, Any] = {**process_result(result)}
        executed = not isinstance(result, PreExecutionError) and (result.data is not None or any(e.path for e in result.errors or ()))
        if not executed:
            content.pop("data", None)
        return content, executed
