"""GraphiQL in a real browser: nothing from elsewhere, no complaint, queries that run, a token that is not kept."""

import json
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from server.http.graphiql import BUNDLE
from tests.browser.sites import Seen, Site
from tests.fixtures.running import ROOT

TASKS = json.loads((ROOT / "graphiql" / "examples" / "tasks.json").read_text(encoding="utf-8"))
TITLES = ["First steps", *(task["title"] for task in TASKS)]
EVERY_TEXT_KEPT = "JSON.stringify([Object.entries(localStorage), Object.entries(sessionStorage), document.cookie])"


def open_page(page: Page, site: Site, *, token: str | None = None) -> None:
    """Show the page and wait until it knows the schema."""
    with page.expect_response(lambda response: "IntrospectionQuery" in (response.request.post_data or "")):
        page.goto(f"{site.url}/graphql" + (f"#token={token}" if token else ""))
    expect(page.get_by_label("Operation Editor").locator(".view-line").first).to_be_visible()


def open_task(page: Page, title: str) -> None:
    """Show the tab of a task, by the list of examples."""
    page.locator(".nbi-title").filter(has=page.get_by_text(title, exact=True)).click()
    expect(page.get_by_role("tab", name=title)).to_have_attribute("aria-selected", "true")


def open_step(page: Page, number: int) -> None:
    """Put a step of the task in view into its tab."""
    page.locator(".nbi-step").nth(number - 1).click()
    expect(page.locator(".nbi-step").nth(number - 1)).to_have_attribute("aria-current", "step")


def open_example(page: Page, name: str) -> None:
    """Show one of the first steps."""
    open_task(page, "First steps")
    page.locator(".nbi-step").filter(has_text=name).click()
    expect(page.get_by_label("Operation Editor").locator(".view-lines")).to_contain_text(f": {name}")


def texts(page: Page) -> Locator:
    """The lines of the operation in view; Monaco writes spaces that do not break."""
    return page.get_by_label("Operation Editor").locator(".view-lines")


def run(page: Page) -> dict[str, object]:
    """Run what is in the editor and return what went out, once the answer shows."""
    with page.expect_response(lambda response: response.request.method == "POST") as answer:
        page.get_by_role("button", name="Execute query").click()
    sent: dict[str, object] = json.loads(answer.value.request.post_data or "{}")
    return sent


def editor(page: Page, label: str) -> Locator:
    """The lines of the editor of headers or variables that is in view."""
    return page.locator(f"section[aria-label='{label}'] .graphiql-editor:not(.hidden) .view-lines")


def write_in(page: Page, label: str, text: str) -> None:
    """Replace what an editor holds."""
    page.get_by_role("button", name=label, exact=True).click()
    editor(page, label).click()
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.press("Delete")
    page.keyboard.insert_text(text)


def test_the_page_asks_nothing_of_other_hosts_and_has_nothing_to_complain_about(page: Page, seen: Seen, site: Site) -> None:
    open_page(page, site, token=site.token)
    expect(page).to_have_title("nbinsight")
    run(page)
    expect(page.get_by_label("Result Window")).to_contain_text(site.login)
    page.get_by_role("button", name="Show GraphiQL Explorer").click()
    page.get_by_role("button", name="Show Documentation Explorer").click()
    page.get_by_role("button", name="Prettify query").click()
    page.wait_for_timeout(1000)
    origin = "{0.scheme}://{0.netloc}".format(urlsplit(site.url))
    assert seen.foreign(origin) == []
    assert seen.complaints == []
    workers = {urlsplit(url).path.rsplit("/", 1)[-1].split("-")[0] for url in seen.urls if "-worker-" in url}
    assert workers == {"editor", "graphql", "json"}


def test_a_newcomer_without_a_token_is_told_where_to_put_one(page: Page, seen: Seen, site: Site) -> None:
    open_page(page, site)
    expect(page.get_by_text("No token yet")).to_be_visible()
    expect(editor(page, "Headers")).to_contain_text("PASTE-YOUR-TOKEN-HERE")
    run(page)
    expect(page.get_by_label("Result Window")).to_contain_text('"viewer": null')
    assert seen.complaints == []


def test_the_token_in_the_address_is_used_and_taken_out_of_the_address(page: Page, site: Site) -> None:
    open_page(page, site, token=site.token)
    assert page.url == f"{site.url}/graphql"
    with page.expect_request(lambda request: "WhoAmI" in (request.post_data or "")) as request:
        run(page)
    assert request.value.headers["authorization"] == f"Bearer {site.token}"
    assert request.value.headers.get("referer", "") == ""
    expect(page.get_by_text(f"Token of {site.login}")).to_be_visible()


def test_a_token_that_comes_while_the_page_is_open_is_used(page: Page, site: Site) -> None:
    open_page(page, site)
    page.evaluate("token => { location.hash = `token=${token}` }", site.token)
    expect(page.get_by_text(f"Token of {site.login}")).to_be_visible()
    assert page.url == f"{site.url}/graphql"
    run(page)
    expect(page.get_by_label("Result Window")).to_contain_text(f'"login": "{site.login}"')


def test_the_browser_keeps_no_token(page: Page, site: Site) -> None:
    open_page(page, site, token=site.token)
    run(page)
    page.get_by_role("button", name="Show History").click()
    open_tab = page.get_by_role("tab", name="Publish weekly")
    open_tab.click()
    page.wait_for_timeout(1000)  # GraphiQL writes half a second late
    kept = page.evaluate(EVERY_TEXT_KEPT)
    assert "WhoAmI" in kept
    assert site.token not in kept
    page.reload()
    expect(page.get_by_text("No token yet")).to_be_visible()


def test_a_token_typed_in_one_tab_serves_the_others(page: Page, site: Site) -> None:
    open_page(page, site)
    write_in(page, "Headers", json.dumps({"Authorization": f"Bearer {site.token}"}))
    run(page)
    expect(page.get_by_label("Result Window")).to_contain_text(f'"login": "{site.login}"')
    page.get_by_role("tab", name="Publish weekly").click()
    expect(editor(page, "Headers")).to_contain_text(site.token[:20])
    page.wait_for_timeout(1000)
    assert site.token not in page.evaluate(EVERY_TEXT_KEPT)


def test_another_persons_token_takes_the_place_of_the_first_in_every_tab(page: Page, site: Site) -> None:
    """Else one tab would ask as somebody, the next as somebody else, and the page would name the wrong one."""
    open_page(page, site, token=site.token)
    expect(page.get_by_text(f"Token of {site.login}")).to_be_visible()
    page.get_by_role("tab", name="Publish weekly").click()
    page.get_by_role("tab", name="First steps").click()
    page.get_by_role("button", name="Headers", exact=True).click()
    write_in(page, "Headers", json.dumps({"Authorization": "Bearer nbi_of_somebody_else"}))
    expect(page.get_by_text("The server refuses this token")).to_be_visible()
    page.get_by_role("tab", name="Publish weekly").click()
    expect(editor(page, "Headers")).to_contain_text("nbi_of_somebody_else")


def test_each_task_of_the_docs_has_a_tab_that_the_list_opens(page: Page, site: Site) -> None:
    open_page(page, site, token=site.token)
    assert page.locator(".nbi-task-name").all_inner_texts() == TITLES
    assert page.get_by_role("tab").all_inner_texts() == TITLES
    for task in TASKS:
        open_task(page, task["title"])
        expect(texts(page)).to_contain_text(f"{task['title']}, step 1 of {len(task['steps'])}: {task['steps'][0]['label']}")
        assert page.locator(".nbi-step .nbi-label").all_inner_texts() == [step["label"] for step in task["steps"]]
    assert page.get_by_role("tab").all_inner_texts() == TITLES


def test_a_step_takes_the_place_of_another_but_never_of_what_the_user_wrote(page: Page, site: Site) -> None:
    open_page(page, site, token=site.token)
    open_task(page, "Publish weekly")
    open_step(page, 6)
    expect(texts(page)).to_contain_text("query Weeks($notebook: ID!)")
    page.get_by_role("tab", name="First steps").click()
    page.get_by_role("tab", name="Publish weekly").click()
    expect(texts(page)).to_contain_text("query Weeks($notebook: ID!)")
    texts(page).click()
    page.keyboard.press("ControlOrMeta+End")
    page.keyboard.insert_text("\n# mine")
    expect(texts(page)).to_contain_text("# mine")
    open_step(page, 2)
    expect(texts(page)).to_contain_text("mutation Save")
    page.get_by_role("tab", name="Publish weekly").first.click()
    expect(texts(page)).to_contain_text("# mine")
    assert page.get_by_role("tab").all_inner_texts() == [*TITLES, "Publish weekly"]


def test_tabs_keep_their_names_and_steps_over_a_reload(page: Page, site: Site) -> None:
    open_page(page, site, token=site.token)
    open_task(page, "Publish weekly")
    open_step(page, 6)
    page.wait_for_timeout(1000)  # GraphiQL writes half a second late
    page.reload()
    expect(page.get_by_role("tab", name="Publish weekly")).to_have_attribute("aria-selected", "true")
    assert page.get_by_role("tab").all_inner_texts() == TITLES
    expect(texts(page)).to_contain_text("query Weeks($notebook: ID!)")


def test_a_step_that_needs_another_says_which_and_is_not_sent(page: Page, site: Site) -> None:
    open_page(page, site, token=site.token)
    open_task(page, "Publish weekly")
    open_step(page, 6)
    expect(editor(page, "Variables")).to_contain_text("{{publish-weekly.notebook}}")
    page.get_by_role("button", name="Execute query").click()
    expect(page.get_by_label("Result Window")).to_contain_text("Not sent: run step 1 of “Publish weekly”")


def test_a_tab_that_is_clicked_while_the_editors_load_shows_its_own_text(page: Page, site: Site) -> None:
    files = json.loads((BUNDLE / "manifest.json").read_bytes())["files"]
    editors = max(files, key=lambda name: int(files[name]["identity"]))  # Monaco
    held: list[Route] = []
    page.route(f"**/{editors}", lambda route: held.append(route))  # noqa: PLW0108  Playwright cannot take a built-in
    page.goto(f"{site.url}/graphql#token={site.token}", wait_until="commit")
    page.get_by_role("tab", name="Publish weekly").click()
    for route in held:
        route.continue_()
    expect(texts(page)).to_contain_text("Publish weekly, step 1 of 8", timeout=20_000)
    assert len(held) == 1
    page.get_by_role("tab", name="First steps").click()
    expect(texts(page)).to_contain_text("query WhoAmI")


def test_ids_of_the_demo_are_put_into_an_examples_variables(page: Page, site: Site) -> None:
    open_page(page, site, token=site.token)
    open_example(page, "PublishNotebook")
    variables = editor(page, "Variables")
    expect(variables).to_contain_text('"notebookId"')
    expect(variables).not_to_contain_text("{{")
    sent = run(page)
    assert "{{" not in json.dumps(sent["variables"])
    expect(page.get_by_label("Result Window")).to_contain_text('"errors": []')
    page.wait_for_timeout(1000)
    kept = page.evaluate(EVERY_TEXT_KEPT)
    assert "{{notebookId}}" in kept, "the browser keeps the names, so that a demo made anew is found again"


def test_ids_that_cannot_be_looked_up_stay_named(page: Page, stub: Site) -> None:
    open_page(page, stub)
    open_example(page, "PublishNotebook")
    page.get_by_role("button", name="Variables", exact=True).click()
    expect(editor(page, "Variables")).to_contain_text("{{notebookId}}")
    run(page)
    expect(page.get_by_label("Result Window")).to_contain_text("No such notebook.")


def test_a_refused_token_is_said_to_be_refused(page: Page, stub: Site) -> None:
    open_page(page, stub, token="nbi_wrong")
    expect(page.get_by_text("The server refuses this token")).to_be_visible()


def test_what_is_no_token_at_all_is_sent_and_refused_like_a_wrong_one(page: Page, stub: Site) -> None:
    open_page(page, stub)
    write_in(page, "Headers", '{"Authorization": 5}')
    run(page)
    expect(page.get_by_label("Result Window")).to_contain_text("This token is not valid.")
    expect(page.get_by_text("The server refuses this token")).to_be_visible()


def test_the_page_works_under_the_path_of_a_proxy(page: Page, seen: Seen, proxied: Site) -> None:
    open_page(page, proxied, token=proxied.token)
    run(page)
    expect(page.get_by_label("Result Window")).to_contain_text(proxied.login)
    assert [url for url in seen.urls if not url.startswith((proxied.url, "data:"))] == []
    assert seen.complaints == []


def test_a_subscription_comes_over_a_socket_with_the_token(page: Page, seen: Seen, stub: Site) -> None:
    open_page(page, stub, token=stub.token)
    page.get_by_role("button", name="New tab").click()
    page.get_by_label("Operation Editor").locator(".view-lines").click()
    page.keyboard.insert_text('subscription Changes { dashboardChanged(dashboardId: "d") { name } }')
    page.wait_for_timeout(500)
    page.get_by_role("button", name="Execute query").click()
    expect(page.get_by_label("Result Window")).to_contain_text(f"changed by Bearer {stub.token}")
    assert seen.complaints == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_without_a_bundle_a_plain_page_says_so(page: Page, seen: Seen, stub: Site, scheme: str) -> None:
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    page.goto(f"{stub.url}/unbuilt/graphql")
    expect(page.get_by_text("was not built")).to_be_visible()
    expect(page.get_by_text("python hatch_build.py")).to_be_visible()
    assert seen.urls == [f"{stub.url}/unbuilt/graphql"]
    assert seen.complaints == []
