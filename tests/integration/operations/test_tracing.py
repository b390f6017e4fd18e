"""What a trace says, and what it never does."""

import json
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any, Final

import httpx2
import pytest
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from server.cli.serving import served
from server.domain.traces import UNTRACED
from server.render.pool import Pool, TimedOut
from server.tracing.opening import are_traces_wanted, open_traces
from server.tracing.spans import OpenTelemetryTraces
from tests.fixtures.listening import calling, hearing, listening
from tests.fixtures.world import SECRET, World, end_world, make_world, settings_for
from tests.integration.http.serving import signed_in

WHO: Final = "query ClientsName { viewer { user { login } } }"
RENDERED: Final = "query($id: ID!) { export(id: $id) { rendering { body } } }"
FOLLOW: Final = "subscription($id: ID!) { dashboardChanged(dashboardId: $id) { id } }"
LOGIN: Final = "mutation($login: String!) { createUser(input: { login: $login }) { user { id } errors { code } } }"
PARENT: Final = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


@pytest.fixture
def kept() -> InMemorySpanExporter:
    return InMemorySpanExporter()


@pytest.fixture
async def world(sqlite_url: str, tmp_path: Path, kept: InMemorySpanExporter) -> AsyncGenerator[World]:
    traces = OpenTelemetryTraces(SimpleSpanProcessor(kept), "nbinsight")
    world = await make_world(settings_for(sqlite_url, tmp_path), traces)
    yield world
    await end_world(world)


def spans(kept: InMemorySpanExporter, *, statements: bool = False) -> list[ReadableSpan]:
    """Return what was traced since the last look, without statements unless they are asked for."""
    found = list(kept.get_finished_spans())
    kept.clear()
    return [span for span in found if statements or "db.system.name" not in (span.attributes or {})]


def said(span: ReadableSpan) -> tuple[str, str, dict[str, Any]]:
    return span.name, span.status.status_code.name, dict(span.attributes or {})


def operation(kind: str, name: str, outcome: str, code: str | None = None, status: str = "UNSET") -> tuple[str, str, dict[str, Any]]:
    told = {"graphql.operation.type": kind, "nbinsight.operation": name, "nbinsight.outcome": outcome}
    return f"{kind} {name}", status, told | ({} if code is None else {"nbinsight.code": code})


def render(work: str, outcome: str, status: str = "UNSET") -> tuple[str, str, dict[str, Any]]:
    return f"render {work}", status, {"nbinsight.render.work": work, "nbinsight.outcome": outcome, "nbinsight.render.where": "here"}


async def test_an_operation_is_called_as_metrics_call_it_with_its_outcome_and_code(world: World, kept: InMemorySpanExporter) -> None:
    await world.ok("analyst", WHO)
    await world.run("analyst", "{ nothing }")
    await world.run("analyst", "{")
    await world.run("stranger", LOGIN, login="x")
    assert [said(span) for span in spans(kept)] == [
        operation("query", "viewer", "ok"),
        operation("query", "other", "refused", "BAD_USER_INPUT"),
        operation("unknown", "other", "refused", "BAD_USER_INPUT"),
        operation("mutation", "createUser", "errors", "FORBIDDEN"),
    ]


async def test_statements_lie_in_their_operation_by_their_text_without_values(world: World, kept: InMemorySpanExporter) -> None:
    await world.ok("admin", LOGIN, login="somebody")
    found = spans(kept, statements=True)
    [root] = [span for span in found if span.name == "mutation createUser"]
    statements = [span for span in found if span is not root]
    assert {span.parent.span_id if span.parent else None for span in statements} == {root.context.span_id}
    assert {span.context.trace_id for span in found} == {root.context.trace_id}
    assert {(span.attributes or {})["db.system.name"] for span in statements} == {"sqlite"}
    [insert] = [span for span in statements if "INSERT INTO user_account" in str((span.attributes or {})["db.query.text"])]
    assert insert.name == "INSERT"
    assert set(insert.attributes or {}) == {"db.system.name", "db.operation.name", "db.query.text"}
    assert "somebody" not in str([dict(span.attributes or {}) for span in found])


async def test_statements_of_nothing_in_particular_are_not_traced(world: World, kept: InMemorySpanExporter) -> None:
    assert (await world.client.get("/readyz")).status_code == 200
    assert spans(kept, statements=True) == []


async def test_a_statement_that_fails_says_the_class_of_the_error_alone(world: World, kept: InMemorySpanExporter) -> None:
    database, traces = world.application.parts.database, world.application.parts.traces
    with traces.joined(PARENT), pytest.raises(OperationalError):
        async with database.reading() as session:
            await session.execute(text("SELECT nothing FROM nowhere"))
    [failed] = spans(kept, statements=True)
    text_of = {"db.system.name": "sqlite", "db.operation.name": "SELECT", "db.query.text": "SELECT nothing FROM nowhere"}
    assert said(failed) == ("SELECT", "ERROR", text_of | {"error.type": "OperationalError"})
    assert list(failed.events) == []
    assert failed.status.description is None


async def test_a_rendering_lies_in_the_operation_that_it_is_made_for(world: World, kept: InMemorySpanExporter) -> None:
    notebook = await world.save()
    [saved] = [span for span in spans(kept) if span.name.startswith("render")]
    assert said(saved) == render("inspect", "ok")
    ids = await world.publish(notebook)
    kept.clear()
    await world.ok("analyst", RENDERED, id=ids["export"])
    made, asked = spans(kept)
    assert [said(made), said(asked)] == [render("HTML", "ok"), operation("query", "export", "ok")]
    assert made.parent is not None
    assert made.parent.span_id == asked.context.span_id
    await world.ok("analyst", RENDERED, id=ids["export"])
    assert [span.name for span in spans(kept)] == ["query export"], "it is kept"


async def test_a_rendering_that_takes_too_long_is_a_fault_without_its_notebook(
    world: World, kept: InMemorySpanExporter, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def take_long(pool: Pool, name: str, *args: object) -> object:
        del pool, name, args
        raise TimedOut

    ids = await world.publish(await world.save())
    kept.clear()
    with monkeypatch.context() as patch:
        patch.setattr(Pool, "run", take_long)
        await world.run("analyst", RENDERED, id=ids["export"])
    made, asked = spans(kept)
    assert said(made) == render("HTML", "timeout", "ERROR")
    assert said(asked)[2]["nbinsight.code"] == "RENDER_TIMEOUT"
    assert [list(span.events) for span in (made, asked)] == [[], []]


async def test_a_fault_of_ours_is_one_without_its_message(
    world: World, kept: InMemorySpanExporter, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def break_down(pool: Pool, name: str, *args: object) -> object:
        del pool, name, args
        msg = f"about {SECRET}"
        raise ArithmeticError(msg)

    ids = await world.publish(await world.save())
    kept.clear()
    with monkeypatch.context() as patch:
        patch.setattr(Pool, "run", break_down)
        await world.run("analyst", RENDERED, id=ids["export"])
    made, asked = spans(kept)
    assert said(made) == render("HTML", "cut")
    assert said(asked) == operation("query", "export", "fault", "INTERNAL", "ERROR")
    assert [(list(span.events), span.status.description) for span in (made, asked)] == [([], None)] * 2


async def test_no_word_of_a_client_or_a_notebook_is_told(world: World, kept: InMemorySpanExporter) -> None:
    ids = await world.publish(await world.save("Hidden"), world.ids["SALES dashboard"])
    await world.ok("analyst", RENDERED, id=ids["export"])
    await world.run("analyst", "query SecretName { secretField }", secret="secretValue")
    await world.run("stranger", RENDERED, id=ids["export"])
    told = json.dumps([json.loads(span.to_json()) for span in spans(kept, statements=True)])
    assert "db.query.text" in told
    for word in (SECRET, "shown", "Hidden", "SALES", "SecretName", "secretField", "secretValue", "ClientsName", ids["export"], "analyst"):
        assert word not in told, word


async def test_operations_of_streams_and_sockets_are_spans_that_end_with_them(world: World, kept: InMemorySpanExporter) -> None:
    header, board = signed_in(world, "analyst"), world.ids["SALES dashboard"]
    async with listening(world.application.asgi) as address:
        async with hearing(address, FOLLOW, **header, id=board) as events:
            await events.begun()
            assert spans(kept) == []
        async with calling(address, authorization=header["authorization"]) as line:
            await line.init()
            await line.answer("1", WHO)
    ended = operation("subscription", "dashboardChanged", "cut"), operation("query", "viewer", "ok")
    assert sorted(map(said, spans(kept)), key=str) == sorted(ended, key=str)


async def asked_from(world: World, peer: str, headers: dict[str, str]) -> None:
    """Ask who one is from an address, as `nbinsight serve` hears it."""
    transport = httpx2.ASGITransport(app=served(world.application), client=(peer, 1))
    async with httpx2.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000") as client:
        await client.post("/graphql", json={"query": WHO}, headers=headers)


@pytest.mark.parametrize(("peer", "is_believed"), [("192.0.2.7", True), ("127.0.0.1", False), ("192.0.2.8", False)])
async def test_a_trace_is_joined_where_a_listed_proxy_says_so(
    world: World, kept: InMemorySpanExporter, monkeypatch: pytest.MonkeyPatch, peer: str, *, is_believed: bool
) -> None:
    monkeypatch.setenv("FORWARDED_ALLOW_IPS", "192.0.2.7")
    await asked_from(world, peer, {"traceparent": PARENT} | signed_in(world, "analyst"))
    [asked] = spans(kept)
    assert (asked.parent is not None) is is_believed
    assert (f"{asked.context.trace_id:032x}" == PARENT.split("-")[1]) is is_believed
    if asked.parent is not None:
        assert f"{asked.parent.span_id:016x}" == PARENT.split("-")[2]


async def test_a_proxy_that_names_a_trace_has_no_more_traced_than_others(world: World, kept: InMemorySpanExporter) -> None:
    """The sender is looked up, and a health check asks the database, in a request that is part of a trace and outside of any operation."""
    await asked_from(world, "127.0.0.1", {"traceparent": PARENT} | signed_in(world, "analyst"))
    [asked, *statements] = sorted(spans(kept, statements=True), key=lambda span: span.name != "query viewer")
    assert {span.parent.span_id for span in statements if span.parent} <= {asked.context.span_id}
    transport = httpx2.ASGITransport(app=served(world.application), client=("127.0.0.1", 1))
    async with httpx2.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000") as client:
        assert (await client.get("/readyz", headers={"traceparent": PARENT})).status_code == 200
    assert spans(kept, statements=True) == []


@pytest.mark.parametrize("said", ["", "00-0-0-01", f"{PARENT}x", "00-" + "0" * 32 + "-b7ad6b7169203331-01"])
async def test_what_is_no_traceparent_begins_a_trace_of_its_own(world: World, kept: InMemorySpanExporter, said: str) -> None:
    await asked_from(world, "127.0.0.1", {"traceparent": said} | signed_in(world, "analyst"))
    [asked] = spans(kept)
    assert asked.parent is None


async def test_what_a_caller_says_is_not_sampled_is_not_traced(world: World, kept: InMemorySpanExporter) -> None:
    await asked_from(world, "127.0.0.1", {"traceparent": f"{PARENT[:-1]}0"} | signed_in(world, "analyst"))
    assert spans(kept, statements=True) == []


def test_a_trace_is_carried_on_and_ends_with_its_block(kept: InMemorySpanExporter) -> None:
    traces = OpenTelemetryTraces(SimpleSpanProcessor(kept))
    assert traces.carried() is None
    with traces.joined(PARENT):
        assert traces.carried() == PARENT
        with traces.joined(None):
            assert traces.carried() == PARENT
    assert traces.carried() is None
    assert UNTRACED.carried() is None


ENDPOINT: Final = {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:1"}


@pytest.mark.parametrize(
    ("environment", "are_wanted"),
    [
        ({}, False),
        (ENDPOINT, True),
        ({"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://127.0.0.1:1/v1/traces"}, True),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": ""}, False),
        (ENDPOINT | {"OTEL_SDK_DISABLED": "true"}, False),
        (ENDPOINT | {"OTEL_TRACES_EXPORTER": "none"}, False),
        (ENDPOINT | {"OTEL_EXPORTER_OTLP_PROTOCOL": "http/protobuf"}, True),
    ],
)
def test_traces_are_sent_where_the_environment_says_where(environment: dict[str, str], *, are_wanted: bool) -> None:
    assert are_traces_wanted(environment) is are_wanted
    if not are_wanted:
        assert open_traces(environment, "nbinsight") is UNTRACED


def test_a_protocol_that_is_not_spoken_is_refused() -> None:
    with pytest.raises(ValueError, match="sent by http/protobuf alone: leave OTEL_EXPORTER_OTLP_PROTOCOL out"):
        are_traces_wanted(ENDPOINT | {"OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"})
