"""GraphiQL in a real browser: nothing from elsewhere, no complaint, queries that run, a token that is not kept."""

import json
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.sites import Seen, Site

EVERY_TEXT_KEPT = "JSON.stringify([Object.entries(localStorage), Object.entries(sessionStorage), document.cookie])"


def open_page(page: Page, site: Site, *, token: str | None = None) -> None:
    """Show the page and wait until it knows the schema."""
    with page.expect_response(lambda response: "IntrospectionQuery" in (response.request.post_data or "")):
        page.goto(f"{site.url}/graphql" + (f"#token={token}" if token else ""))
    expect(page.get_by_label("Operation Editor").locator(".view-line").first).to_be_visible()


def open_example(page: Page, name: str) -> None:
    page.get_by_label("Examples", exact=True).get_by_role("button", name=name).click()


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
    open_tab = page.get_by_role("tab", name="DemoProject")
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
    page.get_by_role("tab", name="DemoProject").click()
    expect(editor(page, "Headers")).to_contain_text(site.token[:20])
    page.wait_for_timeout(1000)
    assert site.token not in page.evaluate(EVERY_TEXT_KEPT)


def test_another_persons_token_takes_the_place_of_the_first_in_every_tab(page: Page, site: Site) -> None:
    """Else one tab would ask as somebody, the next as somebody else, and the page would name the wrong one."""
    open_page(page, site, token=site.token)
    expect(page.get_by_text(f"Token of {site.login}")).to_be_visible()
    page.get_by_role("tab", name="DemoProject").click()
    page.get_by_role("tab", name="WhoAmI").click()
    page.get_by_role("button", name="Headers", exact=True).click()
    write_in(page, "Headers", json.dumps({"Authorization": "Bearer nbi_of_somebody_else"}))
    expect(page.get_by_text("The server refuses this token")).to_be_visible()
    page.get_by_role("tab", name="DemoProject").click()
    expect(editor(page, "Headers")).to_contain_text("nbi_of_somebody_else")


def test_examples_are_listed_and_open_in_tabs(page: Page, site: Site) -> None:
    open_page(page, site, token=site.token)
    names = page.locator(".nbi-example-name").all_inner_texts()
    assert names == [
        "WhoAmI",
        "DemoProject",
        "Dashboard",
        "WithAndWithoutCode",
        "SaveNotebook",
        "PublishNotebook",
        "PinEarlierExport",
        "BackToLatest",
        "AuthorizeNotebook",
    ]
    assert page.get_by_role("tab").all_inner_texts() == names
    open_example(page, "SaveNotebook")
    expect(page.get_by_role("tab", name="SaveNotebook")).to_have_attribute("aria-selected", "true")


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
