"""Slides run one script of ours in the profile STATIC: nothing of a notebook reaches it, or anything else that acts."""

from collections.abc import Sequence

import pytest

from tests.attack.batches import Batch, batches
from tests.attack.browsing import FRAME, NOTHING, Victim
from tests.attack.listening import Listening
from tests.attack.payloads import Payload
from tests.attack.scene import Scene, Shown
from tests.fixtures import make

GADGETS = {
    "frame behind a slide": '<section data-background-iframe="%URL%" data-background-interactive>x</section>',
    "picture behind a slide": '<section data-background-image="%URL%" data-background="%URL%" data-background-video="%URL%">x</section>',
    "style behind a slide": '<section data-background-color="red;background:url(%URL%)" data-background-gradient="url(%URL%)">x</section>',
    "lazy frame": '<iframe data-src="%URL%"></iframe><img data-src="%URL%"><video data-src="%URL%" data-autoplay></video>',
    "preloaded frame": '<section><iframe data-preload data-src="javascript:%JS%"></iframe></section>',
    "link into a slide": '<a href="%URL%" data-preview-link>x</a><a href="#/1">y</a><a href="#/javascript:%JS%">z</a>',
    "notes": '<aside class="notes"><img src=x onerror=%JS%></aside><section data-notes="<img src=x onerror=%JS%>">x</section>',
    "markdown of the library": (
        '<section data-markdown="%URL%"></section><section data-markdown><script type="text/template"><img src=x onerror=%JS%></script>'
    ),
    "fragments": '<p class="fragment" data-fragment-index="0" onclick=%JS%>x</p><div class="r-stack r-fit-text stretch">y</div>',
    "sections that close": "</section></section></div></div><section><section><img src=x onerror=%JS%>COVER",
    "state": '<section data-state="x onload" data-autoslide="1" data-transition="<img src=x onerror=%JS%>">x</section>',
    "auto animation": (
        '<section data-auto-animate><p data-id="<img src=x onerror=%JS%>" data-auto-animate-target=x style="color:red">x</p></section>'
    ),
    "ids of the library": '<div class="reveal"><div class="slides"><section id="/1"><p id="reveal">x</p></section></div></div>',
    "code": '<pre><code data-trim data-noescape data-line-numbers="1|<img src=x onerror=%JS%>"><img src=x onerror=%JS%></code></pre>',
}
"""What reveal.js acts on by itself, where a page lets it."""
PLACED = ("slide", "subslide", "fragment", "notes", "skip", "-", '"><img src=x onerror=console.log(1)>')


@pytest.fixture(scope="module")
def decks(played: Scene, hostile: Sequence[Payload]) -> list[tuple[Batch, Shown]]:
    """A fifth of all payloads as slides, of each family some."""
    kept = [payload for payload in hostile if payload.cell and payload.number % 5 == 0]
    return [(batch, batch.publish(played, kind="SLIDES")) for batch in batches(kept, 40)]


def expect_nothing(victim: Victim, hostile: Sequence[Payload]) -> None:
    seen = victim.seen
    assert [payload.name for payload in hostile if payload.number in seen.ran | seen.read] == []
    assert (seen.asked, seen.dialogs, seen.popups, seen.left) == ([], [], [], [])
    assert (victim.heard.lines, victim.heard.connections) == ([], 0)
    assert seen.counts() == NOTHING


def turn(victim: Victim) -> None:
    """Touch all of it, and turn to the next slide and to the overview."""
    victim.stir()
    victim.page.mouse.click(300, 300)
    for key in ("ArrowRight", "ArrowDown", "Escape", "Escape", "s", "End"):
        victim.page.keyboard.press(key)
    victim.settle(80)


def test_framed_slides_do_nothing(victim: Victim, host: Listening, decks: list[tuple[Batch, Shown]], hostile: Sequence[Payload]) -> None:
    for _, shown in decks:
        assert shown.profile == "STATIC"
        victim.go(f"{host.origin}/")
        victim.show(FRAME, {"address": shown.address})
        turn(victim)
    expect_nothing(victim, hostile)


def test_slides_as_a_document_without_any_sandbox_do_nothing(
    victim: Victim, host: Listening, decks: list[tuple[Batch, Shown]], hostile: Sequence[Payload]
) -> None:
    for _, shown in decks:
        victim.go(f"{host.origin}/")
        victim.show(FRAME, {"text": shown.body})
        turn(victim)
    expect_nothing(victim, hostile)


@pytest.mark.parametrize("sandboxed", [True, False])
def test_what_the_library_acts_on_is_not_there(
    victim: Victim, host: Listening, played: Scene, beacon: Listening, *, sandboxed: bool
) -> None:
    texts = [text.replace("%URL%", f"{beacon.origin}/p1x").replace("%JS%", "console.log(730128471,1)") for text in GADGETS.values()]
    cells = [
        cell(text) | {"metadata": {"slideshow": {"slide_type": place}}}
        for place in PLACED
        for text in texts
        for cell in (make.markdown, lambda text: make.code("1", make.html_output(text)))
    ]
    shown = played.look(played.publish(make.notebook(*cells), name="gadgets"), kind="SLIDES")
    victim.go(f"{host.origin}/")
    victim.show(FRAME, {"address": shown.address} if sandboxed else {"text": shown.body})
    turn(victim)
    [_, frame] = victim.page.frames
    assert frame.evaluate("document.querySelector('.reveal').classList.contains('ready')")
    victim.settle(300)
    expect_nothing(victim, ())
