"""The fast executor is graphql-core's, only faster: both give the same answers, errors included, over every type of the schema."""

import asyncio
import dataclasses
import re
from collections.abc import Iterator
from enum import Enum
from typing import Any, Final

import httpx2
import orjson
import pytest
import strawberry
from graphql import (
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    get_named_type,
    is_leaf_type,
    is_required_argument,
)
from starlette.applications import Starlette
from starlette.routing import Route
from typing_extensions import override

from server.auth.authenticate import Authenticator
from server.auth.rules import Action
from server.http.documents import documents_of
from server.http.graphql import GraphQLEndpoint
from server.http.places import Places
from server.schema.extensions.fast_execution import FastExecutor
from server.schema.guarded import guarded
from server.schema.masking import Schema
from server.schema.root import make_schema
from tests.integration.queries.shop import PEOPLE, Shop

DEPTH: Final = 4
HEAVY: Final = frozenset({"body", "fragment", "byteSize", "etag", "notices", "html", "errorId"})
"""Fields that render: once is enough, and their values are attributes in both ways."""
SEEN_BY_NO_QUERY: Final = frozenset({"Mutation", "Subscription"})


def types_of(schema: GraphQLSchema) -> dict[str, GraphQLObjectType]:
    """Return the product's object types by name."""
    return {name: type_ for name, type_ in schema.type_map.items() if isinstance(type_, GraphQLObjectType) and not name.startswith("_")}


def selected(schema: GraphQLSchema, type_: Any, depth: int, seen: set[str]) -> str:  # noqa: ANN401  any composite type
    """Select all that can be selected without arguments, each field twice over, under names that differ by type."""
    match type_:
        case GraphQLInterfaceType() | GraphQLUnionType():
            inner = [
                f"... on {possible.name} {{ {selected(schema, possible, depth, seen)} }}" for possible in schema.get_possible_types(type_)
            ]
            return " ".join(["kind: __typename", *inner])
        case GraphQLObjectType():
            seen.add(type_.name)
            return " ".join(["__typename", *_fields(schema, type_, depth, seen)])
        case _:
            raise TypeError(type_)


def _fields(schema: GraphQLSchema, type_: GraphQLObjectType, depth: int, seen: set[str]) -> Iterator[str]:
    for name, field in type_.fields.items():
        if name in HEAVY or any(is_required_argument(argument) for argument in field.args.values()):
            continue
        named = get_named_type(field.type)
        alias = f"{type_.name}_{name}"
        if is_leaf_type(named):
            yield f"{alias}: {name}"
        elif depth:
            yield f"{alias}: {name} {{ {selected(schema, named, depth - 1, seen)} }}"


@dataclasses.dataclass
class Both:
    """The same server twice, stopped in time: as it runs, and without the shortcut."""

    shop: Shop
    fast: httpx2.AsyncClient
    stock: httpx2.AsyncClient

    @classmethod
    def over(cls, shop: Shop) -> "Both":
        application = shop.world.application
        stopped = application.parts.clock()
        unlimited = dict.fromkeys(
            ("max_query_tokens", "max_query_depth", "max_query_aliases", "max_query_cost", "max_operation_rows"), 10**9
        )
        settings = application.parts.settings.model_copy(update=unlimited)
        parts = dataclasses.replace(application.parts, clock=lambda: stopped, settings=settings)
        authenticator, clients = Authenticator(parts.database, parts.clock), []
        for fast in (True, False):
            schema = make_schema(fast_execution=fast)
            endpoint = GraphQLEndpoint(schema, parts, authenticator, "", Places(0), documents_of(None, 0), application.outbox)
            transport = httpx2.ASGITransport(app=Starlette(routes=[Route("/graphql", endpoint.answer, methods=["POST"])]))
            clients.append(httpx2.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000"))
        return cls(shop, *clients)

    async def ask(self, who: str | None, query: str, **variables: object) -> tuple[bytes, bytes]:
        """Return both answers as they are sent; of the errors, whose order GraphQL leaves open, those first whose place comes first."""
        headers = {"authorization": f"Bearer {self.shop.world.tokens[who]}"} if who else {}
        content = orjson.dumps({"query": query, "variables": variables})
        headers["content-type"] = "application/json"
        answers = [await client.post("/graphql", content=content, headers=headers) for client in (self.fast, self.stock)]
        return _in_order(answers[0].content), _in_order(answers[1].content)


def _in_order(content: bytes) -> bytes:
    answer = orjson.loads(content)
    if "errors" in answer:
        answer["errors"].sort(key=orjson.dumps)
    return orjson.dumps(answer)


@pytest.mark.asyncio(loop_scope="session")
@pytest.mark.parametrize("who", [*PEOPLE, "admin"])
async def test_both_ways_give_the_same_bytes_for_every_field_of_every_type(shop: Shop, who: str | None) -> None:
    both, schema = Both.over(shop), make_schema()._schema  # noqa: SLF001  graphql-core's own
    seen: set[str] = set()
    types = types_of(schema)
    project = f'{{ project(key: "SALES") {{ {selected(schema, types["Project"], DEPTH, seen)} }} }}'
    lists = " ".join(
        f"{name} {{ {selected(schema, get_named_type(types['Query'].fields[name].type), 2, seen)} }}"
        for name in ("viewer", "projects", "users", "groups", "auditEvents")
    )
    things = f"query($ids: [ID!]!) {{ nodes(ids: $ids) {{ {selected(schema, schema.type_map['Node'], 1, seen)} }} }}"
    rendering = selected(schema, types["Rendering"], 0, seen)
    cells = selected(schema, types["CellConnection"], 2, seen)
    export = f"query($id: ID!) {{ export(id: $id) {{ rendering {{ {rendering} }} cells {{ {cells} }} }} }}"
    await both.ask(who, "{ viewer { user { login } } }")  # notes when the token was used, which no later request does in stopped time
    ids = [*shop.notebooks.values(), *shop.exports.values(), *shop.insights.values(), *shop.tiles.values(), *shop.world.ids.values(), "x"]
    for query, variables in (
        (project, {}),
        (f"{{ {lists} }}", {}),
        (things, {"ids": ids[:20]}),
        (export, {"id": shop.exports["open"]}),
        ('{ __schema { types { name kind fields { name type { name kind } } } } __type(name: "Notebook") { name } }', {}),
    ):
        fast, stock = await both.ask(who, query, **variables)
        assert fast == stock
    made_by_mutations = {name for name in types if name.endswith("Payload")}
    faults = {possible.name for possible in schema.get_possible_types(schema.type_map["UserError"])}  # type: ignore[arg-type]
    assert set(types) - seen - made_by_mutations - faults - SEEN_BY_NO_QUERY <= {"Query", "Warning", "RenderNotice"}


@pytest.mark.asyncio(loop_scope="session")
async def test_both_ways_give_the_same_faults_and_warnings(shop: Shop) -> None:
    """Mutations that change nothing, in each way a mutation can be refused."""
    both = Both.over(shop)
    for who, query, variables in (
        (None, 'mutation { deleteExport(input: {exportId: "x"}) { deletedExportId errors { __typename message code field } } }', {}),
        ("coder", 'mutation { deleteExport(input: {exportId: "x"}) { deletedExportId errors { __typename message code field } } }', {}),
        ("dash_reader", "mutation($id: ID!) { deleteNotebook(input: {notebookId: $id}) { errors { message } } }", shop.notebooks["open"]),
        (
            "coder",
            "mutation($id: ID!) { deleteNotebook(input: {notebookId: $id}) { errors { code ... on NotebookInUse { insights { id } } } } }",
            shop.notebooks["open"],
        ),
        ("coder", '{ project(key: "SALES") { notebooks(first: 101) { nodes { id } } } again: project(key: "SALES") { id key } }', {}),
        ("coder", '{ project(key: "SALES") { a: name ...F @skip(if: true) b: name ...F } } fragment F on Project { c: key }', {}),
    ):
        fast, stock = await both.ask(who, query, **({"id": variables} if variables else {}))
        assert fast == stock
        assert b"INTERNAL" not in fast


@strawberry.enum(description="Colours.")
class Colour(Enum):
    RED = "r"


@strawberry.interface(description="Anything with an id.")
class Named:
    id: strawberry.ID

    @strawberry.field
    async def whole(self, info: strawberry.Info) -> "Part":
        del info
        await asyncio.sleep(0)
        return Part(size=getattr(self, "size", 0))


@strawberry.type(description="A part of a thing.")
class Part:
    size: int

    @strawberry.field
    async def later(self, info: strawberry.Info, times: int = 1, colour: Colour | None = None) -> int:
        assert info.field_name == "later"
        await asyncio.sleep(0)
        return self.size * (times if colour is None else 1000)


@strawberry.type(description="A thing with every kind of leaf.")
class Thing(Named):
    colour: Colour | None
    size: int
    secret: str | None = strawberry.field(default=None, extensions=guarded(Action.READ_NOTEBOOK_SOURCE)[1:])

    @strawberry.field(extensions=guarded(Action.READ_NOTEBOOK_SOURCE)[1:])  # type: ignore[untyped-decorator]
    async def whispered_secret(self, info: strawberry.Info) -> str | None:
        del info
        return self.secret

    @strawberry.field
    def twice(self, info: strawberry.Info) -> int:
        assert info.field_name == "twice"
        return self.size * 2

    @strawberry.field
    def part(self, info: strawberry.Info) -> Part | None:
        del info
        return None if self.size is None else Part(size=self.size)


def thing(number: int, **given: Any) -> Thing:  # noqa: ANN401  also what no type allows
    return Thing(**{"id": str(number), "colour": Colour.RED if number % 2 else None, "size": number, "secret": "s", **given})


ODD: Final = [thing(0), thing(1), None, thing(2**31), thing(2**30), thing(3, size="x"), thing(4, size=None), thing(5, id=7), object()]


@strawberry.type(description="Odd things.")
class OddQuery:
    @strawberry.field
    def things(self) -> list[Thing | None]:
        return ODD  # type: ignore[return-value]

    @strawberry.field
    def named(self) -> list[Named | None]:
        return ODD[:-1]  # type: ignore[return-value]

    @strawberry.field
    async def thing(self, at: int) -> Thing | None:
        return ODD[at]  # type: ignore[return-value]


class Nobody:
    """An operation of nobody's, begun already."""

    viewer = None


@pytest.mark.parametrize(
    "selection",
    [
        *("id colour size", "id secret", "colour", "id size __typename", "t: __typename twice a: size", "twice secret id", "id id: id"),
        *("part { size }", "id part { later }", "whole { later(times: 2) later3: later(times: 3) } id", "whole { size } part { later }"),
        *("part { later(times: $n) c: later(colour: RED) n: later(colour: null, times: $n) }", "secret whole { later } colour"),
        *("id whisperedSecret", "part { size } whisperedSecret secret"),
    ],
)
async def test_odd_values_guards_and_exceptions_are_graphql_cores(selection: str) -> None:
    """A guarded attribute looks like a plain one to Strawberry's `_is_default`: the shortcut must not skip its guard."""
    both = []
    one_by_one = " ".join(f"t{at}: thing(at: {at}) {{ {selection} }}" for at in range(len(ODD)))
    query = f"{'query($n: Int = 7) ' if '$n' in selection else ''}{{ things {{ {selection} }} {one_by_one} }}"
    for executor in (FastExecutor, None):
        result = await strawberry.Schema(OddQuery, execution_context_class=executor).execute(query, context_value=Nobody())
        both.append((result.data, sorted((str(error.path), error.message) for error in result.errors or [])))
    assert both[0] == both[1]
    assert list((both[0][0] or {"things": [{}]})["things"][0] or {}) in ([], list(dict.fromkeys(_names(selection))))
    if "secret" in selection and both[0][0]:
        assert all(entry is None or entry["secret"] is None for entry in both[0][0]["things"])
    if "whisperedSecret" in selection:
        assert {entry["whisperedSecret"] for entry in (both[0][0] or {})["things"] if entry} == {None}


def _names(selection: str) -> list[str]:
    words = re.sub(r"\{[^}]*\}", "", selection).replace(": ", ":").split()
    return [word.split(":")[0] for word in words]


async def test_objects_behind_an_interface_answer_as_graphql_core_has_them() -> None:
    both = []
    query = "{ named { __typename id whole { later size } ... on Thing { colour part { later(times: 4) } } } }"
    for executor in (FastExecutor, None):
        result = await strawberry.Schema(OddQuery, types=[Thing], execution_context_class=executor).execute(query, context_value=Nobody())
        both.append((result.data, sorted((str(error.path), error.message) for error in result.errors or [])))
    assert both[0] == both[1]
    assert both[0][0] is not None
    assert both[0][0]["named"][1] == {
        "__typename": "Thing", "id": "1", "whole": {"later": 1, "size": 1}, "colour": "RED", "part": {"later": 4},
    }  # fmt: skip
    assert both[0][0]["named"][3] is None


async def test_the_shortcut_is_taken() -> None:
    """Else the comparison above would compare graphql-core with itself."""
    done: list[object] = []

    class Watched(FastExecutor):
        @override
        def _complete(self, *given: Any) -> dict[str, Any] | None:
            completed = super()._complete(*given)
            done.append(completed)
            return completed

    await Schema(query=OddQuery, execution_context_class=Watched).execute("{ things { id twice } }", context_value=Nobody())
    assert {"id": "1", "twice": 2} in done
    assert None in done
