"""A real browser, and the site it looks at: the stub, or the server that NBINSIGHT_TEST_URL names.

Against a server with the demo project: NBINSIGHT_TEST_URL=http://127.0.0.1:8000 NBINSIGHT_TEST_TOKEN=nbi_… pytest tests/browser
"""

import os
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, sync_playwright

from tests.browser.sites import Seen, Site
from tests.browser.stub import PREFIX, TOKEN, serving

CHROMIUM = os.environ.get("NBINSIGHT_TEST_CHROMIUM", "/usr/bin/chromium")
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="session")
def site() -> Iterator[Site]:
    url = os.environ.get("NBINSIGHT_TEST_URL")
    if url:
        token, login = os.environ["NBINSIGHT_TEST_TOKEN"], os.environ.get("NBINSIGHT_TEST_LOGIN", "admin")
        yield Site(url.rstrip("/"), token, login, is_stub=False)
        return
    with serving() as address:
        yield Site(address, TOKEN, "ada", is_stub=True)


@pytest.fixture(scope="session")
def stub(site: Site) -> Site:
    """The stub, where a test needs what only the stub has."""
    if not site.is_stub:
        pytest.skip("only the stub has this")
    return site


@pytest.fixture(scope="session")
def proxied(stub: Site) -> Site:
    """The stub behind the path of a reverse proxy."""
    return Site(f"{stub.url}{PREFIX}", stub.token, stub.login, is_stub=True)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page of a browser that has never been here."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    context.set_default_timeout(20_000)
    yield context.new_page()
    context.close()


@pytest.fixture
def seen(page: Page) -> Seen:
    """What the page asks for and complains about, from now on."""
    record = Seen()

    def on_request(request: Request) -> None:
        record.urls.append(request.url)

    def on_console(message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            record.complaints.append(message.text)

    page.on("request", on_request)
    page.on("websocket", lambda websocket: record.urls.append(websocket.url))
    page.on("console", on_console)
    page.on("pageerror", lambda error: record.complaints.append(str(error)))
    return record
