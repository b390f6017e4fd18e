"""Faults of ours: an id for the caller, one line in the log, nothing of what was wrong; the rest of the answer lives."""

from datetime import datetime
from typing import Any, Final, cast

import httpx2
import pytest
from sqlalchemy import QueuePool, text
from sqlalchemy.ext.asyncio import AsyncSession
from structlog.testing import capture_logs
from structlog.typing import EventDict
from typing_extensions import override

from server.db.repositories.nodes import list_by_ids
from server.stores.memory import MemoryStore
from tests.fixtures import make
from tests.fixtures.world import World
from tests.integration.http.serving import client_of, hung_up, signed_in

SECRET: Final = "SELECT password FROM /srv/nbinsight/secret-key"
SOURCE: Final = "query($id: ID!) { a: notebook(id: $id) { name source } b: notebook(id: $id) { name } viewer { user { login } } }"

SLOW: Final = "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c WHERE x < 8000000) SELECT count(*) FROM c"


class BrokenStore(MemoryStore):
    """A store that fails in a way nobody foresaw."""

    @override
    async def get(self, digest: str) -> bytes | None:
        """Fail."""
        raise RuntimeError(SECRET + digest)


def broken_clock() -> datetime:
    """Fail."""
    raise RuntimeError(SECRET)


def faults(logged: list[EventDict]) -> list[EventDict]:
    """Pick the faults from what was logged."""
    return [entry for entry in logged if entry["event"] == "fault"]


def told(response: httpx2.Response) -> list[dict[str, Any]]:
    """Return the errors of an answer that tells nothing."""
    for word in ("SELECT", "/srv", "secret-key", "RuntimeError", "Traceback", "server/"):
        assert word not in response.text
    errors: list[dict[str, Any]] = response.json()["errors"]
    return errors


async def test_an_unforeseen_fault_nulls_its_field_and_is_logged_once(world: World) -> None:
    notebook = await world.save()
    client = client_of(world, store=BrokenStore())
    with capture_logs() as logged:
        response = await client.post("/graphql", json={"query": SOURCE, "variables": {"id": notebook}}, headers=signed_in(world, "analyst"))
    assert response.status_code == 200
    assert response.json()["data"] == {
        "a": {"name": "Weekly", "source": None},
        "b": {"name": "Weekly"},
        "viewer": {"user": {"login": "analyst"}},
    }
    [error] = told(response)
    assert error["path"] == ["a", "source"]
    assert error["extensions"] == {"code": "INTERNAL", "errorId": error["extensions"]["errorId"]}
    [fault] = faults(logged)
    assert fault["error_id"] == error["extensions"]["errorId"]
    assert error["extensions"]["errorId"] in error["message"]
    assert SECRET in str(fault["exc_info"])


async def test_each_fault_has_an_id_of_its_own(world: World) -> None:
    notebook = await world.save()
    client = client_of(world, store=BrokenStore())
    query = "query($id: ID!) { a: notebook(id: $id) { source } b: notebook(id: $id) { source } }"
    with capture_logs() as logged:
        response = await client.post("/graphql", json={"query": query, "variables": {"id": notebook}}, headers=signed_in(world, "analyst"))
    ids = [error["extensions"]["errorId"] for error in told(response)]
    assert len(set(ids)) == 2
    assert sorted(ids) == sorted(fault["error_id"] for fault in faults(logged))


@pytest.mark.parametrize("path", ["/graphql", "/content/x"])
async def test_a_fault_outside_any_field_is_500_and_logged_once(world: World, path: str) -> None:
    client = client_of(world, clock=broken_clock)
    with capture_logs() as logged:
        response = await client.post(path, json={"query": "{ viewer { canWriteCode } }"}, headers=signed_in(world, "analyst"))
        if path != "/graphql":
            response = await client.get(path)
    assert response.status_code == 500
    [error] = told(response)
    assert error["extensions"]["code"] == "INTERNAL"
    [fault] = faults(logged)
    assert fault["error_id"] == error["extensions"]["errorId"]
    assert world.tokens["analyst"] not in str(logged)


async def test_a_mutation_that_fails_changes_nothing(world: World) -> None:
    notebook = await world.save()
    before = await world.state()
    new_id = world.application.parts.new_id
    made: list[str] = []

    def broken_id(kind: Any) -> str:  # noqa: ANN401  a Kind
        if made:
            raise RuntimeError(SECRET)
        made.append(new_id(kind))
        return made[-1]

    query = "mutation($id: ID!) { publishNotebook(input: {notebookId: $id}) { export { id } errors { message } } }"
    client = client_of(world, new_id=broken_id)
    with capture_logs():
        response = await client.post("/graphql", json={"query": query, "variables": {"id": notebook}}, headers=signed_in(world, "coder"))
    [error] = told(response)
    assert (error["path"], error["extensions"]["code"]) == (["publishNotebook"], "INTERNAL")
    assert response.json()["data"] == {"publishNotebook": None}
    assert len(made) == 1, "it had begun"
    assert await world.state() == before


async def test_an_operation_has_a_deadline(world: World) -> None:
    notebook = await world.save(notebook=make.notebook(make.markdown("\\begin{a}" * 60_000)))
    made = await world.publish(notebook)
    query = {"query": "query($id: ID!) { export(id: $id) { rendering { body } } }", "variables": {"id": made["export"]}}
    hasty = client_of(world, settings={"request_timeout_seconds": 1.0})
    response = await hasty.post("/graphql", json=query, headers=signed_in(world, "analyst"))
    assert response.status_code == 503
    assert response.json() == {
        "errors": [
            {
                "message": "The operation took longer than 1 s and was stopped; nothing was done: ask for less at a time.",
                "extensions": {"code": "QUERY_TOO_COMPLEX"},
            }
        ]
    }
    answer = await hasty.post("/graphql", json={"query": "{ viewer { user { login } } }"}, headers=signed_in(world, "analyst"))
    assert answer.json() == {"data": {"viewer": {"user": {"login": "analyst"}}}}


async def test_a_mutation_past_its_deadline_has_done_nothing(world: World) -> None:
    before = await world.state()
    create = {"query": 'mutation { createProject(input: {key: "NEW", name: "New"}) { project { id } errors { message } } }'}
    hasty = client_of(world, settings={"request_timeout_seconds": 0.0001})
    response = await hasty.post("/graphql", json=create, headers=signed_in(world, "admin"))
    assert response.status_code == 503
    assert await world.state() == before
    patient = await world.client.post("/graphql", json=create, headers=signed_in(world, "admin"))
    assert patient.json()["data"]["createProject"]["errors"] == []


async def test_a_mutation_that_is_stopped_while_something_is_looked_up_lets_its_connection_go(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is looked up for it is another task, which would still use the transaction when that ends."""
    asked = []

    async def slowly(session: AsyncSession, *given: Any) -> Any:  # noqa: ANN401  as it is
        asked.append(session)
        await session.execute(text(SLOW))
        return await list_by_ids(session, *given)

    notebook = await world.save()
    made, before = await world.publish(notebook), await world.state()
    monkeypatch.setattr("server.resolvers.loaders.nodes.list_by_ids", slowly)
    rename = 'mutation($id: ID!) { updateInsight(input: {insightId: $id, name: "New"}) { insight { name } errors { message } } }'
    hasty = client_of(world, settings={"request_timeout_seconds": 0.4})
    with capture_logs() as logged:
        response = await hasty.post(
            "/graphql", json={"query": rename, "variables": {"id": made["insight"]}}, headers=signed_in(world, "coder")
        )
    assert asked, "it was stopped in the middle"
    assert (response.status_code, faults(logged)) == (503, [])
    assert response.json()["errors"][0]["extensions"]["code"] == "QUERY_TOO_COMPLEX"
    assert await world.state() == before
    assert cast("QueuePool", world.application.parts.database.engine.pool).checkedout() == 0


async def test_an_operation_past_its_deadline_says_what_it_has_done(world: World) -> None:
    notebook = await world.save(notebook=make.notebook(make.markdown("\\begin{a}" * 20_000)))
    publish = {
        "query": "mutation($id: ID!) { publishNotebook(input: {notebookId: $id}) { export { rendering { body } } errors { message } } }"
    }
    hasty = client_of(world, settings={"request_timeout_seconds": 1.0})
    response = await hasty.post("/graphql", json={**publish, "variables": {"id": notebook}}, headers=signed_in(world, "coder"))
    assert response.status_code == 503
    assert "1 of its mutations had been done: look before you repeat." in response.json()["errors"][0]["message"]
    assert len(await world.rows("SELECT id FROM export")) == 1


async def test_a_client_that_goes_away_while_sending_is_no_fault(world: World) -> None:
    messages: list[dict[str, Any]] = [{"type": "http.request", "body": b'{"query": ', "more_body": True}, {"type": "http.disconnect"}]
    with capture_logs() as logged:
        assert await hung_up(world, {"content-type": "application/json"}, messages) == 400
    assert faults(logged) == []


async def test_a_fault_of_the_database_tells_no_sql(world: World) -> None:
    async with world.application.parts.database.writing() as session:
        await session.execute(text("ALTER TABLE dashboard RENAME TO elsewhere"))
    query = {"query": '{ project(key: "SALES") { name notebooks { totalCount } dashboards { nodes { name } } } }'}
    with capture_logs() as logged:
        response = await world.client.post("/graphql", json=query, headers=signed_in(world, "analyst"))
    [error] = told(response)
    assert error["extensions"]["code"] == "INTERNAL"
    assert "dashboard " not in response.text
    assert len(faults(logged)) == 1


@pytest.mark.parametrize(
    ("document", "code"),
    [
        ("{ " + "nothing " * 10_000 + "}", "QUERY_TOO_COMPLEX"),
        ("{ viewer { " + "nothing " * 1_900 + "} }", "QUERY_TOO_COMPLEX"),
        ("{ viewer { " * 9_000, "BAD_USER_INPUT"),
        ('{ project(key: "' + "k" * 90_000 + '") }', "BAD_USER_INPUT"),
    ],
    ids=["many words", "many faults", "unclosed", "a long word"],
)
async def test_a_large_document_that_is_refused_leaves_nothing_in_the_log(
    world: World, document: str, code: str, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    with capture_logs() as logged:
        answer = await world.run("analyst", document)
    assert {error["extensions"]["code"] for error in answer["errors"]} == {code}
    assert [line["event"] for line in logged] == ["request"], "all that is said is that it came"
    assert document[:40] not in repr(logged)
    assert (caplog.records, capfd.readouterr().err) == ([], "")
