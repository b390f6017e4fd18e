"""Tiles show what exports show, to people who may see less, in either theme: no more runs, and no more code is there."""

from collections.abc import Sequence

import pytest

from tests.attack.batches import batches
from tests.attack.browsing import FRAME, NOTHING, Victim
from tests.attack.listening import Listening
from tests.attack.payloads import Payload
from tests.attack.scene import LIVE, PROJECT, Scene, Shown
from tests.attack.secretive import Secrets, code_everywhere

ACTIVE = ("scripts", "handlers", "reading", "sending")
THEMES, PROFILES = ("LIGHT", "DARK"), ("STATIC", "INTERACTIVE")
RAN_AT_LEAST = 80
"""A floor, without which nothing would be proved. In Chromium 156, 108 run."""


def tiles(played: Scene, hostile: Sequence[Payload], *, project: str, profile: str) -> list[Shown]:
    """Put payloads onto dashboards and return what the reader of dashboards is shown, dark, with the code that the tile shows."""
    seeds = {id(payload.seed): payload for payload in reversed(hostile) if payload.cell and payload.seed.family in ACTIVE}
    shown = []
    for batch in batches(reversed(seeds.values()), 16):
        tile = played.place(batch.notebook(), name=f"{project} tile {batch.number}", project=project, show_code=batch.number % 2 == 0)
        shown.append(played.look_at_tile(played.reader, tile, profile=profile))
    return shown


def expect_no_harm(victim: Victim, hostile: Sequence[Payload]) -> None:
    seen = victim.seen
    assert [payload.name for payload in hostile if payload.number in seen.read] == []
    assert (seen.left, seen.popups, seen.dialogs) == ([], [], [])
    assert victim.heard.lines == []


def test_static_tiles_do_nothing(victim: Victim, host: Listening, played: Scene, hostile: Sequence[Payload]) -> None:
    for number, shown in enumerate(tiles(played, hostile, project=PROJECT, profile="INTERACTIVE")):
        assert (shown.profile, shown.code_included) == ("STATIC", number % 2 == 0)
        assert 'data-jp-theme-light="false"' in shown.body
        for frame in ({"address": shown.address}, {"text": shown.body}):
            victim.go(f"{host.origin}/")
            victim.show(FRAME, frame)
            victim.settle()
            victim.stir()
    expect_no_harm(victim, hostile)
    assert victim.heard.connections == 0
    assert victim.seen.counts() == NOTHING


def test_what_runs_in_tiles_reads_nothing_and_sends_nothing(
    victim: Victim, host: Listening, played: Scene, hostile: Sequence[Payload]
) -> None:
    for number, shown in enumerate(tiles(played, hostile, project=LIVE, profile="INTERACTIVE")):
        assert (shown.profile, shown.code_included) == ("INTERACTIVE", number % 2 == 0)
        assert 'data-jp-theme-light="false"' in played.reader.client.get(shown.address).text
        victim.go(f"{host.origin}/guarded?frames={played.origin}")
        victim.show(FRAME, {"address": shown.address})
        victim.settle(120)
    expect_no_harm(victim, hostile)
    assert len(victim.seen.ran) >= RAN_AT_LEAST, "else nothing is proved"


@pytest.mark.parametrize("project", [PROJECT, LIVE])
@pytest.mark.parametrize(
    ("who", "show_code", "exposure", "has_code"),
    [
        ("reader", True, "NEVER", False),
        ("reader", False, "TILES", False),
        ("reader", False, "ALWAYS", False),
        ("reader", True, "TILES", True),
        ("victim", False, "ALWAYS", False),
        ("victim", True, "NEVER", True),
    ],
)
def test_a_tile_has_code_only_where_its_author_and_the_authorization_show_it(
    played: Scene, project: str, who: str, exposure: str, *, show_code: bool, has_code: bool
) -> None:
    secrets = Secrets()
    name = f"tile of {who} {show_code} {exposure}"
    tile = played.place(code_everywhere(secrets), name=name, project=project, show_code=show_code, exposure=exposure)
    person = getattr(played, who)
    for theme in THEMES:
        for profile in PROFILES:
            shown = played.look_at_tile(person, tile, theme=theme, profile=profile)
            served = person.client.get(shown.address)
            assert (shown.code_included, served.status_code) == (has_code, 200)
            assert shown.profile == (profile if project == LIVE else "STATIC")
            for text in (shown.body, shown.fragment, f"{served.headers} {served.text}"):
                assert "public-words" in text or not text
                assert bool(secrets.found_in(text)) is (has_code and text != "")
