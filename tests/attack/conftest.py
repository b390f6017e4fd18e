"""The scene, the front end, the beacon and the browser, once for all attacks."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.attack.browsing import Victim, cookies
from tests.attack.listening import SECRET, Listening, front_end, listening_beacon
from tests.attack.payloads import Payload, payloads
from tests.attack.scene import Scene, scene
from tests.browser.conftest import CHROMIUM, FLAGS


@pytest.fixture(scope="session")
def beacon() -> Iterator[Listening]:
    """What payloads try to reach; `*.example` leads there as well."""
    with listening_beacon() as listening:
        yield listening


@pytest.fixture(scope="session")
def host() -> Iterator[Listening]:
    """The victim's front end."""
    with front_end() as listening:
        yield listening


@pytest.fixture(scope="session")
def played(host: Listening, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    """The server, framed by the front end."""
    with scene(tmp_path_factory.mktemp("attack"), framed_by=host.origin) as ready:
        yield ready


@pytest.fixture(scope="session")
def hostile(beacon: Listening) -> tuple[Payload, ...]:
    """All payloads."""
    return payloads(beacon.origin)


@pytest.fixture(scope="session")
def browser(beacon: Listening) -> Iterator[Browser]:
    """A browser for which the hosts of payloads are the beacon, and no other host exists, as it asks for updates by itself."""
    place = beacon.origin.removeprefix("http://")
    flags = [*FLAGS, f"--host-resolver-rules=MAP *.example {place}, MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=flags)
        yield browser
        browser.close()


@pytest.fixture
def victim(browser: Browser, played: Scene, host: Listening, beacon: Listening) -> Iterator[Victim]:
    """Somebody signed in at the front end and at the server itself."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    context.add_cookies(cookies(host.origin, played.origin))
    beacon.heard.clear()

    def allowed(address: str) -> bool:
        ours = (f"{played.origin}/content/", f"{played.origin}/static/", f"{played.origin}/graphql", f"{host.origin}/")
        return address.startswith((*ours, "data:", "blob:", "about:"))

    victim = Victim(context, allowed=allowed, heard=beacon.heard)
    victim.go(f"{played.origin}/healthz")
    victim.page.evaluate(f"localStorage.setItem('token', {SECRET!r})")
    victim.seen.asked.clear()
    yield victim
    victim.close()
