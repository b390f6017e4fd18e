"""The tasks of the docs in GraphiQL, on the real server with its demo: each step as whoever the page says, as a newcomer would click."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.sites import Seen, Site
from tests.browser.test_graphiql import TASKS, editor, open_page, open_step, open_task
from tests.fixtures.demo import Demo, serving_demo

WALKED = ("publish-weekly", "arrange-a-dashboard", "let-somebody-in", "revoke-access")
"""Ids, numbers, a person who is not there at first and a token that ends; tests/integration/test_docs.py runs the same texts of all pages
without a browser."""

RENAME = """mutation($id: ID!, $name: String!) {
    updateDashboard(input: { dashboardId: $id, name: $name }) { errors { code } } }"""


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    with serving_demo(tmp_path_factory.mktemp("tasks")) as demo:
        yield demo


@pytest.fixture
def site(demo: Demo) -> Site:
    demo.begin_again()
    return Site(demo.server.address.removesuffix("/graphql"), demo.tokens["admin"], "admin", is_stub=False)


def become(page: Page, demo: Demo, login: str) -> None:
    """Let the page ask as somebody else, whose token works or did when it was used last."""
    page.evaluate("token => { location.hash = `token=${token}` }", demo.tokens[login])
    expect(page.get_by_text(f"Token of {login}")).to_be_visible()


def answer(page: Page) -> dict[str, Any]:
    """Run what is in view and return the answer, once it shows."""
    with page.expect_response(lambda response: response.request.method == "POST") as got:
        page.get_by_role("button", name="Execute query").click()
    expect(page.get_by_label("Result Window").locator(".view-lines")).not_to_be_empty()
    told: dict[str, Any] = got.value.json()
    return told


def codes(told: dict[str, Any]) -> list[str]:
    """Return the codes of all refusals and faults in an answer."""
    faults = [fault for payload in (told.get("data") or {}).values() if isinstance(payload, dict) for fault in payload.get("errors", [])]
    return [error["extensions"]["code"] for error in told.get("errors", [])] + [fault.get("code", "a fault") for fault in faults]


@pytest.mark.parametrize("task", [task for task in TASKS if task["slug"] in WALKED], ids=WALKED)
def test_the_steps_of_a_task_do_what_its_page_says(page: Page, seen: Seen, site: Site, demo: Demo, task: dict[str, Any]) -> None:
    open_page(page, site, token=site.token)
    expect(page.get_by_text("Token of admin")).to_be_visible()
    open_task(page, task["title"])
    who = "admin"
    for number, step in enumerate(task["steps"], 1):
        if step["login"] != who:
            who = step["login"]
            become(page, demo, who)
        open_step(page, number)
        expect(editor(page, "Variables")).not_to_contain_text("{{")
        assert codes(answer(page)) == ([step["refused"]] if step["refused"] else [])
        if step["refused"] == "UNAUTHENTICATED":
            expect(page.get_by_text("The server refuses this token")).to_be_visible()
    assert seen.foreign(site.url) == []


def test_a_change_by_somebody_else_is_seen_in_graphiql_while_it_follows(page: Page, seen: Seen, site: Site, demo: Demo) -> None:
    open_page(page, site, token=site.token)
    open_task(page, "Follow changes")
    board = answer(page)["data"]["project"]["dashboards"]["nodes"][0]["id"]
    open_step(page, 2)
    expect(editor(page, "Variables")).to_contain_text(board)
    page.get_by_role("button", name="Execute query").click()
    expect(page.get_by_role("button", name="Stop query")).to_be_visible()
    shown = page.get_by_label("Result Window")
    for attempt in range(50):  # the protocol does not tell when a subscription has begun: change until an event is there
        told = demo.ask("wim", RENAME, {"id": board, "name": f"Seen at once {attempt}"})
        assert told == {"data": {"updateDashboard": {"errors": []}}}
        page.wait_for_timeout(200)
        if "Seen" in shown.inner_text():
            break
    expect(shown).to_contain_text('"dashboardChanged"')
    told = demo.ask("wim", RENAME, {"id": board, "name": "By somebody else"})
    expect(shown).to_contain_text("By somebody else")
    page.get_by_role("button", name="Stop query").click()
    assert [url for url in seen.urls if url.startswith("ws")] == [f"{site.url.replace('http', 'ws', 1)}/graphql"]
    assert seen.foreign(site.url) == []
    assert seen.complaints == []
