"""createDashboard."""

from tests.fixtures.world import World
from tests.integration.mutations.asking import bad_names, check_faults, check_refusals, do, elsewhere, forbidden, last_subject, moderate

FIELD = "createDashboard"
WRITE, MODERATE = ["WRITE_DASHBOARDS"], ["MODERATE_DASHBOARDS"]
REFUSED = {"stranger": None, "code_only": None, "dash_reader": WRITE, "analyst": WRITE, "auth_manager": WRITE}
ALLOWED = ["dash_writer", "dash_moderator", "analyst_dash", "writer", "coder", "dash_coder", "project_admin", "admin"]
LISTED = 'query { project(key: "SALES") { dashboards { totalCount nodes { name } } } }'
SEEN = """query($id: ID!) { dashboard(id: $id) { name description listed version owner { login } project { key }
    pages { index title visible tiles { id } } } }"""


async def names(world: World, who: str) -> list[str]:
    listed = (await world.ok(who, LISTED))["project"]["dashboards"]
    assert listed["totalCount"] == len(listed["nodes"])
    return [dashboard["name"] for dashboard in listed["nodes"]]


async def test_a_dashboard_starts_unlisted_with_one_empty_page_and_is_its_makers(world: World) -> None:
    """Rules 22 and 24: absent from a plain reader's list, open to any reader who has the id."""
    made = await do(world, "dash_writer", FIELD, projectKey="SALES", name="  Mine ", description="two\nlines")
    for who in ("dash_reader", "writer"):
        assert (await world.ok(who, SEEN, id=made["dashboard"]["id"]))["dashboard"] == {
            "name": "Mine",
            "description": "two\nlines",
            "listed": False,
            "version": 1,
            "owner": {"login": "dash_writer"},
            "project": {"key": "SALES"},
            "pages": [{"index": 0, "title": None, "visible": True, "tiles": []}],
        }
    assert (await world.ok("stranger", SEEN, id=made["dashboard"]["id"]))["dashboard"] is None
    assert await names(world, "dash_reader") == ["Dashboard"]
    for who in ("dash_writer", "writer", "admin"):
        assert await names(world, who) == ["Dashboard", "Mine"]


async def test_a_dashboard_may_start_listed_and_names_may_repeat(world: World) -> None:
    for _ in range(2):
        await do(world, "writer", FIELD, projectKey="SALES", name="Twin", listed=True)
    assert await names(world, "dash_reader") == ["Dashboard", "Twin", "Twin"]


async def test_only_dashboard_writers_create_them(world: World) -> None:
    given = {"projectKey": "SALES", "name": "Mine"}
    await check_refusals(world, FIELD, given, REFUSED, hidden="projectKey", allowed=ALLOWED)
    for who in ALLOWED:
        await do(world, who, FIELD, **given)


async def test_under_the_policy_owner_or_moderator_writers_create_and_moderators_list(world: World) -> None:
    await moderate(world)
    for who in ("dash_writer", "analyst_dash", "writer", "coder", "dash_coder"):
        assert await forbidden(world, who, FIELD, projectKey="SALES", name="Mine", listed=True) == MODERATE
        await do(world, who, FIELD, projectKey="SALES", name="Mine")
    for who in ("dash_moderator", "project_admin", "admin"):
        await do(world, who, FIELD, projectKey="SALES", name="Listed", listed=True)


async def test_a_bad_input_creates_nothing(world: World) -> None:
    await elsewhere(world)
    texts = [({"description": text}, "InvalidInput", ["description"]) for text in ("x" * 10_001, "a\0", "a\x1b")]
    absent = [({"projectKey": key}, "NotFound", ["projectKey"]) for key in ("NOSUCH", "OTHER", "", "sales", "x" * 10_000, "a\0")]
    await check_faults(world, "writer", FIELD, {"projectKey": "SALES", "name": "Mine"}, *bad_names(), *texts, *absent)


async def test_the_audit_names_the_dashboard(world: World) -> None:
    made = await do(world, "writer", FIELD, projectKey="SALES", name="Mine", listed=True)
    assert await last_subject(world) == made["dashboard"]["id"]
