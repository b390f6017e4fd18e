"""The GraphQL endpoint: one request in, one context an operation, one answer out, or a stream of them."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.websockets import WebSocket
from strawberry.exceptions import MissingQueryError
from strawberry.schema.exceptions import CannotGetOperationTypeError, InvalidOperationTypeError
from strawberry.types.graphql import OperationType

from server.auth.authenticate import Authenticator
from server.auth.credentials import Credentials, NoToken, ProviderAway, WrongToken
from server.auth.viewer import Viewer
from server.context import Context, Parts, caller_key
from server.db.failures import DatabaseAway
from server.domain.errors import RateLimited, Unauthenticated
from server.domain.measures import ERRORS
from server.http.answers import RESPONSE_JSON, media_type_for, refusal, retry_after, written_answer
from server.http.credentials import credentials_of
from server.http.documents import Documents
from server.http.graphiql import graphiql_page
from server.http.places import Places
from server.http.rates import sender_of
from server.http.requests import GraphQLRequest, RefusedRequest, brings_files, read_request
from server.http.running import EVERYTHING, Outcome, Tell, count_errors, outcome_of, overtime, run_operation
from server.http.sending import Counted, Line, Outbox
from server.http.streams import EventStream, Wish, wish_of
from server.http.telling import remember, said_of
from server.schema.masking import Schema

_WRONG_TOKEN: Final = "The access token is unknown, expired or revoked: send another, or none."  # noqa: S105  a message
_NO_TOKEN: Final = "The header Authorization holds no token: send `Bearer TOKEN`, or no such header."  # noqa: S105  a message
_AWAY: Final = "Who sends this cannot be looked up now, as those who would know do not answer: try again soon."
_SILENT: Final = "who sends this could not be looked up in time"
_NOT_FOLLOWED: Final = (
    "A subscription has many answers: send the header `Accept: text/event-stream`, or use a WebSocket with graphql-transport-ws."
)
_ASKED: Final = {"query", "documentId", "extensions"}
_QUERIES: Final = {OperationType.QUERY}
_FOLLOWED: Final = {OperationType.QUERY, OperationType.SUBSCRIPTION}
_ALL: Final = {OperationType.QUERY, OperationType.MUTATION}


class SubscriptionAsked(Exception):
    """The operation is a subscription, which has more than one answer."""


class Connection:
    """One HTTP request: knows its sender, and how to begin an operation."""

    def __init__(
        self, parts: Parts, authenticator: Authenticator, credentials: Credentials, content_base: str, sent_from: str = ""
    ) -> None:
        """Remember the credentials; who they name is looked up anew for each deed."""
        self._parts, self._authenticator = parts, authenticator
        self._credentials, self._content_base, self._sent_from = credentials, content_base, sent_from
        self._first: list[Viewer | None] = []
        self._contexts: list[Context] = []
        self.user_id: str | None = None
        self.line: Line | None = None
        self.begun: Callable[[], None] | None = None
        self.is_refused = False

    async def check(self) -> bool:
        """Look the sender up, before anything is executed; tell whether there is one. Raises WrongToken."""
        try:
            async with asyncio.timeout(self._parts.settings.request_timeout_seconds):
                viewer = await self._authenticator.by_credentials(self._credentials)
        except TimeoutError as error:
            raise DatabaseAway(_SILENT) from error
        self._first, self.user_id = [viewer], None if viewer is None else viewer.user_id
        self._credentials = self._credentials.settled(None if viewer is None else viewer.holder)
        return self.user_id is not None

    async def viewer(self) -> Viewer | None:
        """Return the sender with the rights of now; nobody, if the token has just ended."""
        if self._first:
            return self._first.pop()
        if self.is_refused:
            return None
        try:
            return await self._authenticator.by_credentials(self._credentials, again=True)
        except (WrongToken, ProviderAway):
            self.is_refused = True
            return None

    @property
    def caller_key(self) -> str:
        """Whose rate counts, as of the last check."""
        return caller_key(self.user_id, self._sent_from)

    async def wait(self) -> None:
        """Wait where many documents of the sender's were refused."""
        await self._parts.rates.wait(self.caller_key)

    def begin(self) -> Context:
        """Make the context of one operation."""
        self._contexts.append(Context(self._parts, self.viewer, self._content_base, self._sent_from, self.line, self.begun))
        return self._contexts[-1]

    def said(self) -> dict[str, object]:
        """Return what logs say of its operation and its sender."""
        return said_of(self._contexts[-1].told if self._contexts else None, self.user_id)

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
    places: Places
    documents: Documents
    outbox: Outbox

    def connect(self, credentials: Credentials, socket: WebSocket, line: Line, operation: GraphQLRequest) -> Connection:
        """Begin an operation of a WebSocket, for whoever its credentials name by then."""
        connection = Connection(self.parts, self.authenticator, credentials, self.content_base, sender_of(socket.client))
        self._join(connection, line, operation)
        return connection

    def _join(self, connection: Connection, line: Line, operation: GraphQLRequest) -> None:
        """Let an operation know where its answer goes, and keep its text once it is about to run."""
        connection.line = line
        connection.begun = lambda: self.documents.keep(operation.sent, connection.user_id)

    async def answer(self, request: Request) -> Response:
        """Answer one request."""
        accept = request.headers.get("accept", "")
        if self._wants_page(request, accept):
            return graphiql_page(self.parts.settings.root_path, issuers=self.parts.settings.issuers)
        try:
            return await self._answer(request, accept)
        except WrongToken as wrong:
            said = _NO_TOKEN if isinstance(wrong, NoToken) else _WRONG_TOKEN
            refused = RefusedRequest(401, said, "UNAUTHENTICATED", {"www-authenticate": 'Bearer error="invalid_token"'})
        except ProviderAway as away:
            refused = RefusedRequest(503, _AWAY, "UNAUTHENTICATED", {"retry-after": str(away.retry_after_seconds)})
        except RefusedRequest as error:
            refused = error
        except RateLimited as busy:  # before anything was executed: the database has no connection left to see who asks
            wait = busy.retry_after_seconds
            refused = RefusedRequest(503, busy.message, busy.code, {"retry-after": str(wait)}, retryAfterSeconds=wait)
        except ClientDisconnect:
            return Response(status_code=400)
        self.parts.measures.add(ERRORS, refused.code)
        return refusal(refused.message, accept=accept, status=refused.status, code=refused.code, headers=refused.headers, more=refused.more)

    def _wants_page(self, request: Request, accept: str) -> bool:
        return (
            self.parts.settings.graphiql and request.method == "GET" and "text/html" in accept and not _ASKED & request.query_params.keys()
        )

    async def _answer(self, request: Request, accept: str) -> Response:
        sender = sender_of(request.client)
        connection = Connection(self.parts, self.authenticator, credentials_of(request), self.content_base, sender)
        remember(request, connection.said)
        settings, seconds = self.parts.settings, self.parts.settings.request_timeout_seconds
        if brings_files(request):  # a stranger fills no disk; a large notebook takes its time to be looked through
            seconds += settings.render_timeout_seconds
        if not await connection.check() and brings_files(request):
            status = 401 if media_type_for(accept) == RESPONSE_JSON else 200
            raise RefusedRequest(status, Unauthenticated().message, Unauthenticated.code)
        await connection.wait()
        wish = wish_of(accept)
        async with self._read(request, connection) as operation:
            await connection.check()  # a body may take its time, and rights may end meanwhile
            line = self.outbox.line(connection.user_id)
            self._join(connection, line, operation)
            if wish is Wish.ALWAYS and not brings_files(request):
                return self._stream(operation, connection, line, reads_only=request.method != "POST")
            try:
                async with asyncio.timeout(seconds):
                    outcome = await self._execute(operation, connection, reads_only=request.method != "POST")
            except TimeoutError as error:
                raise RefusedRequest(503, overtime(seconds, connection.deeds_done), code="QUERY_TOO_COMPLEX") from error
            except SubscriptionAsked as error:
                if wish is Wish.NO:
                    raise self._refused(connection, RefusedRequest(400, _NOT_FOLLOWED)) from error
                return self._stream(operation, connection, line, reads_only=request.method != "POST")
        count_errors(self.parts.measures, outcome)
        is_request_error = not outcome.executed and media_type_for(accept) == RESPONSE_JSON
        seconds_to_wait = retry_after(outcome.content)
        made = written_answer(
            outcome.body,
            accept=accept,
            status=(400 if seconds_to_wait is None else 429) if is_request_error else 200,
            headers=None if seconds_to_wait is None else {"retry-after": str(seconds_to_wait)},
        )
        return Counted(made, line)

    @asynccontextmanager
    async def _read(self, request: Request, connection: Connection) -> AsyncGenerator[GraphQLRequest]:
        """Read the operation; one that is refused for what was sent counts, but a text that is only not known yet was no work."""
        reading = read_request(request, self.parts.settings, self.documents)
        async with AsyncExitStack() as stack:
            try:
                operation = await stack.enter_async_context(reading)
            except RefusedRequest as refusal:
                if not refusal.is_unknown_text:
                    self.parts.rates.refused(connection.caller_key)
                raise
            yield operation

    def _refused(self, connection: Connection, refusal: RefusedRequest) -> RefusedRequest:
        """Count a document that was parsed and goes no further; the schema's extensions do not hear how that ends."""
        self.parts.rates.refused(connection.caller_key)
        return refusal

    async def _execute(self, operation: GraphQLRequest, connection: Connection, *, reads_only: bool) -> Outcome:
        """Return the answer."""
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
            if error.operation_type is OperationType.SUBSCRIPTION:
                raise SubscriptionAsked from error
            refusal = RefusedRequest(405, "By GET, only queries are accepted: send mutations by POST.", headers={"allow": "POST"})
            raise self._refused(connection, refusal) from error
        except (CannotGetOperationTypeError, MissingQueryError) as error:
            raise self._refused(connection, RefusedRequest(400, "The text has no operation of that name.")) from error
        return outcome_of(result, connection, self.parts.settings)

    def _stream(self, operation: GraphQLRequest, connection: Connection, line: Line, *, reads_only: bool) -> EventStream:
        """Answer by events; whoever holds too many streams already is refused, by RefusedRequest."""
        self.places.take(connection.user_id)
        allowed = _FOLLOWED if reads_only else EVERYTHING

        async def run(tell: Tell) -> None:
            async def counted(outcome: Outcome) -> None:
                count_errors(self.parts.measures, outcome)
                await tell(outcome)

            await run_operation(self.schema, operation, connection, counted, settings=self.parts.settings, allowed=allowed)

        return EventStream(run, line, leave=lambda: self.places.leave(connection.user_id), closing=self.places.closing)
