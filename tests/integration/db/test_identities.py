"""Who holds what: rights, tokens, groups."""

from datetime import timedelta

import pytest
from sqlalchemy import true

from server.db.models import GlobalGrantRow, GroupMemberRow, ProjectGrantRow
from server.db.repositories import identities
from server.db.session import Database
from server.domain.grants import GlobalPermission, ProjectPermission
from server.domain.ids import Kind, new_id
from tests.integration.db import world as make
from tests.integration.db.world import AT, statements, store

EARLIER, LATER = AT - timedelta(seconds=1), AT + timedelta(seconds=1)


async def test_rights_join_what_is_held_directly_through_groups_and_as_owner_in_one_statement(database: Database) -> None:
    ada, grace = make.user("ada"), make.user("grace")
    mine, also_mine, not_mine = make.group("mine"), make.group("also mine"), make.group("not mine")
    owned, shared, closed = make.project(ada, "OWNED"), make.project(grace, "SHARED"), make.project(grace, "CLOSED")
    permissions = ProjectPermission
    await store(
        database,
        *(ada, grace, mine, also_mine, not_mine, owned, shared, closed),
        *(GroupMemberRow(group_id=group.id, user_id=ada.id) for group in (mine, also_mine)),
        GroupMemberRow(group_id=not_mine.id, user_id=grace.id),
        GlobalGrantRow(user_id=ada.id, permission=GlobalPermission.WRITE_SAFE_CODE),
        GlobalGrantRow(group_id=mine.id, permission=GlobalPermission.CREATE_PROJECTS),
        GlobalGrantRow(group_id=also_mine.id, permission=GlobalPermission.CREATE_PROJECTS),
        GlobalGrantRow(group_id=not_mine.id, permission=GlobalPermission.ADMINISTRATOR),
        GlobalGrantRow(user_id=grace.id, permission=GlobalPermission.WRITE_UNSAFE_CODE),
        ProjectGrantRow(project_id=shared.id, user_id=ada.id, permission=permissions.READ_DASHBOARDS),
        ProjectGrantRow(project_id=shared.id, group_id=mine.id, permission=permissions.WRITE_DASHBOARDS),
        ProjectGrantRow(project_id=shared.id, group_id=also_mine.id, permission=permissions.READ_PROJECT_CONTENT),
        ProjectGrantRow(project_id=shared.id, user_id=grace.id, permission=permissions.EDIT_PERMISSIONS),
        ProjectGrantRow(project_id=closed.id, group_id=not_mine.id, permission=permissions.ADMIN),
    )
    async with statements(database) as sent, database.reading() as session:
        rights = await identities.get_rights(session, ada.id)
    assert len(sent) == 1
    assert rights == identities.Rights(
        login="ada",
        everywhere=frozenset({GlobalPermission.WRITE_SAFE_CODE, GlobalPermission.CREATE_PROJECTS}),
        on_projects={
            owned.id: frozenset({permissions.ADMIN}),
            shared.id: frozenset({permissions.READ_DASHBOARDS, permissions.WRITE_DASHBOARDS, permissions.READ_PROJECT_CONTENT}),
        },
    )


async def test_somebody_without_grants_has_no_rights(database: Database) -> None:
    ada = make.user("ada")
    await store(database, ada)
    async with database.reading() as session:
        assert await identities.get_rights(session, ada.id) == identities.Rights("ada", frozenset(), {})


async def test_nobody_and_who_is_not_active_have_none_at_all(database: Database) -> None:
    ada = make.user("ada")
    ada.active = False
    await store(database, ada)
    async with database.reading() as session:
        assert await identities.get_rights(session, ada.id) is None
        assert await identities.get_rights(session, new_id(Kind.USER)) is None


async def test_a_token_that_works_is_found_by_digest_and_by_id(database: Database) -> None:
    ada = make.user("ada")
    token, others = make.token(ada, "a" * 64, expires_at=LATER), make.token(ada, "b" * 64)
    await store(database, ada, token, others)
    async with database.reading() as session:
        for found in (
            await identities.find_live_token(session, now=AT, digest=token.digest),
            await identities.find_live_token(session, now=AT, token_id=token.id),
        ):
            assert found is not None
            assert (found.id, found.user_id) == (token.id, ada.id)
        assert await identities.find_live_token(session, now=AT, digest="c" * 64) is None


@pytest.mark.parametrize("reason", ["expired", "revoked"])
async def test_a_token_that_no_longer_works_is_not_found(database: Database, reason: str) -> None:
    ada = make.user("ada")
    token = make.token(ada, expires_at=AT if reason == "expired" else None, revoked_at=EARLIER if reason == "revoked" else None)
    await store(database, ada, token)
    async with database.reading() as session:
        assert await identities.find_live_token(session, now=AT, digest=token.digest) is None
        assert await identities.find_live_token(session, now=AT, token_id=token.id) is None
        listed = (await identities.list_tokens(session, [ada.id], AT)).get(ada.id, [])
    assert listed == []


async def test_the_use_of_a_token_is_noted_on_it_alone(database: Database) -> None:
    ada = make.user("ada")
    used, other = make.token(ada, "a" * 64), make.token(ada, "b" * 64)
    await store(database, ada, used, other)
    async with database.writing() as session:
        await identities.touch_token(session, used.id, LATER)
    async with database.reading() as session:
        tokens = (await identities.list_tokens(session, [ada.id], AT)).get(ada.id, [])
    assert {row.id: row.last_used_at for row in tokens} == {used.id: LATER, other.id: None}


@pytest.mark.parametrize(("held", "active", "expected"), [("directly", True, True), ("by a group", True, True), ("directly", False, False)])
async def test_an_administrator_is_an_active_user_who_holds_it(database: Database, held: str, *, active: bool, expected: bool) -> None:
    ada, crew = make.user("ada"), make.group("crew")
    ada.active = active
    grant = {"user_id": ada.id} if held == "directly" else {"group_id": crew.id}
    await store(database, ada, crew, GlobalGrantRow(permission=GlobalPermission.ADMINISTRATOR, **grant))
    async with database.writing() as session:
        session.add(GroupMemberRow(group_id=crew.id, user_id=ada.id))
    async with database.reading() as session:
        assert await identities.administrator_exists(session) is expected


async def test_a_group_makes_nobody_administrator_but_its_members(database: Database) -> None:
    ada, grace, crew, others = make.user("ada"), make.user("grace"), make.group("crew"), make.group("others")
    ada.active = False
    members = [GroupMemberRow(group_id=crew.id, user_id=ada.id), GroupMemberRow(group_id=others.id, user_id=grace.id)]
    await store(database, ada, grace, crew, others, *members, GlobalGrantRow(group_id=crew.id, permission=GlobalPermission.ADMINISTRATOR))
    async with database.reading() as session:
        assert await identities.administrator_exists(session) is False


async def test_a_group_without_members_makes_nobody_administrator(database: Database) -> None:
    ada, crew = make.user("ada"), make.group("crew")
    await store(
        database,
        *(ada, crew),
        GlobalGrantRow(group_id=crew.id, permission=GlobalPermission.ADMINISTRATOR),
        GlobalGrantRow(user_id=ada.id, permission=GlobalPermission.WRITE_SAFE_CODE),
    )
    async with database.reading() as session:
        assert await identities.administrator_exists(session) is False


@pytest.mark.parametrize("to", ["user", "group"])
async def test_replacing_a_grant_leaves_those_of_others(database: Database, to: str) -> None:
    ada, crew = make.user("ada"), make.group("crew")
    sales, stock = make.project(ada, "SALES"), make.project(ada, "STOCK")
    principal = ada if to == "user" else crew
    before = [
        ProjectGrantRow(project_id=place.id, permission=ProjectPermission.READ_DASHBOARDS, **keys)
        for place in (sales, stock)
        for keys in ({"user_id": ada.id}, {"group_id": crew.id})
    ]
    await store(database, ada, crew, sales, stock, *before)
    wanted = [ProjectPermission.ADMIN, ProjectPermission.READ_DASHBOARDS]
    async with database.writing() as session:
        await identities.replace_project_grant(session, sales.id, principal, wanted)
    async with database.reading() as session:
        on_sales, on_stock = [await identities.list_project_grants(session, place.id) for place in (sales, stock)]
    assert {row.permission for row in on_sales if principal.id in {row.user_id, row.group_id}} == set(wanted)
    assert [row.permission for row in on_sales if principal.id not in {row.user_id, row.group_id}] == [ProjectPermission.READ_DASHBOARDS]
    assert len(on_stock) == 2


async def test_people_and_groups_are_found_by_name_and_by_id(database: Database) -> None:
    ada, grace, crew, guests = make.user("ada"), make.user("grace"), make.group("crew"), make.group("guests")
    members = [GroupMemberRow(group_id=crew.id, user_id=user.id) for user in (grace, ada)]
    await store(database, ada, grace, crew, guests, *members)
    async with database.reading() as session:
        user, group = await identities.find_user(session, "ada"), await identities.find_group(session, "crew")
        assert user is not None
        assert group is not None
        assert (user.id, group.id) == (ada.id, crew.id)
        assert (await identities.find_user(session, "crew"), await identities.find_group(session, "ada")) == (None, None)
        assert set(await identities.list_principals(session, [ada.id, crew.id, "unknown"])) == {ada.id, crew.id}
        listed = [list(await session.scalars(identities.members_of(place.id, true()))) for place in (crew, guests)]
    assert [{user.login for user in members} for members in listed] == [{"ada", "grace"}, set()]
