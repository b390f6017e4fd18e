"""Hostile notebooks in the profile INTERACTIVE run, in a sandbox: they read nothing of the victim's and reach nobody.

Three ways out are known. A frame may send itself elsewhere, unless the page around it says by `frame-src` where it may be. Even then
Chromium connects to the place that it is about to refuse, and sends nothing there. And WebRTC, which no policy of a document reaches,
asks servers that the notebook names.
"""

from collections.abc import Iterator, Sequence

import pytest

from tests.attack.batches import Batch, batches
from tests.attack.browsing import FRAME, Victim, numbers_in
from tests.attack.listening import Listening, datagrams
from tests.attack.payloads import Payload
from tests.attack.scene import LIVE, Scene, Shown
from tests.fixtures import make

FAMILIES = ("scripts", "handlers", "svg", "math", "frames", "links", "forms", "media", "styles that load", "media types", "names")
LEAVING = ("leaving", "moves")
MANY = 1000
ACTIVE = ("reading", "sending")
AT_ONCE = 8
RAN_AT_LEAST = 120
ACTED_AT_LEAST = 60
"""Floors, without which nothing would be proved. In Chromium 156, 149 run; 66 seeds read or send."""

Published = list[tuple[Batch, Shown]]


def first_forms(hostile: Sequence[Payload], *families: str) -> list[Payload]:
    """Return each seed of some families in its first form."""
    known: dict[int, Payload] = {}
    for payload in hostile:
        if payload.seed.family in families:
            known.setdefault(id(payload.seed), payload)
    return list(known.values())


def published(played: Scene, payloads: Sequence[Payload], size: int) -> Published:
    """Publish where active content is allowed."""
    return [(batch, batch.publish(played, project=LIVE, profile="INTERACTIVE")) for batch in batches(payloads, size)]


@pytest.fixture(scope="module")
def running(played: Scene, hostile: Sequence[Payload]) -> Published:
    """Payloads of those families that run and stay where they are."""
    some = [payload for payload in first_forms(hostile, *FAMILIES) if payload.cell or payload.seed.family == "names"]
    return published(played, some, AT_ONCE * 3)


@pytest.fixture(scope="module")
def acting(played: Scene, hostile: Sequence[Payload]) -> Published:
    """Payloads that read and send by every means there is."""
    return published(played, first_forms(hostile, *ACTIVE), AT_ONCE)


@pytest.fixture(scope="module")
def leaving(played: Scene, hostile: Sequence[Payload]) -> Published:
    """Payloads that leave, one a notebook, as the first would take all others with it."""
    return published(played, first_forms(hostile, *LEAVING), 1)


def names(numbers: set[int], hostile: Sequence[Payload]) -> list[str]:
    return [payload.name for payload in hostile if payload.number in numbers]


def watch(victim: Victim, address: str, shown: Published) -> None:
    """Open the front end for each notebook and let it run."""
    for _, rendering in shown:
        assert rendering.profile == "INTERACTIVE"
        victim.go(address)
        victim.show(FRAME, {"address": rendering.address})
        victim.settle(120)


def expect_no_harm(victim: Victim, hostile: Sequence[Payload]) -> None:
    """Whatever ran has read nothing, moved nothing but its own frame, and opened nothing."""
    seen = victim.seen
    assert names(seen.read, hostile) == []
    assert (seen.left, seen.popups, seen.dialogs) == ([], [], [])
    assert victim.page.evaluate("[secret.length, document.cookie.length > 9, localStorage.length]") == [14, True, 1]


def guarded(host: Listening, played: Scene) -> str:
    """Return the front end that says which frames it holds."""
    return f"{host.origin}/guarded?frames={played.origin}"


@pytest.mark.timeout(180)
def test_what_runs_reads_nothing_and_sends_nothing(
    victim: Victim, host: Listening, played: Scene, running: Published, acting: Published, hostile: Sequence[Payload]
) -> None:
    watch(victim, guarded(host, played), running + acting)
    expect_no_harm(victim, hostile)
    assert len(victim.seen.ran) >= RAN_AT_LEAST, "else nothing is proved"
    assert victim.heard.lines == []
    print(f"{len(victim.seen.ran)} ran, {len(victim.seen.read)} read, {len(victim.heard.lines)} reached the beacon")  # noqa: T201


@pytest.mark.timeout(240)
def test_every_form_that_stays_reads_nothing_and_sends_nothing(
    victim: Victim, host: Listening, played: Scene, hostile: Sequence[Payload]
) -> None:
    """All mutations of all seeds, but for those that leave and would take their neighbours with them."""
    staying = [payload for payload in hostile if payload.cell and payload.seed.family not in LEAVING]
    assert len(staying) >= MANY
    watch(victim, guarded(host, played), published(played, staying, AT_ONCE * 5))
    expect_no_harm(victim, hostile)
    assert len(victim.seen.ran) >= RAN_AT_LEAST
    assert victim.heard.lines == []


def test_what_leaves_stays_where_the_front_end_allows_its_frames(
    victim: Victim, host: Listening, played: Scene, leaving: Published, hostile: Sequence[Payload]
) -> None:
    watch(victim, guarded(host, played), leaving)
    expect_no_harm(victim, hostile)
    assert victim.heard.lines == []


def test_without_frame_src_a_frame_sends_itself_elsewhere_and_nothing_else(
    victim: Victim, host: Listening, leaving: Published, hostile: Sequence[Payload]
) -> None:
    watch(victim, f"{host.origin}/", leaving)
    expect_no_harm(victim, hostile)
    left = names(numbers_in(victim.heard.lines), hostile)
    assert left != []
    print(left)  # noqa: T201


def test_opened_by_itself_it_reads_nothing(victim: Victim, acting: Published, hostile: Sequence[Payload]) -> None:
    for _, rendering in acting:
        victim.go(rendering.address)
        victim.settle(80)
    assert names(victim.seen.read, hostile) == []
    assert (victim.seen.left, victim.seen.popups, victim.seen.dialogs) == ([], [], [])
    assert victim.heard.lines == []
    assert len(victim.seen.ran) >= ACTED_AT_LEAST


def test_the_document_reads_nothing_where_it_is_framed_with_a_sandbox(
    victim: Victim, host: Listening, acting: Published, hostile: Sequence[Payload]
) -> None:
    """Show `body` as its documentation says: in a frame with a sandbox that allows scripts alone."""
    for _, rendering in acting:
        victim.go(f"{host.origin}/")
        victim.show(FRAME, {"text": rendering.body, "sandbox": "allow-scripts"})
        victim.settle(60)
    expect_no_harm(victim, hostile)
    assert len(victim.seen.ran) >= ACTED_AT_LEAST
    assert victim.heard.lines == []


def test_of_the_page_around_it_a_document_knows_the_origin_and_no_more(victim: Victim, host: Listening, played: Scene) -> None:
    """Browsers tell each frame in which origins it lies."""
    script = "<script>console.log('around', ...location.ancestorOrigins, document.referrer)</script>"
    shown = played.look(
        played.publish(make.notebook(make.code("1", make.html_output(script))), name="around", project=LIVE), profile="INTERACTIVE"
    )
    told: list[str] = []
    victim.page.on("console", lambda message: told.append(message.text))
    for frame in ({"address": shown.address}, {"text": shown.body, "sandbox": "allow-scripts"}):
        victim.go(f"{host.origin}/secret-path?secret=1")
        victim.show(FRAME, frame)
        victim.settle(120)
    around = [line.split()[1:] for line in told if line.startswith("around")]
    assert around == [[host.origin, f"{host.origin}/"], ["null", host.origin]]


@pytest.fixture
def stunned() -> Iterator[tuple[int, list[int]]]:
    with datagrams() as listening:
        yield listening


def test_webrtc_is_the_way_out_that_is_known(victim: Victim, host: Listening, played: Scene, stunned: tuple[int, list[int]]) -> None:
    port, sizes = stunned
    script = f"""<script>const peer = new RTCPeerConnection({{iceServers: [{{urls: 'stun:127.0.0.1:{port}'}}]}});
        peer.createDataChannel('x'); peer.createOffer().then(offer => peer.setLocalDescription(offer));</script>"""
    notebook = make.notebook(make.code("1", make.html_output(script)))
    live = played.publish(notebook, name="stun", project=LIVE)
    static = played.publish(notebook, name="stun")
    for export in (static, live):
        victim.go(f"{host.origin}/")
        shown = played.look(export, profile="INTERACTIVE")
        victim.show(FRAME, {"address": shown.address})
        victim.settle(1500)
        if shown.profile == "STATIC":
            assert sizes == []
    assert sizes != [], "a browser that closes this way deserves a line in the documentation"
    assert victim.heard.lines == []
