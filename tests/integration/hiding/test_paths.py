"""Whatever somebody reads, on whatever path, holds no id and no word of what is hidden from them; what they may see, they reach.

| of what must stay hidden | here |
|---|---|
| paths: dashboard → tile → insight → notebook → exports | every field of every type is read, from the root and from each visible id |
| backlinks (tiles, dashboards, pinnedBy), lists, insights of another project | the same |
| titles and targets of hidden tiles, labels, kernels, live sources, outputs, code | a word in each |
| totals | each is the number of what is listed |
| bytes | each address is fetched, its headers read as well |
| content addresses of the store, tokens | no digest of stored bytes without the code right to see them, no secret |
"""

import pytest

from tests.integration.hiding.crawl import crawl, fields_to_teach
from tests.integration.hiding.scene import PEOPLE, TYPES, WORDS, Scene

pytestmark = pytest.mark.asyncio(loop_scope="session")


def type_of(label: str, id_: str) -> str:
    """Name the type of a thing."""
    return "TextTile" if label.startswith("text") else TYPES[id_[0]]


async def test_no_field_is_left_unread() -> None:
    assert fields_to_teach() == [], "give each of these a line in WAYS"


async def test_everything_in_the_database_is_classified(scene: Scene) -> None:
    tables = ("project", "notebook", "export", "insight", "dashboard", "dashboard_page", "tile", "authorized_object", "user_group")
    for table in (*tables, "user_account", "access_token"):
        rows = {id_ for (id_,) in await scene.world.rows(f"SELECT id FROM {table}")}  # noqa: S608  a constant of ours
        assert rows <= set(scene.ids.values()), table


@pytest.mark.parametrize("who", PEOPLE)
async def test_whoever_knows_no_id_reaches_what_lists_show_and_nothing_hidden(scene: Scene, who: str | None) -> None:
    reached = await crawl(scene.world, who, {})
    labels = {label for label, id_ in scene.ids.items() if id_ in reached.types}
    people = {label for label in labels if label.startswith("user")}
    assert labels - people == {label for label in scene.found(who) if not label.startswith("user")}
    assert set(reached.types) <= set(scene.ids.values())
    for answer in reached.answers:
        assert scene.hidden_in(who, answer) == [], answer[:2000]
    assert all(total == shown for total, shown in reached.totals)
    assert bool(reached.totals) is (who is not None)


@pytest.mark.parametrize("who", PEOPLE)
async def test_whoever_knows_every_id_reads_all_that_they_may_and_nothing_else(scene: Scene, who: str | None) -> None:
    known = {id_: type_of(label, id_) for label, id_ in scene.ids.items() if not label.startswith(("event", "token"))}
    reached = await crawl(scene.world, who, known)
    sent = "\n".join(reached.answers).lower()
    assert {word for word in WORDS if word in sent} == set(WORDS) - scene.hidden_words(who)
    for answer in reached.answers:
        assert [word for word in scene.hidden_words(who) if word in answer.lower()] == [], answer[:2000]
    assert bool(reached.urls) is (who not in {None, "stranger"})
    expected = {None: {"UNAUTHENTICATED"}, "analyst": {"FORBIDDEN"}, "writer": {"FORBIDDEN"}}
    assert reached.codes == expected.get(who, {"FORBIDDEN"})


@pytest.mark.parametrize("who", PEOPLE)
async def test_no_secret_and_no_digest_of_hidden_code_is_sent(scene: Scene, who: str | None) -> None:
    world = scene.world
    digests = [digest for (digest,) in await world.rows("SELECT digest FROM export UNION SELECT digest FROM notebook")]
    known = {id_: type_of(label, id_) for label, id_ in scene.visible(who).items() if not label.startswith(("event", "token"))}
    sent = "\n".join((await crawl(world, who, known)).answers)
    assert [token for token in world.tokens.values() if token in sent] == []
    told = {digest for digest in digests if digest[:16] in sent}
    assert bool(told) is (who in {"analyst", "writer"})
    foreign = [digest for (digest,) in await world.rows("SELECT digest FROM export WHERE id = :id", id=scene.ids["export foreign"])]
    assert not told & set(foreign)
