"""Limits hold beside caches of parsing and validation, in any order; what is cached is told as it is told the first time."""

from collections.abc import Callable
from dataclasses import replace
from typing import Final

import httpx2
import pytest
from starlette.applications import Starlette
from starlette.routing import Route
from strawberry.extensions import ParserCache, SchemaExtension, ValidationCache

from server.http.documents import documents_of
from server.http.graphql import GraphQLEndpoint
from server.http.places import Places
from server.http.rates import OFF, Rates
from server.http.sending import Outbox
from server.schema.extensions.limits import OperationLimits
from server.schema.extensions.operation import OperationContext
from server.schema.root import make_schema
from tests.fixtures.world import World
from tests.integration.http.serving import signed_in
from tests.integration.limits.documents import HOSTILE

ORDERS: Final[dict[str, list[Callable[[], SchemaExtension]]]] = {
    "caches before": [OperationContext, ParserCache, ValidationCache, OperationLimits],
    "caches behind": [OperationContext, OperationLimits, ParserCache, ValidationCache],
    "caches around": [OperationContext, ParserCache, OperationLimits, ValidationCache],
}
PAGED: Final = "query($n: Int) { projects(first: $n) { nodes { notebooks(first: $n) { nodes { id } } } } }"


@pytest.fixture(params=ORDERS)
def client(request: pytest.FixtureRequest, world: World) -> httpx2.AsyncClient:
    """A client of the world's parts, through a schema with caches."""
    schema = make_schema()
    schema.extensions = tuple(ORDERS[request.param])
    parts, outbox = replace(world.application.parts, rates=Rates(OFF, side_by_side=8)), Outbox(2**20, 2**20)
    endpoint = GraphQLEndpoint(schema, parts, world.application.authenticator, "", Places(1), documents_of(None, 0), outbox)
    app = Starlette(routes=[Route("/graphql", endpoint.answer, methods=["POST"])])
    headers = signed_in(world, "admin") | {"accept": "application/graphql-response+json"}
    return httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url="http://127.0.0.1:8000", headers=headers)


async def test_hostile_documents_are_refused_with_one_error_again_and_again(client: httpx2.AsyncClient) -> None:
    for name, hostile in HOSTILE.items():
        for _ in range(2):
            response = await client.post("/graphql", json={"query": hostile.query, "variables": hostile.variables})
            [error] = response.json()["errors"]
            assert hostile.says in error["message"], name
            assert error["extensions"] == {"code": hostile.code}, name
            assert response.status_code == hostile.status, name


async def test_the_cost_is_that_of_each_calls_variables(client: httpx2.AsyncClient) -> None:
    for first, refused in ((1, False), (100, True), (2, False), (100, True)):
        answer = (await client.post("/graphql", json={"query": PAGED, "variables": {"n": first}})).json()
        assert ("errors" in answer) is refused
        assert ("data" in answer) is not refused
