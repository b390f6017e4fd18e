"""Hostile notebooks in the profile STATIC do nothing: framed, by themselves, as a document without a sandbox, in the page itself."""

from collections.abc import Sequence

import pytest

from tests.attack.batches import Batch, batches
from tests.attack.browsing import FRAME, INSERT, NOTHING, PARSE, UNSAFE, Victim
from tests.attack.listening import Listening
from tests.attack.payloads import Payload
from tests.attack.scene import Scene, Shown

SCHEMES = {"http:", "https:", "mailto:"}


@pytest.fixture(scope="module")
def published(played: Scene, hostile: Sequence[Payload]) -> list[tuple[Batch, Shown]]:
    """Every payload, published and read once, by those who see code and by those who do not in turns."""
    kept = [payload for payload in hostile if payload.seed.family != "clever covering"]
    return [(batch, batch.publish(played, show_code=batch.number % 3 != 0)) for batch in batches(kept)]


def named(numbers: set[int], hostile: Sequence[Payload]) -> list[str]:
    """Return what payloads are, for a failure to tell."""
    known = {payload.number: payload for payload in hostile}
    return [f"{known[number].name}: {known[number].text[:300]}" for number in sorted(numbers)]


def expect_nothing(victim: Victim, hostile: Sequence[Payload]) -> None:
    """Compare what the browser did with nothing at all."""
    seen = victim.seen
    assert named(seen.ran | seen.read, hostile) == []
    assert (seen.asked, seen.dialogs, seen.popups, seen.left) == ([], [], [], [])
    assert victim.heard.lines == []
    assert victim.heard.connections == 0
    assert seen.counts() == NOTHING
    assert seen.misplaced == []
    assert [address for scheme, address in seen.links if scheme not in SCHEMES] == []


def test_everything_is_static(published: list[tuple[Batch, Shown]], hostile: Sequence[Payload]) -> None:
    assert {shown.profile for _, shown in published} == {"STATIC"}
    shown = sum(len(batch.everything) for batch, _ in published)
    assert shown == len(hostile) - sum(payload.seed.family == "clever covering" for payload in hostile)


@pytest.mark.timeout(200)
def test_framed_by_the_front_end_nothing_happens(
    victim: Victim, host: Listening, published: list[tuple[Batch, Shown]], hostile: Sequence[Payload]
) -> None:
    for batch, shown in published:
        victim.go(f"{host.origin}/")
        victim.show(FRAME, {"address": shown.address})
        victim.settle()
        victim.stir()
        [_, frame] = victim.page.frames
        assert frame.url == shown.address
        victim.find_misplaced(frame, f"notebook {batch.number}")
    expect_nothing(victim, hostile)


@pytest.mark.timeout(200)
def test_opened_by_itself_nothing_happens(victim: Victim, published: list[tuple[Batch, Shown]], hostile: Sequence[Payload]) -> None:
    for batch, shown in published:
        victim.go(shown.address)
        victim.stir()
        victim.settle()
        victim.find_misplaced(victim.page.main_frame, f"notebook {batch.number}")
    expect_nothing(victim, hostile)


@pytest.mark.timeout(200)
def test_as_a_document_without_any_sandbox_nothing_happens(
    victim: Victim, host: Listening, published: list[tuple[Batch, Shown]], hostile: Sequence[Payload]
) -> None:
    for batch, shown in published:
        victim.go(f"{host.origin}/")
        victim.show(FRAME, {"text": shown.body})
        victim.settle()
        victim.stir()
        [_, frame] = victim.page.frames
        victim.find_misplaced(frame, f"notebook {batch.number}")
    expect_nothing(victim, hostile)


@pytest.mark.timeout(200)
def test_inside_the_front_end_itself_nothing_happens(
    victim: Victim, host: Listening, published: list[tuple[Batch, Shown]], hostile: Sequence[Payload]
) -> None:
    victim.go(f"{host.origin}/")
    for batch, shown in published:
        for way in (INSERT, UNSAFE, PARSE):
            victim.show(way, shown.fragment)
        victim.settle(30)
        victim.stir()
        assert victim.page.evaluate("document.querySelector('#stage').nextElementSibling.id") == "right"
        victim.find_misplaced(victim.page.main_frame, f"notebook {batch.number}", root="#stage", ours=("top", "bottom"))
        assert victim.page.evaluate("typeof document.cookie + typeof document.body.firstChild + secret.length") == "stringobject14"
    expect_nothing(victim, hostile)
