"""What is counted and timed: exactly what happened, under names that no client chooses."""

import re
from pathlib import Path
from typing import Any, Final

import pytest
from prometheus_client import CollectorRegistry, generate_latest

from server.app import close_parts, make_application
from server.auth.tokens import make_token
from server.domain.measures import ANSWERS, MEASURES
from server.http.metrics import PREFIX
from server.render.pool import Pool
from tests.fixtures.listening import calling, hearing, listening
from tests.fixtures.world import World, settings_for
from tests.integration.http.conftest import Start
from tests.integration.http.serving import signed_in

WHO: Final = "{ viewer { user { login } } }"
FOLLOW: Final = "subscription($id: ID!) { dashboardChanged(dashboardId: $id) { id } }"
RENDERED: Final = "query($id: ID!) { export(id: $id) { rendering { body } } }"
LOGIN: Final = "mutation($login: String!) { createUser(input: { login: $login }) { user { id } errors { code } } }"


@pytest.fixture
async def world(start: Start) -> World:
    return await start(metrics_port=0)


def registry_of(world: World) -> CollectorRegistry:
    metrics = world.application.metrics
    assert metrics is not None
    return metrics.registry


def figure(world: World, name: str, **labels: str) -> float | None:
    """Return a figure, None where there is no such series."""
    return registry_of(world).get_sample_value(f"{PREFIX}_{name}", labels)


def series(world: World, name: str) -> dict[tuple[str, ...], float]:
    """Return the series of a counter, or how often each of a histogram was observed, by their labels."""
    samples = [sample for metric in registry_of(world).collect() for sample in metric.samples]
    return {tuple(sample.labels.values()): sample.value for sample in samples if sample.name == f"{PREFIX}_{name}"}


async def test_operations_are_timed_by_root_field_kind_and_outcome(world: World) -> None:
    assert series(world, "operation_seconds_count") == {}
    for _ in range(2):
        await world.ok("analyst", WHO)
    await world.ok("analyst", "query Mine { a: viewer { user { login } } b: viewer { user { login } } }")
    await world.ok("analyst", "{ viewer { user { login } } projects { totalCount } }")
    await world.ok("analyst", "query Q { ...F } fragment F on Query { viewer { user { login } } }")
    await world.run("analyst", "{ __schema { queryType { name } } }")
    await world.run("analyst", "{ nothing }")
    await world.run("analyst", "{")
    await world.run("stranger", LOGIN, login="x")
    await world.run(None, "query A { viewer { user { login } } } query B { viewer { user { login } } }")
    assert series(world, "operation_seconds_count") == {
        ("viewer", "query", "ok"): 3,
        ("several", "query", "ok"): 2,
        ("introspection", "query", "ok"): 1,
        ("other", "query", "refused"): 1,
        ("other", "unknown", "refused"): 2,
        ("createUser", "mutation", "errors"): 1,
    }


async def test_answers_are_counted_by_the_routes_that_the_reference_names(world: World) -> None:
    for path in ("/graphql", "/content/x", "/static/x", "/healthz", "/readyz", "/metrics", "/metrics/x", "/nothing", "/"):
        await world.client.get(path)
    named = dict(ANSWERS.labels)["route"]
    assert {route for route, _ in series(world, "answers_total")} == set(re.findall(r"`(\w+)`", named))


async def test_no_client_makes_series_without_end(world: World) -> None:
    for number in range(30):
        await world.run("analyst", f"query Name{number} {{ field{number} alias{number}: other{number} }}")
        await world.run("analyst", f"query Name{number} {{ field{number} }}")
        await world.run("analyst", f"query Name{number} {{ alias{number}: viewer {{ user {{ login }} }} }}")
        await world.client.post("/graphql", json={"query": WHO}, headers={"authorization": f"Bearer {number}"})
    assert set(series(world, "operation_seconds_count")) == {
        ("several", "query", "refused"),
        ("other", "query", "refused"),
        ("viewer", "query", "ok"),
    }
    assert set(series(world, "errors_total")) == {("BAD_USER_INPUT",), ("UNAUTHENTICATED",)}
    assert series(world, "sign_ins_refused_total") == {("none",): 30}


async def test_trusted_documents_give_their_names(start: Start, tmp_path: Path) -> None:
    folder = tmp_path / "documents"
    folder.mkdir()
    (folder / "who.graphql").write_text("query WhoAmI { viewer { user { login } } }", encoding="utf-8")
    world = await start(metrics_port=0, trusted_documents=folder)
    await world.ok("analyst", "query WhoAmI { viewer { user { login } } }")
    await world.client.post("/graphql", json={"query": "query Mine { viewer { user { login } } }"})
    assert series(world, "operation_seconds_count") == {("WhoAmI", "query", "ok"): 1}


async def test_errors_are_counted_by_code_wherever_they_come_from(world: World) -> None:
    await world.run("analyst", "{ nothing }")
    await world.run("stranger", LOGIN, login="x")
    await world.client.get("/graphql", params={"query": "mutation { x }"})
    await world.client.post("/graphql", json=[])
    await world.client.post("/graphql", json={"query": WHO}, headers={"authorization": f"Bearer {make_token()}"})
    await world.run("admin", LOGIN, login="analyst")
    await world.run("admin", LOGIN, login="analyst")
    assert series(world, "errors_total") == {("BAD_USER_INPUT",): 3, ("FORBIDDEN",): 1, ("UNAUTHENTICATED",): 1}
    assert series(world, "user_errors_total") == {("CONFLICT",): 2}
    assert series(world, "sign_ins_refused_total") == {("AccessTokens",): 1}


async def test_a_fault_of_ours_is_an_error_of_the_code_internal(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    async def break_down(pool: Pool, name: str, *args: object) -> object:
        del pool, name, args
        raise ArithmeticError

    ids = await world.publish(await world.save(), world.ids["SALES dashboard"])
    with monkeypatch.context() as patch:
        patch.setattr(Pool, "run", break_down)
        await world.run("analyst", RENDERED, id=ids["export"])
    assert series(world, "errors_total") == {("INTERNAL",): 1}
    assert figure(world, "operation_seconds_count", operation="export", kind="query", outcome="fault") == 1
    assert figure(world, "render_seconds_count", work="HTML", outcome="cut") == 1


async def test_renderings_are_counted_by_where_they_were_found_and_timed_where_they_were_made(world: World) -> None:
    ids = await world.publish(await world.save(), world.ids["SALES dashboard"])
    for _ in range(3):
        await world.ok("analyst", RENDERED, id=ids["export"])
    assert series(world, "renderings_found_total") == {("nowhere",): 1, ("memory",): 2}
    assert series(world, "render_seconds_count") == {("inspect", "ok"): 1, ("HTML", "ok"): 1}
    assert figure(world, "renders_waiting") == 0
    assert figure(world, "renders_running") == 0


async def test_connections_that_are_open_and_bytes_that_nobody_took_come_back_to_nothing(world: World) -> None:
    header, board = f"Bearer {world.tokens['analyst']}", world.ids["SALES dashboard"]
    async with (
        listening(world.application.asgi) as address,
        calling(address, authorization=header) as line,
        hearing(address, FOLLOW, authorization=header, id=board) as events,
    ):
        await line.init()
        await events.begun()
        assert figure(world, "live_connections") == 2
        assert await line.answer("1", WHO) == {"data": {"viewer": {"user": {"login": "analyst"}}}}
        await line.ask("2", "{ nothing }")
        assert (await line.receive())["type"] == "error"
    assert figure(world, "live_connections") == 0
    assert figure(world, "unsent_bytes") == 0
    assert series(world, "errors_total") == {("BAD_USER_INPUT",): 1}
    assert series(world, "subscriptions_total") == {("dashboardChanged", "cut"): 1}


async def test_a_store_that_fails_and_a_blob_that_is_damaged_are_counted(start: Start, tmp_path: Path) -> None:
    blobs = tmp_path / "elsewhere"
    world = await start(metrics_port=0, store_url=blobs.as_uri())
    notebook = await world.save()
    [blob] = [path for path in blobs.rglob("*") if path.is_file()]
    blob.write_bytes(b"damaged")
    source = "query($id: ID!) { notebook(id: $id) { source } }"
    for _ in range(2):
        await world.run("coder", source, id=notebook)
    assert figure(world, "store_damaged_total") == 1
    blobs.rename(tmp_path / "away")
    assert (await world.client.get("/readyz")).status_code == 503
    await world.run("coder", source, id=notebook)
    assert series(world, "store_errors_total") == {("check",): 1, ("get",): 1}


async def test_a_database_that_cannot_be_reached_is_counted(tmp_path: Path) -> None:
    away = settings_for(f"postgresql://ada@/nbinsight?host={tmp_path}", tmp_path, metrics_port=0)
    application = make_application(away)
    try:
        with pytest.raises(OSError, match="No such file"):
            await application.parts.database.check()
        assert application.metrics is not None
        value = application.metrics.registry.get_sample_value("nbinsight_database_errors_total", {"kind": "no_connection"})
        assert value == 1
    finally:
        await close_parts(application.parts)


async def test_a_statement_that_fails_is_counted_by_its_class(world: World) -> None:
    with pytest.raises(Exception, match="no such table"):
        await world.rows("SELECT 1 FROM nowhere")
    assert series(world, "database_errors_total") == {("OperationalError",): 1}


async def test_nothing_is_measured_where_nobody_asks(start: Start) -> None:
    world = await start(metrics=False)
    assert world.application.metrics is None
    await world.ok("analyst", WHO)
    assert (await world.client.get("/metrics")).status_code == 404


async def test_a_scrape_holds_neither_tokens_nor_names_nor_texts(world: World) -> None:
    notebook = await world.save(name="Hidden takeover of ACME")
    ids = await world.publish(notebook, world.ids["SALES dashboard"])
    await world.ok("analyst", RENDERED, id=ids["export"])
    await world.client.post("/graphql", json={"query": f"query {world.tokens['analyst']} {{ viewer {{ user {{ login }} }} }}"})
    await world.client.get("/graphql", params={"query": WHO}, headers=signed_in(world, "analyst"))
    text = generate_latest(registry_of(world)).decode()
    for word in ("ACME", "SALES", "analyst", notebook, ids["export"], *world.tokens.values()):
        assert word not in text
    assert 'nbinsight_build_info{python="' in text


def test_every_measure_has_a_name_that_says_what_it_is() -> None:
    names: list[Any] = [measure.name for measure in MEASURES]
    assert len(set(names)) == len(names) == 16
    for measure in MEASURES:
        assert re.fullmatch("[a-z_]+", measure.name)
        assert measure.words.endswith(".")
