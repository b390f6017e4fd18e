"""`viewer`: who asks, and what they hold."""

import pytest

from server.db.models import GroupMemberRow, GroupRow, ProjectGrantRow
from server.domain.grants import GlobalPermission as G
from server.domain.grants import ProjectPermission as P
from server.domain.ids import Kind
from tests.fixtures.world import ROLES
from tests.integration.queries.shop import Shop

pytestmark = pytest.mark.asyncio(loop_scope="session")

VIEWER = """{ viewer { user { id login displayName } globalPermissions canWriteCode
    sales: projectPermissions(projectKey: "SALES") other: projectPermissions(projectKey: "OTHER") } }"""


async def test_nobody_is_null(shop: Shop) -> None:
    assert await shop.world.ok(None, "{ viewer { user { id } } __typename }") == {"viewer": None, "__typename": "Query"}


async def test_the_viewer_is_whoever_the_token_belongs_to(shop: Shop) -> None:
    assert (await shop.world.ok("writer", VIEWER))["viewer"] == {
        "user": {"id": shop.world.ids["writer"], "login": "writer", "displayName": "Writer"},
        "globalPermissions": [],
        "canWriteCode": False,
        "sales": ["READ_PROJECT_CONTENT", "WRITE_PROJECT_CONTENT", "READ_DASHBOARDS", "WRITE_DASHBOARDS"],
        "other": [],
    }


@pytest.mark.parametrize("who", ROLES)
async def test_a_viewer_holds_what_was_granted_and_what_it_implies(shop: Shop, who: str) -> None:
    found = (await shop.world.ok(who, VIEWER))["viewer"]
    granted, globally = ROLES[who]
    assert found["canWriteCode"] is ("coder" in who or who in {"code_only", "admin"})
    assert found["globalPermissions"] == ([p.value for p in G] if who == "admin" else [p.value for p in globally])
    assert {p.value for p in granted} <= set(found["sales"])
    assert found["other"] == ([p.value for p in P] if who == "admin" else [])
    assert (await shop.project(who, "viewerPermissions") or {"viewerPermissions": []})["viewerPermissions"] == found["sales"]


async def test_a_group_and_ownership_count_as_ones_own(shop: Shop) -> None:
    assert (await shop.world.ok("owner", VIEWER))["viewer"]["sales"] == [p.value for p in P]
    assert (await shop.world.ok("rival", VIEWER))["viewer"]["sales"] == []


@pytest.mark.asyncio(loop_scope="function")
async def test_rights_of_groups_add_up(own_shop: Shop) -> None:
    world = own_shop.world
    parts = world.application.parts
    async with parts.database.writing() as session:
        for permission in (P.READ_DASHBOARDS, P.MANAGE_AUTHORIZED_OBJECTS):
            group = GroupRow(id=parts.new_id(Kind.GROUP), name=permission.value, created_at=parts.clock())
            session.add(group)
            await session.flush()
            session.add(GroupMemberRow(group_id=group.id, user_id=world.ids["stranger"]))
            session.add(ProjectGrantRow(project_id=world.ids["SALES"], group_id=group.id, permission=permission))
    assert (await world.ok("stranger", VIEWER))["viewer"]["sales"] == ["READ_DASHBOARDS", "MANAGE_AUTHORIZED_OBJECTS"]
    grants = (await own_shop.project("owner", "permissionGrants { principal { __typename ... on Group { name } } granted effective }"))[
        "permissionGrants"
    ]
    groups = [grant for grant in grants if grant["principal"]["__typename"] == "Group"]
    assert [grant["granted"] for grant in groups] == [["READ_DASHBOARDS"], ["MANAGE_AUTHORIZED_OBJECTS"]]


async def test_access_tokens_are_listed_without_their_secret(shop: Shop) -> None:
    [token] = (await shop.world.ok("writer", "{ viewer { accessTokens { name scope createdAt expiresAt lastUsedAt } } }"))["viewer"][
        "accessTokens"
    ]
    assert {key: token[key] for key in ("name", "scope", "expiresAt")} == {"name": "test", "scope": "WRITE", "expiresAt": None}
    assert token["createdAt"].endswith("+00:00")
