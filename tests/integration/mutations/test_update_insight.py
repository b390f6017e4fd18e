"""updateInsight: name and description; what is absent stays."""

from server.domain.ids import Kind
from tests.fixtures.world import World
from tests.integration.mutations.asking import (
    Spoilt,
    bad_ids,
    bad_names,
    check_faults,
    check_refusals,
    do,
    elsewhere,
    last_subject,
    moderate,
    version,
)

FIELD = "updateInsight"
WRITE, MODERATE = ["WRITE_DASHBOARDS"], ["MODERATE_DASHBOARDS"]
DASHBOARD_ONLY = ("dash_reader", "dash_writer", "dash_moderator", "dash_coder")
READERS = {"dash_reader": WRITE, "analyst": WRITE, "auth_manager": WRITE}
NOBODY: dict[str, None] = {"stranger": None, "code_only": None}
WRITERS = ["dash_writer", "dash_moderator", "analyst_dash", "writer", "coder", "dash_coder", "project_admin", "admin"]
TITLE = "query($id: ID!) { dashboard(id: $id) { pages { tiles { displayedTitle } } } }"
TIMES = "query($id: ID!) { insight(id: $id) { createdAt modifiedAt } }"


async def published(world: World, *, authorized: bool = True) -> tuple[str, str]:
    """A notebook and coder's insight on it, which stands on the dashboard."""
    notebook = await world.save()
    insight = (await world.publish(notebook, world.ids["SALES dashboard"]))["insight"]
    if authorized:
        await world.authorize(notebook)
    return notebook, insight


async def test_name_and_description_change_and_what_is_absent_stays(world: World) -> None:
    _, insight = await published(world)
    named = await do(world, "writer", FIELD, insightId=insight, name="  Sales, weekly ")
    assert named == {"insight": {"id": insight, "name": "Sales, weekly", "description": None}}
    assert await last_subject(world) == insight
    tile = {"displayedTitle": "Sales, weekly"}
    assert await world.ok("dash_reader", TITLE, id=world.ids["SALES dashboard"]) == {"dashboard": {"pages": [{"tiles": [tile]}]}}
    assert await version(world, world.ids["SALES dashboard"]) == 2, "nobody edited the dashboard"
    text = "Where <b>it</b> comes from:\n\tthe till. 会議 🎉"
    described = await do(world, "writer", FIELD, insightId=insight, description=text)
    assert described["insight"] == {"id": insight, "name": "Sales, weekly", "description": text}
    assert (await do(world, "writer", FIELD, insightId=insight, name=None))["insight"]["description"] == text
    for nothing in (None, ""):
        await do(world, "writer", FIELD, insightId=insight, description=text)
        assert (await do(world, "writer", FIELD, insightId=insight, description=nothing))["insight"]["description"] is None
    times = (await world.ok("analyst", TIMES, id=insight))["insight"]
    assert times["createdAt"] < times["modifiedAt"]


async def test_whoever_may_edit_it_renames_it(world: World) -> None:
    _, insight = await published(world)
    given = {"insightId": insight, "name": "New"}
    await check_refusals(world, FIELD, given, {**READERS, **NOBODY}, hidden="insightId", allowed=WRITERS)
    for who in WRITERS:
        await do(world, who, FIELD, **given)


async def test_who_cannot_read_the_exports_does_not_see_it(world: World) -> None:
    _, insight = await published(world, authorized=False)
    hidden = {**dict.fromkeys(DASHBOARD_ONLY), **NOBODY, "analyst": WRITE, "auth_manager": WRITE}
    allowed = ["analyst_dash", "writer", "coder", "project_admin", "admin"]
    await check_refusals(world, FIELD, {"insightId": insight, "name": "New"}, hidden, hidden="insightId", allowed=allowed)


async def test_under_the_policy_owner_or_moderator_others_insights_take_a_moderator(world: World) -> None:
    notebook, insight = await published(world)
    mine = (await do(world, "dash_writer", "createInsight", notebookId=notebook))["insight"]["id"]
    await moderate(world)
    writers = dict.fromkeys(("dash_writer", "analyst_dash", "writer", "dash_coder"), MODERATE)
    refused = {**NOBODY, **writers, **dict.fromkeys(READERS, MODERATE + WRITE)}
    allowed = ["coder", "dash_moderator", "project_admin", "admin"]
    await check_refusals(world, FIELD, {"insightId": insight, "name": "New"}, refused, hidden="insightId", allowed=allowed)
    for who in allowed:
        await do(world, who, FIELD, insightId=insight, name=who)
    await do(world, "dash_writer", FIELD, insightId=mine, name="Mine")


async def test_a_text_or_an_id_that_cannot_be_changes_nothing(world: World) -> None:
    notebook, insight = await published(world)
    other = await elsewhere(world)
    texts = ("x" * 10_001, "a\0b", "a\x1bb", "a\x85b")
    descriptions: list[Spoilt] = [({"description": text}, "InvalidInput", ["description"]) for text in texts]
    ids = bad_ids("insightId", Kind.INSIGHT, other["insight"], notebook)
    await check_faults(world, "writer", FIELD, {"insightId": insight, "name": "New"}, *bad_names(), *descriptions, *ids)
