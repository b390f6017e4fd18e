"""JupyterHub and configurable-http-proxy, as their makers ship them: whose tokens are believed, started by the Hub and beside it."""

import asyncio
import re
from typing import Any, Final
from uuid import uuid4

import httpx2
import pytest

from tests.fixtures.listening import calling, hearing
from tests.fixtures.running import free_ports, serving
from tests.hub.conftest import SCOPE, Insight
from tests.hub.running import PAGE, SECRET, Hub

WHO: Final = "{ viewer { user { login } } }"
MAKE: Final = """mutation { createProject(input: {key: "SALES", name: "Sales"}) { project { id } errors { message } } }"""
SAVE: Final = """mutation($content: String!) { saveNotebook(input: {projectKey: "SALES", name: "Weekly", content: $content})
    { notebook { id } errors { message } } }"""
EMPTY: Final = '{"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}'
PUBLISH: Final = """mutation($id: ID!) { publishNotebook(input: {notebookId: $id, targets: []})
    { export { id } errors { message } } }"""
EXPORT: Final = '{ project(key: "SALES") { notebook(name: "Weekly") { exports(first: 1) { nodes { rendering { url } } } } } }'
PROJECT: Final = '{ project(key: "SALES") { key } }'


@pytest.fixture
def sales(insight: Insight) -> Insight:
    """A project with a published notebook, whose contents hub:analysts may read; ben has come once, so that the group is there."""
    if insight.data(PROJECT, insight.admin)["project"] is None:
        insight.data(MAKE, insight.admin)
        saved = insight.data(SAVE, insight.admin, content=EMPTY)["saveNotebook"]
        insight.data(PUBLISH, insight.admin, id=saved["notebook"]["id"])
    return insight


def granted(sales: Insight, hub: Hub, name: str = "ben") -> str:
    """Return a token of an analyst, once the page's own mutation has given that group its right."""
    _, token = hub.token(name, SCOPE)
    sales.login(token)
    [grant] = re.findall(r"```\n(mutation \{.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    assert sales.data(grant, sales.admin)["setProjectPermissions"] == {"grant": {"granted": ["READ_PROJECT_CONTENT"]}, "errors": []}
    return token


def refused(insight: Insight, token: str, scheme: str = "Bearer") -> None:
    """Assert that a token is nobody's here."""
    response = insight.ask(WHO, token, scheme)
    assert (response.status_code, response.json()["errors"][0]["extensions"]) == (401, {"code": "UNAUTHENTICATED"})


def test_a_persons_token_signs_them_in(insight: Insight, hub: Hub) -> None:
    _, token = hub.token("ben", SCOPE)
    assert insight.login(token) == "ben"
    assert insight.ask(WHO, token, "token").json() == {"data": {"viewer": {"user": {"login": "ben"}}}}


def test_the_groups_of_the_hub_are_there_with_its_name(insight: Insight, hub: Hub) -> None:
    _, token = hub.token("ben", SCOPE)
    insight.login(token)
    groups = insight.data("{ groups(first: 10) { nodes { name } } }", insight.admin)["groups"]["nodes"]
    assert {"name": "hub:analysts"} in groups


@pytest.mark.parametrize("scopes", [["self"], ["read:users:name!user=ben"], ["access:servers!user=ben"]])
def test_a_persons_token_without_the_services_scope_is_nobodys(insight: Insight, hub: Hub, scopes: list[str]) -> None:
    refused(insight, hub.token("ben", *scopes)[1])


@pytest.mark.usefixtures("hub")
def test_a_services_token_is_nobodys(insight: Insight) -> None:
    refused(insight, SECRET)
    refused(insight, SECRET, "token")


def test_a_token_that_the_hub_never_made_is_nobodys(insight: Insight) -> None:
    refused(insight, uuid4().hex)


def test_tokens_of_ours_work_beside_and_are_not_sent_to_the_hub(insight: Insight, hub: Hub) -> None:
    before = hub.log.read_text("utf-8").count("GET /hub/api/user ")
    assert insight.login(insight.admin) == "admin"
    refused(insight, insight.admin[:-1] + "!")
    refused(insight, "aaaaaaaa.bbbbbbbb.cccccccc")
    assert hub.log.read_text("utf-8").count("GET /hub/api/user ") == before


def test_a_right_of_a_group_is_its_members(sales: Insight, hub: Hub) -> None:
    token = granted(sales, hub)
    assert sales.data(PROJECT, token) == {"project": {"key": "SALES"}}
    _, other = hub.token("carl", SCOPE)
    assert sales.data(PROJECT, other) == {"project": None}


def test_content_is_shown_to_somebody_of_the_hub_under_an_address_that_tells_nothing(sales: Insight, hub: Hub) -> None:
    token = granted(sales, hub)
    address: str = sales.data(EXPORT, token)["project"]["notebook"]["exports"]["nodes"][0]["rendering"]["url"]
    assert token not in address
    response = httpx2.get(str(httpx2.URL(sales.address).join(address)), timeout=60)
    assert (response.status_code, response.headers["content-type"]) == (200, "text/html; charset=utf-8")


def test_behind_the_hubs_proxy_everything_has_its_path(managed: Insight) -> None:
    base = managed.address.removesuffix("/graphql")
    assert httpx2.get(f"{base}/healthz").json() == {"status": "ok"}
    page = httpx2.get(f"{base}/graphql", headers={"accept": "text/html"})
    assert page.status_code == 200
    named = re.findall(r'(?:src|href)="([^"]+)"', page.text)
    assert named
    for name in named:
        assert name.startswith("/services/nbinsight/"), name
        assert httpx2.get(str(httpx2.URL(base).join(name))).status_code == 200
    assert httpx2.get(f"{base}/").headers["location"] == "/services/nbinsight/graphql"


async def test_a_socket_and_an_event_stream_go_through_the_hubs_proxy(managed: Insight, hub: Hub) -> None:
    _, token = hub.token("ben", SCOPE)
    base = managed.address.removeprefix("http://").removesuffix("/graphql")
    async with calling(base) as line:
        await line.init(f"Bearer {token}")
        assert await line.answer("1", WHO) == {"data": {"viewer": {"user": {"login": "ben"}}}}
    async with hearing(base, WHO, authorization=f"Bearer {token}") as events:
        await events.begun()
        assert await events.next() == ("next", {"data": {"viewer": {"user": {"login": "ben"}}}})


async def test_a_revoked_token_is_refused_and_its_socket_closed_within_a_minute(hub: Hub, managed: Insight) -> None:
    """One that waits for the minute itself: nothing but a token that was revoked there tells that the Hub is really asked again."""
    id_, token = hub.token("carl", SCOPE)
    base = managed.address.removeprefix("http://").removesuffix("/graphql")
    async with calling(base) as line:
        await line.init(f"Bearer {token}")
        assert managed.login(token) == "carl"
        hub.call("DELETE", f"users/carl/tokens/{id_}")
        async with asyncio.timeout(62):
            assert await _closed(line.socket) == 4403
    refused(managed, token)


async def _closed(socket: Any) -> int:  # noqa: ANN401  websockets'
    await socket.wait_closed()
    return int(socket.close_code)


def test_while_the_hub_is_away_nobody_is_told_that_a_token_is_wrong(tmp_path_factory: pytest.TempPathFactory) -> None:
    [port] = free_ports(1)
    with serving(cwd=tmp_path_factory.mktemp("alone"), NBINSIGHT_HUB_API_URL=f"http://127.0.0.1:{port}/hub/api") as server:
        response = server.post(WHO, uuid4().hex)
        assert (response.status_code, response.headers["retry-after"]) == (503, "5")
        assert server.login(server.token) == "admin"
