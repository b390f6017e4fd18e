"""What a notebook shows stays in its place: styles that are allowed one by one cannot be put together to cover what is beside it."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest
from playwright.sync_api import Browser

from tests.attack.browsing import INSERT, NOTHING, Victim
from tests.attack.carriers import CARRIERS
from tests.attack.families.places import FAMILIES
from tests.attack.listening import Listening
from tests.attack.scene import Scene, Shown
from tests.fixtures import make

CLEVER = FAMILIES["clever covering"]
OURS = ("top", "left", "right", "bottom")


@pytest.fixture(scope="module")
def covers(played: Scene) -> Sequence[tuple[str, Shown]]:
    """Each cover in a notebook of its own, between two harmless cells."""
    made = []
    for name, text in CLEVER.items():
        for carrier in ("html", "markdown"):
            cells = make.markdown("sentinel 1", id="s-1"), CARRIERS[carrier](text).node, make.markdown("sentinel 2", id="s-2")
            made.append((f"{name} ({carrier})", played.look(played.publish(make.notebook(*cells), name=f"cover {name} {carrier}"))))
    return made


@dataclass(slots=True)
class Inserted:
    """What was seen of fragments inside the front end."""

    covered: list[str] = field(default_factory=list)
    moved: list[str] = field(default_factory=list)
    names: list[str] = field(default_factory=list)


LOOK = """() => {
    const inside = [...document.querySelectorAll('#stage *')];
    return [
        inside.filter(element => getComputedStyle(element).position !== 'static').map(element => element.className),
        inside.flatMap(element => ['id', 'name'].filter(name => element.hasAttribute(name)).map(name => element.getAttribute(name))),
    ];
}"""


@pytest.fixture(scope="module")
def inserted(browser: Browser, host: Listening, covers: Sequence[tuple[str, Shown]]) -> Inserted:
    """Put each fragment into the front end, once for all tests."""
    with browser.new_context(viewport={"width": 1280, "height": 900}) as context:
        victim, seen = Victim(context, allowed=lambda address: address.startswith(host.origin), heard=host.heard), Inserted()
        victim.go(f"{host.origin}/")
        for name, shown in covers:
            victim.show(INSERT, shown.fragment)
            moved, names = victim.page.evaluate(LOOK)
            seen.moved += [f"{name}: {classes}" for classes in moved]
            seen.names += names
            victim.find_misplaced(victim.page.main_frame, name, root="#stage", ours=OURS)
        assert victim.seen.counts() == NOTHING
        seen.covered = sorted({line.partition(" cannot be seen")[0] for line in victim.seen.misplaced if "front end" in line})
        return seen


def test_a_fragment_covers_nothing_of_the_page_around_it(inserted: Inserted) -> None:
    assert inserted.covered == []


def test_no_class_of_a_notebook_is_one_of_the_page_around_it(inserted: Inserted) -> None:
    """The front end's own style sheet does nothing to a fragment."""
    assert inserted.moved == []


def test_no_id_of_a_fragment_is_one_of_the_page_around_it(inserted: Inserted) -> None:
    assert len(inserted.names) > 2 * len(CLEVER)
    assert [name for name in inserted.names if not name.startswith("nb-")] == []


def test_a_cell_covers_no_other(victim: Victim, covers: Sequence[tuple[str, Shown]]) -> None:
    for name, shown in covers:
        victim.go(shown.address)
        victim.find_misplaced(victim.page.main_frame, name)
    assert victim.seen.counts() == NOTHING
    assert victim.seen.misplaced == []
