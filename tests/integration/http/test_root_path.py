"""Behind a reverse proxy that serves nbinsight under a path: one that cuts the path off, and one that does not."""

import pytest

from tests.fixtures.listening import calling, listening
from tests.fixtures.world import World
from tests.integration.http.conftest import Start
from tests.integration.http.serving import signed_in

WHO = {"query": "{ viewer { user { login } } }"}
ROOT = "/services/nbinsight"


@pytest.fixture
async def under(start: Start) -> World:
    """A server that a proxy serves under a path."""
    return await start(root_path=ROOT)


@pytest.mark.parametrize("prefix", ["", ROOT])
async def test_everything_is_found_with_the_path_and_without_it(under: World, prefix: str) -> None:
    made = await under.publish(await under.save(), under.ids["SALES dashboard"])
    query = "query($id: ID!) { export(id: $id) { rendering { url } } }"
    url: str = (await under.ok("analyst", query, id=made["export"]))["export"]["rendering"]["url"]
    assert url.startswith(f"{ROOT}/content/")
    assert (await under.client.get(prefix + url.removeprefix(ROOT))).status_code == 200
    answer = await under.client.post(f"{prefix}/graphql", json=WHO, headers=signed_in(under, "analyst"))
    assert answer.json() == {"data": {"viewer": {"user": {"login": "analyst"}}}}
    assert (await under.client.get(f"{prefix}/healthz")).json() == {"status": "ok"}
    for start_page in (f"{prefix}/", prefix):
        assert (await under.client.get(start_page)).headers["location"] == f"{ROOT}/graphql"


async def test_a_socket_is_opened_with_the_path(under: World) -> None:
    async with listening(under.application.asgi) as address, calling(f"{address}{ROOT}") as line:
        await line.init()
        assert await line.answer("1", WHO["query"]) == {"data": {"viewer": None}}


@pytest.mark.parametrize(
    "path", [f"{ROOT}x/graphql", f"{ROOT}{ROOT}/graphql", "/services/graphql", f"{ROOT.upper()}/graphql", f"/x{ROOT}/graphql"]
)
async def test_another_path_is_not_cut_off(under: World, path: str) -> None:
    assert (await under.client.post(path, json=WHO)).status_code == 404


async def test_without_the_setting_no_path_is(start: Start) -> None:
    assert (await (await start()).client.post(f"{ROOT}/graphql", json=WHO)).status_code == 404
