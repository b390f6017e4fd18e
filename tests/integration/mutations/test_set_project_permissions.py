"""setProjectPermissions. Rule 26: nobody grants or removes what they lack; rule 18: permissions only add up."""

import asyncio

from server.db.models import GroupMemberRow, GroupRow
from server.domain.grants import ProjectPermission as P
from server.domain.ids import Kind, new_id
from tests.fixtures.world import ROLES, World
from tests.integration.mutations.asking import ask, check_faults, check_refusals, do, elsewhere, forbidden

FIELD = "setProjectPermissions"
HELD = 'query { viewer { projectPermissions(projectKey: "SALES") } project(key: "SALES") { key } }'
GRANTS = 'query { project(key: "SALES") { permissionGrants { principal { ... on User { login } ... on Group { name } } granted } } }'


async def held(world: World, who: str) -> list[str]:
    permissions: list[str] = (await world.ok(who, HELD))["viewer"]["projectPermissions"]
    return permissions


async def grants(world: World) -> dict[str, list[str]]:
    """As `owner` sees them: login or group, what was granted."""
    listed = (await world.ok("owner", GRANTS))["project"]["permissionGrants"]
    return {grant["principal"].get("login") or grant["principal"]["name"]: grant["granted"] for grant in listed}


async def team(world: World, name: str, *logins: str) -> None:
    parts = world.application.parts
    async with parts.database.writing() as session:
        group = GroupRow(id=new_id(Kind.GROUP), name=name, created_at=parts.clock())
        session.add(group)
        await session.flush()
        session.add_all(GroupMemberRow(group_id=group.id, user_id=world.ids[login]) for login in logins)


async def test_a_grant_replaces_the_one_before_and_holds_from_the_next_request_on(world: World) -> None:
    """Rule 28: taking a grant away takes hold on the next request."""
    given = ["WRITE_DASHBOARDS", "MANAGE_AUTHORIZED_OBJECTS", "WRITE_DASHBOARDS"]
    made = await do(world, "project_admin", FIELD, projectKey="SALES", userLogin="stranger", permissions=given)
    assert made["grant"] == {
        "principal": {"login": "stranger"},
        "granted": ["WRITE_DASHBOARDS", "MANAGE_AUTHORIZED_OBJECTS"],
        "effective": ["READ_DASHBOARDS", "WRITE_DASHBOARDS", "MANAGE_AUTHORIZED_OBJECTS"],
    }
    assert await held(world, "stranger") == ["READ_DASHBOARDS", "WRITE_DASHBOARDS", "MANAGE_AUTHORIZED_OBJECTS"]
    await do(world, "owner", FIELD, projectKey="SALES", userLogin="stranger", permissions=["READ_DASHBOARDS"])
    assert await held(world, "stranger") == ["READ_DASHBOARDS"]
    gone = await do(world, "admin", FIELD, projectKey="SALES", userLogin="stranger", permissions=[])
    assert gone == {"grant": None}
    assert await world.ok("stranger", HELD) == {"viewer": {"projectPermissions": []}, "project": None}
    assert "stranger" not in await grants(world)


async def test_groups_and_own_grants_add_up(world: World) -> None:
    """Rule 18: several groups make the union; nothing denies."""
    await team(world, "Night shift", "dash_reader")
    await team(world, "Day shift", "dash_reader")
    await do(world, "project_admin", FIELD, projectKey="SALES", groupName="Night shift", permissions=["READ_PROJECT_CONTENT"])
    await do(world, "project_admin", FIELD, projectKey="SALES", groupName="Day shift", permissions=["MODERATE_DASHBOARDS"])
    union = ["READ_PROJECT_CONTENT", "READ_DASHBOARDS", "WRITE_DASHBOARDS", "MODERATE_DASHBOARDS"]
    assert await held(world, "dash_reader") == union
    await do(world, "project_admin", FIELD, projectKey="SALES", userLogin="dash_reader", permissions=[])
    assert await held(world, "dash_reader") == union
    await do(world, "project_admin", FIELD, projectKey="SALES", groupName="Night shift", permissions=[])
    assert await held(world, "dash_reader") == ["READ_DASHBOARDS", "WRITE_DASHBOARDS", "MODERATE_DASHBOARDS"]


async def test_nobody_grants_or_removes_what_they_lack(world: World) -> None:
    """Rule 26, for somebody with EDIT_PERMISSIONS and nothing else (READ_DASHBOARDS comes with it)."""
    await world.person("clerk", permissions=[P.EDIT_PERMISSIONS])
    await team(world, "Team", "stranger")

    async def refused(permissions: list[str], **principal: str) -> list[str]:
        return await forbidden(world, "clerk", FIELD, projectKey="SALES", permissions=permissions, **principal)

    for wanted in ("ADMIN", "READ_PROJECT_CONTENT", "WRITE_DASHBOARDS", "MANAGE_AUTHORIZED_OBJECTS"):
        for login in ("stranger", "clerk"):
            assert await refused([wanted, "EDIT_PERMISSIONS"], userLogin=login) == [wanted]
        assert await refused([wanted], groupName="Team") == [wanted]
    assert await refused([], userLogin="project_admin") == ["ADMIN"]
    assert await refused(["READ_DASHBOARDS"], userLogin="analyst_dash") == ["READ_PROJECT_CONTENT", "WRITE_DASHBOARDS"]
    assert await refused(["READ_DASHBOARDS"], userLogin="dash_writer") == ["WRITE_DASHBOARDS"], "a lesser permission is a removal too"

    await do(world, "clerk", FIELD, projectKey="SALES", userLogin="stranger", permissions=["EDIT_PERMISSIONS", "READ_DASHBOARDS"])
    await do(world, "clerk", FIELD, projectKey="SALES", userLogin="dash_reader", permissions=[])
    await do(world, "clerk", FIELD, projectKey="SALES", userLogin="dash_writer", permissions=["WRITE_DASHBOARDS", "EDIT_PERMISSIONS"])
    assert await held(world, "stranger") == ["EDIT_PERMISSIONS", "READ_DASHBOARDS"]
    assert await held(world, "dash_reader") == []
    assert (await grants(world))["dash_writer"] == ["EDIT_PERMISSIONS", "WRITE_DASHBOARDS"], "what one lacks may stay"


async def test_who_is_in_a_group_and_what_it_holds_everywhere_is_for_administrators(world: World) -> None:
    """LIST_USERS and LIST_GROUPS are theirs; whoever edits permissions here sees a group's name, and whether they are in it themselves."""
    await world.person("clerk", permissions=[P.EDIT_PERMISSIONS])
    await team(world, "Team", "stranger", "coder")
    await team(world, "Clerks", "clerk", "stranger")
    await do(world, "admin", "saveGroup", name="Team", globalPermissions=["CREATE_PROJECTS"])
    await do(world, "admin", "saveGroup", name="Clerks", globalPermissions=["WRITE_SAFE_CODE"])
    group = "... on Group { name globalPermissions members { totalCount nodes { login } } }"
    query = f"""mutation($name: String!) {{ setProjectPermissions(input: {{projectKey: "SALES", groupName: $name,
        permissions: [READ_DASHBOARDS]}}) {{ grant {{ principal {{ {group} }} }} errors {{ message }} }} }}"""

    def told(name: str, held: list[str], *logins: str) -> dict[str, object]:
        members = {"totalCount": len(logins), "nodes": [{"login": login} for login in logins]}
        return {"principal": {"name": name, "globalPermissions": held, "members": members}}

    for_clerk = [told("Team", []), told("Clerks", [], "clerk")]
    for_admin = [told("Team", ["CREATE_PROJECTS"], "stranger", "coder"), told("Clerks", ["WRITE_SAFE_CODE"], "stranger", "clerk")]
    listing = f'query {{ project(key: "SALES") {{ permissionGrants {{ principal {{ {group} }} }} }} }}'
    for who, expected in (("clerk", for_clerk), ("admin", for_admin)):
        assert [(await world.ok(who, query, name=name))["setProjectPermissions"]["grant"] for name in ("Team", "Clerks")] == expected
        grants_ = (await world.ok(who, listing))["project"]["permissionGrants"]
        assert [grant for grant in grants_ if grant["principal"]] == expected, who


async def test_only_those_who_edit_permissions_set_them(world: World) -> None:
    allowed = ["project_admin", "admin"]
    refused = {role: ["EDIT_PERMISSIONS"] for role in ROLES if role not in allowed} | {"stranger": None, "code_only": None}
    given = {"projectKey": "SALES", "userLogin": "stranger", "permissions": ["READ_DASHBOARDS"]}
    await check_refusals(world, FIELD, given, refused, hidden="projectKey", allowed=allowed)


async def test_rights_on_one_project_grant_nothing_on_another(world: World) -> None:
    """Rule 25."""
    await elsewhere(world)
    given = {"userLogin": "stranger", "permissions": ["READ_DASHBOARDS"]}
    absent = [({"projectKey": key}, "NotFound", ["projectKey"]) for key in ("OTHER", "NOSUCH", "")]
    await check_faults(world, "project_admin", FIELD, {"projectKey": "SALES", **given}, *absent)


async def test_exactly_one_principal_that_exists_is_named(world: World) -> None:
    await team(world, "Team")
    given = {"projectKey": "SALES", "permissions": ["READ_DASHBOARDS"]}
    users = [({"userLogin": name}, "NotFound", ["userLogin"]) for name in ("nobody", "", "x" * 10_000, "a\0", "Team", "CODER")]
    groups = [({"groupName": name}, "NotFound", ["groupName"]) for name in ("nobody", "", "x" * 10_000, "a\0", "coder")]
    both = ({"userLogin": "stranger", "groupName": "Team"}, "InvalidInput", ["userLogin"])
    await check_faults(world, "project_admin", FIELD, given, *users, *groups, both, ({}, "InvalidInput", ["userLogin"]))


async def test_of_many_grants_at_once_each_is_whole(world: World) -> None:
    choices = [
        ["READ_DASHBOARDS"],
        ["WRITE_DASHBOARDS", "READ_PROJECT_CONTENT"],
        ["ADMIN"],
        ["MODERATE_DASHBOARDS", "EDIT_PERMISSIONS"],
    ] * 3
    given = [{"projectKey": "SALES", "userLogin": "stranger", "permissions": choice} for choice in choices]
    answers = await asyncio.gather(*(ask(world, "owner", FIELD, one) for one in given))
    assert [answer["data"][FIELD]["errors"] for answer in answers] == [[]] * len(choices)
    assert sorted((await grants(world))["stranger"]) in [sorted(choice) for choice in choices]


async def test_who_removes_their_own_last_right_is_outside_at_once(world: World) -> None:
    await do(world, "project_admin", FIELD, projectKey="SALES", userLogin="project_admin", permissions=[])
    assert await world.ok("project_admin", HELD) == {"viewer": {"projectPermissions": []}, "project": None}
