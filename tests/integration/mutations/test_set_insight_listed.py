"""setInsightListed: what plain readers find in lists; listing warns of a source they do not see, and can authorize it."""

from server.domain.ids import Kind
from tests.fixtures.world import World
from tests.integration.mutations.asking import (
    bad_ids,
    check_faults,
    check_refusals,
    codes,
    do,
    elsewhere,
    forbidden,
    last_subject,
    moderate,
)

FIELD = "setInsightListed"
WRITE, MODERATE, MANAGE = ["WRITE_DASHBOARDS"], ["MODERATE_DASHBOARDS"], ["MANAGE_AUTHORIZED_OBJECTS"]
DASHBOARD_ONLY = ("dash_reader", "dash_writer", "dash_moderator", "dash_coder")
READERS = {"dash_reader": WRITE, "analyst": WRITE, "auth_manager": WRITE}
NOBODY: dict[str, None] = {"stranger": None, "code_only": None}
WRITERS = ["dash_writer", "dash_moderator", "analyst_dash", "writer", "coder", "dash_coder", "project_admin", "admin"]
LISTS = """query($id: ID!) { project(key: "SALES") { insights { totalCount nodes { id } } } insight(id: $id) { id }
    notebook(id: "%s") { insights { nodes { id } } } }"""


async def published(world: World, *, authorized: bool = True) -> tuple[str, str]:
    """A notebook and coder's insight on it."""
    notebook = await world.save()
    insight = (await world.publish(notebook))["insight"]
    if authorized:
        await world.authorize(notebook)
    return notebook, insight


async def test_listing_puts_it_on_every_readers_lists_and_takes_it_off(world: World) -> None:
    notebook, insight = await published(world)
    for listed in (True, False):
        done = await do(world, "dash_writer", FIELD, insightId=insight, listed=listed)
        assert done == {"insight": {"id": insight, "listed": listed}, "warnings": []}
        assert await last_subject(world) == insight
        for who, finds in (("dash_reader", listed), ("analyst", listed), ("coder", True), ("dash_writer", True)):
            found = await world.ok(who, LISTS % notebook, id=insight)
            ids = [{"id": insight}] if finds else []
            assert found["project"]["insights"] == {"totalCount": len(ids), "nodes": ids}, who
            assert found["notebook"]["insights"]["nodes"] == ids
            assert found["insight"] == {"id": insight}, "it opens by its id all the same"


async def test_only_dashboard_writers_list(world: World) -> None:
    _, insight = await published(world)
    given = {"insightId": insight, "listed": True}
    await check_refusals(world, FIELD, given, {**READERS, **NOBODY}, hidden="insightId", allowed=WRITERS)
    for who in WRITERS:
        await do(world, who, FIELD, **given)


async def test_who_cannot_read_the_exports_does_not_see_it(world: World) -> None:
    _, insight = await published(world, authorized=False)
    hidden = {**dict.fromkeys(DASHBOARD_ONLY), **NOBODY, "analyst": WRITE, "auth_manager": WRITE}
    allowed = ["analyst_dash", "writer", "coder", "project_admin", "admin"]
    await check_refusals(world, FIELD, {"insightId": insight, "listed": True}, hidden, hidden="insightId", allowed=allowed)


async def test_under_the_policy_owner_or_moderator_even_ones_own_takes_a_moderator(world: World) -> None:
    _, insight = await published(world)
    await moderate(world)
    writers = dict.fromkeys(("dash_writer", "analyst_dash", "writer", "coder", "dash_coder"), MODERATE)
    refused = {**NOBODY, **writers, **dict.fromkeys(READERS, MODERATE + WRITE)}
    allowed = ["dash_moderator", "project_admin", "admin"]
    await check_refusals(world, FIELD, {"insightId": insight, "listed": True}, refused, hidden="insightId", allowed=allowed)
    for who in allowed:
        await do(world, who, FIELD, insightId=insight, listed=True)


async def test_listing_warns_of_a_source_that_readers_do_not_see_or_authorizes_it(world: World) -> None:
    notebook, insight = await published(world, authorized=False)
    assert codes(await do(world, "writer", FIELD, insightId=insight, listed=True)) == [("SOURCE_NOT_AUTHORIZED", False)]
    assert codes(await do(world, "project_admin", FIELD, insightId=insight, listed=True)) == [("SOURCE_NOT_AUTHORIZED", True)]
    assert codes(await do(world, "writer", FIELD, insightId=insight, listed=False)) == []
    assert codes(await do(world, "project_admin", FIELD, insightId=insight, listed=False, authorize=True)) == []
    assert await world.rows("SELECT count(*) FROM authorized_object") == [(0,)], "nothing is opened by taking it off the list"
    assert codes(await do(world, "project_admin", FIELD, insightId=insight, listed=True, authorize=True)) == []
    assert await last_subject(world) == insight
    assert await world.rows("SELECT notebook_id, code_exposure FROM authorized_object") == [(notebook, "TILES")]
    await do(world, "writer", "deleteNotebook", notebookId=notebook, force=True)
    assert codes(await do(world, "admin", FIELD, insightId=insight, listed=True, authorize=True)) == []


async def test_authorize_without_the_right_refuses_everything(world: World) -> None:
    """Rule 21, even where there is nothing to authorize."""
    _, insight = await published(world)
    for listed in (True, False):
        assert await forbidden(world, "coder", FIELD, insightId=insight, listed=listed, authorize=True) == MANAGE


async def test_what_is_no_insight_is_not_found(world: World) -> None:
    notebook, insight = await published(world)
    other = await elsewhere(world)
    cases = bad_ids("insightId", Kind.INSIGHT, other["insight"], notebook)
    await check_faults(world, "writer", FIELD, {"insightId": insight, "listed": True}, *cases)
