"""updateProject."""

import asyncio

from server.domain.grants import GlobalPermission, ProjectPermission
from tests.fixtures.world import ROLES, World
from tests.integration.mutations.asking import ask, bad_names, check_faults, check_refusals, do, forbidden

SEEN = 'query { project(key: "SALES") { name dashboardWritePolicy allowsActiveContent key owner { login } } }'
BEFORE = {"name": "Sales", "dashboardWritePolicy": "ANY_WRITER", "allowsActiveContent": False, "key": "SALES", "owner": {"login": "owner"}}


async def seen(world: World) -> object:
    return (await world.ok("dash_reader", SEEN))["project"]


async def test_an_admin_of_the_project_changes_what_is_given_and_nothing_else(world: World) -> None:
    await do(world, "project_admin", "updateProject", projectKey="SALES", name="  Sales & more ")
    assert await seen(world) == BEFORE | {"name": "Sales & more"}
    await do(world, "owner", "updateProject", projectKey="SALES", dashboardWritePolicy="OWNER_OR_MODERATOR")
    assert await seen(world) == BEFORE | {"name": "Sales & more", "dashboardWritePolicy": "OWNER_OR_MODERATOR"}
    await do(world, "admin", "updateProject", projectKey="SALES", name=None, dashboardWritePolicy=None, allowsActiveContent=None)
    assert await seen(world) == BEFORE | {"name": "Sales & more", "dashboardWritePolicy": "OWNER_OR_MODERATOR"}


async def test_only_an_admin_of_the_project_changes_it(world: World) -> None:
    refused = {role: ["ADMIN"] for role in ROLES} | {"stranger": None, "code_only": None}
    allowed = ["project_admin", "admin"]
    refusals = {role: requires for role, requires in refused.items() if role not in allowed}
    await check_refusals(world, "updateProject", {"projectKey": "SALES", "name": "Mine"}, refusals, hidden="projectKey", allowed=allowed)


async def test_to_allow_active_content_takes_a_global_permission_besides(world: World) -> None:
    """Rules, "Active content": to switch it on takes ADMIN and CREATE_ACTIVE_WEB_CONTENT; to switch it off, ADMIN."""
    web = GlobalPermission.CREATE_ACTIVE_WEB_CONTENT
    await world.person("web_writer", permissions=[ProjectPermission.WRITE_PROJECT_CONTENT], globally=[web])
    await world.person("web_admin", permissions=[ProjectPermission.ADMIN], globally=[web])
    on, off = {"projectKey": "SALES", "allowsActiveContent": True}, {"projectKey": "SALES", "allowsActiveContent": False}
    assert await forbidden(world, "project_admin", "updateProject", **on) == ["CREATE_ACTIVE_WEB_CONTENT"]
    assert await forbidden(world, "project_admin", "updateProject", **on, name="Also") == ["CREATE_ACTIVE_WEB_CONTENT"]
    assert await forbidden(world, "web_writer", "updateProject", **on) == ["ADMIN"]
    await do(world, "web_admin", "updateProject", **on)
    assert await seen(world) == BEFORE | {"allowsActiveContent": True}
    await do(world, "project_admin", "updateProject", **off)
    assert await seen(world) == BEFORE


async def test_a_bad_name_or_an_absent_project_changes_nothing(world: World) -> None:
    absent = [({"projectKey": key}, "NotFound", ["projectKey"]) for key in ("NOSUCH", "", "sales", "SALES ", "x" * 10_000, "a\0")]
    given = {"projectKey": "SALES", "name": "Sales", "dashboardWritePolicy": "OWNER_OR_MODERATOR"}
    await check_faults(world, "admin", "updateProject", given, *absent, *bad_names())


async def test_changes_at_once_of_different_things_are_all_kept(world: World) -> None:
    given: list[dict[str, object]] = [{"name": "Renamed"}, {"dashboardWritePolicy": "OWNER_OR_MODERATOR"}, {"allowsActiveContent": True}]
    await asyncio.gather(*(ask(world, "admin", "updateProject", {"projectKey": "SALES", **change}) for change in given))
    assert await seen(world) == BEFORE | {"name": "Renamed", "dashboardWritePolicy": "OWNER_OR_MODERATOR", "allowsActiveContent": True}
