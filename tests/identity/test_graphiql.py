"""Signing in in GraphiQL, in a real browser; the token stays in the page's memory."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect, sync_playwright

from tests.browser.conftest import CHROMIUM, FLAGS
from tests.fixtures.running import Running, serving
from tests.identity.conftest import issuers, trusted
from tests.identity.providers import Provider

pytestmark = pytest.mark.skipif(not Path(CHROMIUM).exists(), reason=f"there is no {CHROMIUM}; NBINSIGHT_TEST_CHROMIUM names another")

KEPT = "JSON.stringify([{...localStorage}, {...sessionStorage}, document.cookie])"


@pytest.fixture(scope="module")
def server(corp: Provider, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A server whose page signs people in as a client of the provider."""
    corp.person("greta", preferred_username="greta", name="Greta")
    asks = {"client_scope": "openid nbinsight:write", "client_parameters": {"login_hint": "greta"}}
    with serving(
        cwd=tmp_path_factory.mktemp("page"), NBINSIGHT_ISSUERS=issuers(trusted("corp", corp, client_id="page", **asks))
    ) as running:
        corp.control("page", address=running.address)
        yield running


@pytest.fixture
def page() -> Iterator[Page]:
    """A page of a browser that has never been here."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        context = browser.new_context(viewport={"width": 1440, "height": 900})
        context.set_default_timeout(20_000)
        yield context.new_page()
        browser.close()


def test_a_button_signs_in_and_the_token_is_kept_nowhere(page: Page, server: Running, corp: Provider) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(server.address)
    page.get_by_role("button", name="Sign in with corp").click()
    expect(page.get_by_text("Token of greta")).to_be_visible()
    assert page.url == server.address, "no code is left in the address"
    with page.expect_response(lambda response: response.url == server.address and "errors" not in response.text()) as answered:
        page.get_by_role("button", name="Execute query").click()
    sent = answered.value.request.headers["authorization"]
    assert re.fullmatch(r"Bearer [\w-]+\.[\w-]+\.[\w-]+", sent)
    assert server.login(sent.removeprefix("Bearer ")) == "greta"
    kept = page.evaluate(KEPT)
    assert sent.removeprefix("Bearer ") not in kept
    assert "verifier" not in kept
    origins = {re.match(r"\w+://[^/]+", url)[0] for url in asked if not url.startswith(("data:", "blob:"))}  # type: ignore[index]
    assert origins == {server.address.removesuffix("/graphql"), corp.issuer}
    page.reload()
    expect(page.get_by_role("button", name="Sign in with corp")).to_be_visible()


def test_who_comes_back_without_having_left_from_here_is_not_signed_in(page: Page, server: Running) -> None:
    page.goto(f"{server.address}?code=stolen&state=guessed")
    expect(page.get_by_role("button", name="Sign in with corp")).to_be_visible()
    expect(page.get_by_text("Token of")).to_have_count(0)


def test_a_refusal_of_the_issuer_is_told(page: Page, server: Running, corp: Provider) -> None:
    page.goto(server.address)
    begun = '{"name": "corp", "verifier": "v", "state": "s"}'
    page.evaluate("text => sessionStorage.setItem('nbi-sign-in', text)", begun)
    page.goto(f"{server.address}?error=access_denied&error_description=You+may+not&state=s&iss={corp.issuer}")
    expect(page.get_by_text("Signing in failed (You may not)")).to_be_visible()
    assert page.evaluate("sessionStorage.getItem('nbi-sign-in')") is None
    assert page.url == server.address


def test_an_answer_to_another_question_is_refused(page: Page, server: Running, corp: Provider) -> None:
    page.goto(server.address)
    page.evaluate("text => sessionStorage.setItem('nbi-sign-in', text)", '{"name": "corp", "verifier": "v", "state": "mine"}')
    page.goto(f"{server.address}?code=theirs&state=theirs&iss={corp.issuer}")
    expect(page.get_by_text(re.compile("Signing in failed .*state"))).to_be_visible()
