"""The demo: made once through the API, finished after a crash, and what each of its people sees."""

import json
import sqlite3
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from server.app import Application, close_parts, make_application
from server.auth.tokens import make_token
from server.cli.accounts import ensure_administrator
from server.cli.demonstrate import demonstrate
from server.context import Authenticate
from server.demo import seed as seeding
from server.demo.api import Api, DemoRefused
from server.demo.content import EXTRAS, PUBLICATIONS
from server.demo.notebooks import DemoNotebook, all_notebooks
from server.demo.seed import seed
from tests.fixtures.running import Running, run, serving
from tests.fixtures.world import TABLES, settings_for

DATA = "nbinsight-data"
DASHBOARDS = """{ project(key: "DEMO") { notebooks { nodes { name } } dashboards { nodes { id name listed pages { tiles {
    displayedTitle box { left top width height }
    ... on InsightTile { showCode accessState rendering { body codeIncluded } } } } } } } }"""
PUBLIC = {"Weekly sales", "Client report", "Regression in R"}


@dataclass(slots=True)
class Demo:
    """A server with the demo, and the tokens of its people."""

    server: Running
    folder: Path
    tokens: dict[str, str]
    first: Running
    counts_of_first: dict[str, int]

    def dashboards(self, who: str) -> dict[str, list[dict[str, Any]]]:
        """Return the tiles of each dashboard that somebody finds, rendered, by name."""
        found = self.server.data(DASHBOARDS, self.tokens[who])["project"]["dashboards"]["nodes"]
        return {node["name"]: node["pages"][0]["tiles"] for node in found}


def counts(folder: Path) -> dict[str, int]:
    connection = sqlite3.connect(folder / DATA / "nbinsight.db")
    try:
        return {table: connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in (*TABLES, "audit_event")}  # noqa: S608
    finally:
        connection.close()


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """Start with the demo twice: tests look at the second start, which must have changed nothing."""
    folder = tmp_path_factory.mktemp("demo")
    with serving("--demo", cwd=folder) as first:
        pass
    before = counts(folder)
    with serving("--demo", cwd=folder) as second:
        tokens = json.loads((folder / DATA / "demo-tokens").read_text(encoding="utf-8"))
        yield Demo(second, folder, tokens, first, before)


def test_a_second_start_adds_nothing_and_prints_the_same(demo: Demo) -> None:
    assert [line.replace(demo.server.address, demo.first.address) for line in demo.server.out] == demo.first.out
    assert [line for line in demo.server.err if '"event": "request"' not in line] == []
    assert counts(demo.folder) == demo.counts_of_first


def test_the_start_prints_the_address_and_tokens_that_work(demo: Demo) -> None:
    address, token_line, link, *_ = demo.server.out
    assert address.startswith("http://127.0.0.1:")
    assert token_line.startswith(f"token: {demo.tokens['admin']} ")
    assert link.endswith(f" {address}#token={demo.tokens['admin']}")
    for login, token in demo.tokens.items():
        assert demo.server.login(token) == login
        assert token in "\n".join(demo.server.out)
    assert sorted(demo.tokens) == ["admin", "ana", "dirk", "dora", "wim"]
    assert (demo.folder / DATA / "demo-tokens").stat().st_mode & 0o777 == 0o600


def test_the_first_start_makes_and_prints_one_token_of_the_administrator(demo: Demo) -> None:
    [token_line] = [line for line in [*demo.first.err, *demo.first.out] if line.startswith("token: ")]
    assert (demo.folder / DATA / "admin-token").read_text(encoding="utf-8") == f"{token_line.split()[1]}\n"
    tokens = demo.server.data("{ viewer { accessTokens { name } } }", demo.tokens["admin"])["viewer"]["accessTokens"]
    assert tokens == [{"name": "first run"}]


def test_every_tile_renders_and_only_one_shows_its_code(demo: Demo) -> None:
    boards = demo.dashboards("admin")
    assert {name: len(tiles) for name, tiles in boards.items()} == {"Dashboard": 4, "Models": 3, "Draft for clients": 1}
    tiles = [tile for tiles in boards.values() for tile in tiles]
    assert [tile["accessState"] for tile in tiles] == ["ACCESSIBLE"] * 8
    assert all(len(tile["rendering"]["body"]) > 1000 for tile in tiles)
    assert [tile["displayedTitle"] for tile in tiles if tile["rendering"]["codeIncluded"]] == ["Regression in R, with its code"]


def test_boxes_lie_where_the_demo_puts_them(demo: Demo) -> None:
    wanted = {(publication.insight, place.box) for publication in PUBLICATIONS for place in publication.places}
    wanted |= {(extra.insight, extra.place.box) for extra in EXTRAS}
    boards = demo.dashboards("admin")
    assert {(tile["displayedTitle"], tuple(tile["box"].values())) for tiles in boards.values() for tile in tiles} == wanted


def test_every_notebook_has_several_exports_and_one_insight_is_pinned(demo: Demo) -> None:
    query = """{ project(key: "DEMO") {
        notebooks { nodes { name hasUnpublishedChanges exports(first: 10) { nodes { sequence label createdBy { login } } } } }
        insights { nodes { name owner { login } selectionMode displayedExport { sequence label isLatest } } } } }"""
    project = demo.server.data(query, demo.tokens["admin"])["project"]
    exports = {node["name"]: node["exports"]["nodes"] for node in project["notebooks"]["nodes"]}
    assert {name: len(nodes) for name, nodes in exports.items()} == {
        "Weekly sales": 4,
        "Churn model": 3,
        "Client report": 3,
        "Regression in R": 3,
        "Stream statistics in Scala": 3,
        "Queue simulation in Julia": 2,
    }
    assert {node["label"] for node in exports["Weekly sales"]} == {"Week 1", "Week 2", "Week 3", "Week 4"}
    assert not any(node["hasUnpublishedChanges"] for node in project["notebooks"]["nodes"])
    pinned = {node["name"]: node["displayedExport"] for node in project["insights"]["nodes"] if node["selectionMode"] == "PINNED"}
    assert pinned == {"Sales, two weeks before": {"sequence": 2, "label": "Week 2", "isLatest": False}}


def test_dora_sees_authorized_notebooks_only_and_no_unlisted_dashboard(demo: Demo) -> None:
    found = demo.server.data(DASHBOARDS, demo.tokens["dora"])["project"]
    assert {node["name"] for node in found["notebooks"]["nodes"]} == PUBLIC
    boards = demo.dashboards("dora")
    assert set(boards) == {"Dashboard", "Models"}
    shown = {tile["displayedTitle"] for tiles in boards.values() for tile in tiles if tile["rendering"] is not None}
    assert shown == {"Sales, newest week", "Sales, two weeks before", "Client report", "Regression in R, with its code"}
    hidden = [tile for tiles in boards.values() for tile in tiles if tile["rendering"] is None]
    assert [(tile["displayedTitle"], tile["accessState"]) for tile in hidden] == [(None, "NOT_AUTHORIZED")] * 3


def test_people_may_do_what_the_demo_says_they_may(demo: Demo) -> None:
    query = '{ project(key: "DEMO") { viewerPermissions } viewer { canWriteCode } }'
    rights = {login: demo.server.data(query, token) for login, token in demo.tokens.items()}
    assert [login for login, data in rights.items() if data["viewer"]["canWriteCode"]] == ["admin", "wim"]
    held = {login: set(data["project"]["viewerPermissions"]) for login, data in rights.items()}
    assert held["ana"] == {"READ_PROJECT_CONTENT", "READ_DASHBOARDS"}
    assert held["wim"] == {"WRITE_PROJECT_CONTENT", "READ_PROJECT_CONTENT", "WRITE_DASHBOARDS", "READ_DASHBOARDS"}
    assert held["dirk"] == {"WRITE_DASHBOARDS", "READ_DASHBOARDS"}
    assert held["dora"] == {"READ_DASHBOARDS"}


def test_users_of_others_are_left_alone(tmp_path: Path) -> None:
    assert run("user", "add", "ana", cwd=tmp_path).returncode == 0
    done = run("serve", "--demo", "--port", "0", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.endswith(
        "nbinsight: There are users ana that the demo has not made: give the demo a folder of its own with --data-dir.\n"
    )
    assert counts(tmp_path)["project"] == 0


@pytest.fixture(scope="module")
def notebooks() -> list[DemoNotebook]:
    """Make them once: that is half of the time that seeding takes."""
    return all_notebooks()


@pytest.fixture
async def application(
    sqlite_url: str, tmp_path: Path, notebooks: list[DemoNotebook], monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Application]:
    """A server with its administrator, and nothing else."""
    monkeypatch.setattr(seeding, "all_notebooks", lambda: notebooks)
    made = make_application(settings_for(sqlite_url, tmp_path))
    await ensure_administrator(made.parts)
    yield made
    await close_parts(made.parts)


async def state_of(application: Application) -> dict[str, int]:
    async with application.parts.database.reading() as session:
        connection = await session.connection()
        return {
            table: (await connection.exec_driver_sql(f"SELECT count(*) FROM {table}")).scalar_one()  # noqa: S608  a constant of ours
            for table in TABLES
            if table != "access_token"
        }


@pytest.mark.parametrize("survived", [9, 21, 45])
async def test_a_demo_that_was_interrupted_is_finished_by_the_next_start(
    application: Application, monkeypatch: pytest.MonkeyPatch, survived: int
) -> None:
    change, calls = Api.change, 0

    async def cut_off(self: Api, who: Authenticate, document: str, given: dict[str, Any]) -> dict[str, Any]:
        nonlocal calls
        calls += 1
        if calls > survived:
            raise KeyboardInterrupt
        return await change(self, who, document, given)

    monkeypatch.setattr(Api, "change", cut_off)
    with pytest.raises(KeyboardInterrupt):
        await seed(application.parts, application.authenticator)
    monkeypatch.setattr(Api, "change", change)
    await seed(application.parts, application.authenticator)
    finished = await state_of(application)
    assert (finished["project"], finished["user_account"], finished["project_grant"]) == (1, 5, 4)
    assert (finished["notebook"], finished["export"], finished["authorized_object"]) == (6, 18, 3)
    assert (finished["dashboard"], finished["insight"], finished["tile"]) == (3, 8, 8)
    await seed(application.parts, application.authenticator)
    assert await state_of(application) == finished


async def test_a_project_of_that_key_that_others_made_is_left_alone(application: Application) -> None:
    api, parts = Api(application.parts, application.authenticator), application.parts
    tokens = await seed(parts, application.authenticator)
    rename = "mutation($input: UpdateProjectInput!) { payload: updateProject(input: $input) { errors { __typename message } } }"
    await api.change(api.bearer(tokens["admin"]), rename, {"projectKey": "DEMO", "name": "Mine"})
    with pytest.raises(DemoRefused, match=r"^There are a project DEMO that the demo has not made: give the demo a folder of its own"):
        await seed(parts, application.authenticator)


async def test_what_the_api_refuses_ends_the_seeding_with_its_words(application: Application) -> None:
    api = Api(application.parts, application.authenticator)
    tokens = await seed(application.parts, application.authenticator)
    with pytest.raises(DemoRefused, match=r"^The demo could not be made: Requires "):
        await api.query(api.bearer(tokens["dora"]), '{ project(key: "DEMO") { permissionGrants { granted } } }', {})
    create = "mutation($input: CreateProjectInput!) { payload: createProject(input: $input) { errors { __typename message } } }"
    with pytest.raises(DemoRefused, match=r"^The demo could not be made: A name is needed: this one is empty.$"):
        await api.change(api.bearer(tokens["admin"]), create, {"key": "X", "name": " "})


async def test_the_demo_needs_the_user_admin(sqlite_url: str, tmp_path: Path) -> None:
    application = make_application(settings_for(sqlite_url, tmp_path))
    try:
        with pytest.raises(DemoRefused, match=r"^The demo is made by the user admin, who is no ADMINISTRATOR here"):
            await seed(application.parts, application.authenticator)
    finally:
        await close_parts(application.parts)


async def test_a_token_of_the_demo_that_ended_is_replaced_and_nothing_else_is_made(application: Application, tmp_path: Path) -> None:
    parts, file = application.parts, tmp_path / "demo-tokens"
    first = await demonstrate(parts, "http://here/graphql")
    kept, made = json.loads(file.read_text(encoding="utf-8")), await state_of(application)
    assert await demonstrate(parts, "http://here/graphql") == first
    ended: list[object] = [kept | {"dora": kept["ana"]}, kept | {"wim": make_token()}, {"admin": kept["admin"]}, []]
    for broken in ended:
        file.write_text(json.dumps(broken), encoding="utf-8")
        await demonstrate(parts, "http://here/graphql")
        tokens = json.loads(file.read_text(encoding="utf-8"))
        assert set(tokens) == set(kept)
        assert not set(tokens.values()) & set(kept.values())
        assert await state_of(application) == made
