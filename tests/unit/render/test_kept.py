from server.domain.rendering import Rendered
from server.render.kept import KeptRenderings
from tests.unit.render.fakes import HTML, NOTEBOOK, Open, limits


def test_the_ones_asked_for_longest_ago_go_first() -> None:
    kept = KeptRenderings(25)
    for key in ("a", "b"):
        kept.keep(key, Rendered(bytes(10), ()))
    kept.find("a")
    kept.keep("c", Rendered(bytes(10), ()))
    assert [key for key in ("a", "b", "c") if kept.find(key)] == ["a", "c"]


def test_what_would_drive_out_most_others_is_not_kept() -> None:
    kept = KeptRenderings(25)
    kept.keep("a", Rendered(bytes(10), ()))
    kept.keep("big", Rendered(bytes(13), ()))
    assert kept.find("big") is None
    assert kept.find("a") is not None


def test_keeping_one_twice_counts_it_once() -> None:
    kept = KeptRenderings(25)
    for key in ("a", "a", "b"):
        kept.keep(key, Rendered(bytes(10), ()))
    assert [key for key in ("a", "b") if kept.find(key)] == ["a", "b"]


async def test_what_is_in_memory_is_not_read_from_the_store(open_house: Open) -> None:
    house = open_house(limits(kept=2**20))
    digest = await house.blobs.put(NOTEBOOK)
    first = await house.renderer.render(digest, HTML)
    house.blobs.kept.clear()
    house.records.kept.clear()
    assert await house.renderer.render(digest, HTML) is first
    assert await house.renderer.stream(digest, HTML) is first


async def test_what_was_read_from_the_store_is_in_memory_then(open_house: Open) -> None:
    made, other = open_house(limits()), open_house(limits(kept=2**20))
    digest = await made.blobs.put(NOTEBOOK)
    first = await made.renderer.render(digest, HTML)
    other.blobs.kept, other.records.kept = dict(made.blobs.kept), made.records.kept
    assert await other.renderer.render(digest, HTML) == first
    other.blobs.kept.clear()
    assert await other.renderer.render(digest, HTML) == first
