"""PyPI's gql, by HTTP and by WebSocket: it loads the schema, checks each document against it, and sends only what fits."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

import pytest
from gql import Client, FileVar, GraphQLRequest
from gql.client import AsyncClientSession, SyncClientSession
from gql.transport.exceptions import TransportQueryError
from gql.transport.httpx import HTTPXTransport
from gql.transport.websockets import WebsocketsTransport
from graphql import GraphQLError, GraphQLSchema, build_schema, find_breaking_changes

from tests.fixtures import make
from tests.fixtures.running import ROOT, Running

WHO: Final = "{ viewer { user { login } } }"
BOARD: Final = '{ project(key: "DEMO") { dashboards(first: 1) { nodes { id } } } }'
RENAME: Final = """mutation($id: ID!, $name: String!, $version: Int) {
    updateDashboard(input: { dashboardId: $id, name: $name, expectedVersion: $version }) {
        dashboard { name } errors { __typename code field message ... on VersionConflict { current { id } } } } }"""
SAVE: Final = """mutation($file: Upload!) {
    saveNotebook(input: { projectKey: "DEMO", name: "By gql", file: $file }) { notebook { name } errors { code } } }"""
FOLLOW: Final = "subscription($id: ID!) { dashboardChanged(dashboardId: $id) { name } }"

INTROSPECTION: Final[dict[str, Any]] = {"specified_by_url": True, "schema_description": True, "input_value_deprecation": True}


@pytest.fixture
def session(server: Running) -> Iterator[SyncClientSession]:
    """A session of the administrator's that has loaded the schema; the header is what uploads need."""
    headers = {"Authorization": f"Bearer {server.token}", "GraphQL-Require-Preflight": "1"}
    transport = HTTPXTransport(server.address, headers=headers, timeout=30)
    with Client(transport=transport, fetch_schema_from_transport=True, introspection_args=INTROSPECTION) as session:
        yield session


@asynccontextmanager
async def socket(server: Running) -> AsyncIterator[AsyncClientSession]:
    """A session by WebSocket, whose token travels as in browsers."""
    address = server.address.replace("http", "ws", 1)
    transport = WebsocketsTransport(
        address, init_payload={"Authorization": f"Bearer {server.token}"}, subprotocols=["graphql-transport-ws"]
    )
    async with Client(transport=transport, fetch_schema_from_transport=True, introspection_args=INTROSPECTION) as session:
        yield session


def board_of(server: Running) -> str:
    """Return a dashboard of the demo."""
    return str(server.data(BOARD, server.token)["project"]["dashboards"]["nodes"][0]["id"])


def test_it_asks_as_whoever_the_token_is_of(session: SyncClientSession) -> None:
    assert session.execute(GraphQLRequest(WHO)) == {"viewer": {"user": {"login": "admin"}}}


def test_the_schema_that_it_loads_has_all_that_the_repository_says(session: SyncClientSession) -> None:
    loaded = session.client.schema
    assert isinstance(loaded, GraphQLSchema)
    written = build_schema((ROOT / "schema.graphql").read_text(encoding="utf-8"))
    assert find_breaking_changes(written, loaded) == []


def test_it_sends_nothing_that_does_not_fit_the_schema(session: SyncClientSession) -> None:
    with pytest.raises(GraphQLError, match="Cannot query field 'password' on type 'User'"):
        session.execute(GraphQLRequest("{ viewer { user { password } } }"))


def test_a_fault_is_in_the_payload_and_a_refusal_is_raised(session: SyncClientSession, server: Running) -> None:
    board = board_of(server)
    late = session.execute(GraphQLRequest(RENAME, variable_values={"id": board, "name": "Late", "version": 999}))
    assert late == {
        "updateDashboard": {
            "dashboard": None,
            "errors": [
                {
                    "__typename": "VersionConflict",
                    "code": "CONFLICT",
                    "field": ["input", "expectedVersion"],
                    "message": late["updateDashboard"]["errors"][0]["message"],
                    "current": {"id": board},
                }
            ],
        }
    }
    with pytest.raises(TransportQueryError) as refused:
        session.execute(GraphQLRequest('{ project(key: "DEMO") { notebooks(first: 101) { nodes { id } } } }'))
    assert refused.value.errors is not None
    assert [error["extensions"]["code"] for error in refused.value.errors] == ["BAD_USER_INPUT"]


def test_it_sends_a_notebook_as_a_file(session: SyncClientSession, tmp_path: Path) -> None:
    file = tmp_path / "notebook.ipynb"
    file.write_text(json.dumps(make.notebook(make.markdown("# Saved"))), encoding="utf-8")
    saved = session.execute(GraphQLRequest(SAVE, variable_values={"file": FileVar(str(file))}), upload_files=True)
    assert saved == {"saveNotebook": {"notebook": {"name": "By gql"}, "errors": []}}


async def test_it_follows_a_dashboard_and_changes_it_on_one_socket(server: Running) -> None:
    board = board_of(server)
    async with socket(server) as session:
        events = session.subscribe(GraphQLRequest(FOLLOW, variable_values={"id": board}))
        first = asyncio.ensure_future(anext(events))
        faults: list[object] = []
        for attempt in range(100):  # the protocol does not tell when a subscription has begun: change until an event is there
            renamed = await session.execute(GraphQLRequest(RENAME, variable_values={"id": board, "name": f"By gql {attempt}"}))
            faults += renamed["updateDashboard"]["errors"]
            if (await asyncio.wait([first], timeout=0.2))[0]:
                break
        assert faults == []
        assert (await first)["dashboardChanged"]["name"].startswith("By gql ")
        await events.aclose()


async def test_a_subscription_to_what_cannot_be_seen_is_raised(server: Running) -> None:
    async with socket(server) as session:
        with pytest.raises(TransportQueryError) as refused:
            await anext(session.subscribe(GraphQLRequest(FOLLOW, variable_values={"id": "d"})))
    assert refused.value.errors is not None
    assert [error["extensions"]["code"] for error in refused.value.errors] == ["NOT_FOUND"]
