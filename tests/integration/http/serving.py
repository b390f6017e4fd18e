"""Another server over the parts of a world, some of them replaced."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import httpx2
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import Route, WebSocketRoute
from starlette.types import Message

from server.app import authenticator_of
from server.auth.authenticate import Authenticator
from server.auth.credentials import IdentityProvider
from server.http.content import content_routes
from server.http.documents import documents_of
from server.http.errors import MaskFaults
from server.http.graphql import GraphQLEndpoint
from server.http.places import Places
from server.http.sending import Outbox
from server.http.sockets import SocketEndpoint
from server.schema.root import make_schema
from tests.fixtures.world import World


@dataclass(slots=True)
class Clock:
    """A clock that a test moves."""

    now: datetime

    def __call__(self) -> datetime:
        """Tell the time."""
        return self.now

    def move(self, **by: float) -> None:
        """Let time pass."""
        self.now += timedelta(**by)


def app_of(
    world: World,
    *,
    settings: dict[str, object] | None = None,
    providers: Sequence[IdentityProvider] = (),
    **parts: Any,  # noqa: ANN401  fields of Parts
) -> Starlette:
    """Make an application of the world's parts, but for those given, that serves GraphQL and content."""
    old = world.application.parts
    made = replace(old, settings=old.settings.model_copy(update=settings or {}), **parts)
    authenticator = Authenticator(made.database, made.clock, providers) if providers else authenticator_of(made)
    documents = documents_of(None, made.settings.persisted_queries_bytes)
    places = Places(made.settings.max_live_connections)
    outbox = Outbox(made.settings.max_unsent_bytes, made.settings.max_response_bytes)
    endpoint = GraphQLEndpoint(make_schema(), made, authenticator, "", places, documents, outbox)
    sockets = SocketEndpoint(endpoint.schema, made.settings, authenticator, endpoint.connect, places, documents, outbox)
    routes = [
        Route("/graphql", endpoint.answer, methods=["GET", "POST"]),
        WebSocketRoute("/graphql", sockets.serve),
        *content_routes(made, authenticator),
    ]
    return Starlette(routes=routes, middleware=[Middleware(MaskFaults)])


def client_of(world: World, **given: Any) -> httpx2.AsyncClient:  # noqa: ANN401  what app_of takes
    """Talk to such an application."""
    transport = httpx2.ASGITransport(app=app_of(world, **given), raise_app_exceptions=False)
    return httpx2.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000")


def signed_in(world: World, who: str) -> dict[str, str]:
    """Return the header that signs somebody in."""
    return {"authorization": f"Bearer {world.tokens[who]}"}


async def hung_up(world: World, headers: dict[str, str], messages: list[dict[str, Any]]) -> int:
    """Send these messages to /graphql, the last of which says that the client is gone; return the status of the answer."""
    answers: list[Message] = []
    scope = {
        "type": "http",
        "method": "POST",
        "path": "/graphql",
        "query_string": b"",
        "root_path": "",
        "headers": [(key.encode(), value.encode()) for key, value in headers.items()],
    }

    async def receive() -> Message:
        await asyncio.sleep(0)
        return messages.pop(0)

    async def send(message: Message) -> None:
        answers.append(message)

    await world.application.asgi(scope, receive, send)
    return int(answers[0]["status"])
