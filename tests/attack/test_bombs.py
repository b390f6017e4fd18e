"""What costs much, or breaks readers, ends in time with an answer or a typed error, while the server serves others."""

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from threading import Event, Thread

import httpx2
import pytest

from tests.attack.bombs import BREAKING, GROWING
from tests.attack.scene import Person, Refused, Scene, scene
from tests.fixtures import make

RENDER_SECONDS = 2.0
ALLOWED_SECONDS = RENDER_SECONDS + 0.5
OTHERS_SECONDS = 1.0
TYPED = {"InvalidNotebook", "TooLarge", "RENDER_TIMEOUT", "RENDER_FAILED", "BAD_USER_INPUT", "QUERY_TOO_COMPLEX"}
"""The last says that `body` and `fragment` together are more than an answer may hold."""


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    """A server that gives a rendering two seconds and little memory."""
    folder = tmp_path_factory.mktemp("bombs")
    with scene(folder, NBINSIGHT_RENDER_TIMEOUT_SECONDS=str(RENDER_SECONDS), NBINSIGHT_RENDER_MEMORY_BYTES=str(2**30)) as ready:
        ready.look(ready.publish(make.notebook(make.markdown("warm")), name="warm"))
        yield ready


@dataclass(slots=True)
class Others:
    """Somebody else who reads all the while, and how long each answer took."""

    person: Person
    export: str
    seconds: list[float] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    stop: Event = field(default_factory=Event)

    def read(self) -> None:
        query = "query($id: ID!) { viewer { user { login } } export(id: $id) { rendering { body } } }"
        while not self.stop.is_set():
            begun = time.monotonic()
            try:
                answer = self.person.ask(query, id=self.export)
                if "warm" not in answer["export"]["rendering"]["body"]:
                    self.failures.append(str(answer)[:200])
            except (Refused, httpx2.HTTPError, ValueError) as error:
                self.failures.append(repr(error))
            self.seconds.append(time.monotonic() - begun)
            self.stop.wait(0.02)


@pytest.fixture
def others(house: Scene) -> Iterator[Others]:
    export = house.publish(make.notebook(make.markdown("warm")), name="warm")
    other = Others(Person(house.server.address, house.victim.token), export)
    other.person.ask("{ viewer { user { login } } }")
    thread = Thread(target=other.read, daemon=True)
    thread.start()
    yield other
    other.stop.set()
    thread.join(10)
    other.person.client.close()


def outcome(house: Scene, name: str, text: str, *, show_code: bool) -> tuple[str, float]:
    """Publish and look; return what came of it, and how long the slower of the two took beyond what is allowed."""
    begun = time.monotonic()
    try:
        export = house.publish(text, name=name)
    except Refused as refused:
        return refused.code, time.monotonic() - begun
    published = time.monotonic()
    try:
        shown = house.look(export, show_code=show_code)
    except Refused as refused:
        return refused.code, max(published - begun, time.monotonic() - published)
    assert shown.fragment.startswith("<div") or shown.fragment == ""
    return "shown", max(published - begun, time.monotonic() - published)


@pytest.mark.parametrize("name", [*GROWING, *BREAKING])
def test_it_ends_in_time_and_others_are_served(house: Scene, others: Others, name: str) -> None:
    text = {**GROWING, **BREAKING}[name]()
    came, seconds = outcome(house, name, text, show_code=True)
    assert came in TYPED | {"shown"}
    assert seconds <= ALLOWED_SECONDS + len(text) / 10_000_000, "and a second for 10 MB on their way"
    assert house.server.process.poll() is None
    assert others.failures == []
    assert max(others.seconds, default=0) <= OTHERS_SECONDS
    print(f"{name}: {came}, {seconds:.2f} s; others {max(others.seconds, default=0):.2f} s")  # noqa: T201


HIDING = (
    *("lines that hide", "quoted lines that hide", "outputs that hardly quote", "quotes in tags that never end", "calls that never end"),
    *("links that never end in a terminal", "marks without end", "ansi codes", "brackets of a lexer", "outputs"),
)


@pytest.mark.parametrize("name", HIDING)
def test_hiding_code_ends_in_time(house: Scene, others: Others, name: str) -> None:
    came, seconds = outcome(house, f"{name} hidden", GROWING[name](), show_code=False)
    assert came in TYPED | {"shown"}
    assert seconds <= ALLOWED_SECONDS
    assert others.failures == []


@pytest.mark.parametrize("kind", ["MARKDOWN", "SCRIPT", "IPYNB", "SLIDES"])
def test_other_formats_end_in_time(house: Scene, kind: str) -> None:
    for name in ("ansi codes", "deep html", "a line of 10 MB", "drawings in drawings", "images that never close"):
        export = house.publish(GROWING[name](), name=f"{name} as {kind}")
        begun = time.monotonic()
        try:
            house.look(export, kind=kind)
        except Refused as refused:
            assert refused.code in TYPED  # noqa: PT017  either is right
        assert time.monotonic() - begun <= ALLOWED_SECONDS + 1


def test_after_all_of_it_a_notebook_is_drawn(house: Scene) -> None:
    shown = house.look(house.publish(make.notebook(make.markdown("still here")), name="still here"))
    assert "still here" in shown.fragment
    assert house.server.process.poll() is None
