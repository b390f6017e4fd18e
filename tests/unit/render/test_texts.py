"""Texts of dashboards: drawn once in a child, and always answered."""

import asyncio
from collections.abc import AsyncIterator, Callable
from html import escape
from time import monotonic

import pytest

from server.render import texts, worker
from server.render.pool import RenderLimits
from server.render.texts import Texts
from tests.unit.render.fakes import limits

HANGING = "\\begin{a}" * 11_000
"""Markdown for which nbconvert's parser needs 20 s, inside one regular expression."""

Make = Callable[[RenderLimits], Texts]


@pytest.fixture
async def make_texts() -> AsyncIterator[Make]:
    """Give texts that are closed after the test."""
    made: list[Texts] = []

    def make(limits_: RenderLimits) -> Texts:
        made.append(Texts(limits_))
        return made[-1]

    yield make
    for one in made:
        await one.close()


def drawn(markdown: str) -> str:
    """Draw in this process, as a child does."""
    html = worker.text(markdown, 60)
    assert isinstance(html, str)
    return html


def as_written(markdown: str) -> str:
    return f"<pre>{escape(markdown)}</pre>"


def test_a_text_is_drawn_like_a_markdown_cell() -> None:
    html = drawn(
        "# Up\n\n[to *it*](#Up) $x$\n\n<svg><rect/></svg>\n\n<script>alert(1)</script><b onclick=x>b</b>\n\n![](http://x.org/y.png)"
    )
    mark = html.removeprefix('<h1 id="nb-')[:8]
    assert f'<a href="#nb-{mark}-Up">to <em>it</em></a>' in html
    assert '<annotation encoding="application/x-tex">x</annotation>' in html
    assert 'alt="drawing"' in html
    assert "<b>b</b>" in html
    assert not any(word in html for word in ("<script", "alert", "onclick", "x.org"))


def test_texts_that_differ_have_ids_that_differ() -> None:
    assert drawn("# Up").partition("-Up")[0] != drawn("# Up\n").partition("-Up")[0]


async def test_a_text_is_drawn_in_a_child_once(make_texts: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    made = make_texts(limits())
    answers = await asyncio.gather(*(made.html("*Words* <i>") for _ in range(20)))
    assert set(answers) == {drawn("*Words* <i>")}
    monkeypatch.setattr(made, "_draw", None)
    assert await made.html("*Words* <i>") == answers[0]


async def test_a_text_that_hangs_is_answered_as_it_was_written_and_not_tried_again(
    make_texts: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = make_texts(limits(timeout=0.5, wait=60))
    assert await made.html(HANGING) == as_written(HANGING)
    with monkeypatch.context() as patched:
        patched.setattr(made, "_draw", None)  # to draw it again would be to call nothing
        assert await made.html(HANGING) == as_written(HANGING)
    assert await made.html("Words & <more>") == drawn("Words & <more>"), "the next child draws the next text"


async def test_who_waits_long_enough_gets_the_text_as_it_was_written_and_later_its_html(make_texts: Make) -> None:
    made = make_texts(limits(wait=0.0))
    assert await made.html("a < b") == as_written("a < b")
    async with asyncio.timeout(30):
        while await made.html("a < b") != drawn("a < b"):  # noqa: ASYNC110  it tells nobody when it is done
            await asyncio.sleep(0.02)


async def test_too_many_at_once_are_answered_as_they_were_written(make_texts: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(texts, "_MOST_WAITING", 1)
    made = make_texts(limits())
    first, second = await asyncio.gather(made.html("*one*"), made.html("*two*"))
    assert (first, second) == (drawn("*one*"), as_written("*two*"))
    assert await made.html("*two*") == drawn("*two*"), "it has not failed"


async def test_html_that_is_too_long_is_not_kept(make_texts: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(texts, "_MOST_HTML", 30)
    made = make_texts(limits())
    assert await made.html("# word") == as_written("# word")
    assert await made.html("word") == drawn("word")


async def test_what_was_asked_for_longest_ago_is_let_go(make_texts: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(texts, "_KEPT_BYTES", 2 * len(drawn("one")))
    made, drawings = make_texts(limits()), list[str]()
    draw = made._draw  # noqa: SLF001  to count

    async def count(key: str, markdown: str) -> None:
        drawings.append(markdown)
        await draw(key, markdown)

    monkeypatch.setattr(made, "_draw", count)
    for markdown in ("one", "two", "one", "six", "one", "two"):
        assert await made.html(markdown) == drawn(markdown)
    assert drawings == ["one", "two", "six", "two"]


async def test_closing_ends_what_is_drawn(make_texts: Make) -> None:
    made = make_texts(limits(wait=0.0))
    assert await made.html(HANGING) == as_written(HANGING)
    began = monotonic()
    await made.close()
    assert monotonic() - began < 10
