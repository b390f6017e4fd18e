"""People whom others vouch for: made once, in the groups that are said of them, and never somebody who is here already."""

import asyncio
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Final

import pytest
from sqlalchemy import text
from sqlalchemy.event import listen, remove
from structlog.testing import capture_logs

from server.auth.credentials import WrongToken
from server.auth.foreign import ForeignIdentity, ForeignUsers
from server.db.models import GroupRow, UserRow
from server.db.session import Database
from server.domain.ids import Kind, new_id

NOW: Final = datetime(2026, 3, 1, 12, tzinfo=UTC)
ANA: Final = ForeignIdentity(
    "corp", "https://issuer.example", "subject-1", login="ana", display_name="Ana", groups=frozenset({"analysts", "staff"})
)


@pytest.fixture
def users(database: Database) -> ForeignUsers:
    return ForeignUsers(database, lambda: NOW, new_id)


async def rows(database: Database, sql: str) -> list[tuple[Any, ...]]:
    async with database.reading() as session:
        return [tuple(row) for row in await session.execute(text(sql))]


async def people(database: Database) -> list[tuple[Any, ...]]:
    return await rows(database, "SELECT login, display_name FROM user_account ORDER BY login")


async def groups_of(database: Database, user_id: str) -> list[str]:
    found = await rows(
        database,
        f"SELECT g.name FROM user_group g JOIN group_member m ON m.group_id = g.id WHERE m.user_id = '{user_id}'",  # noqa: S608
    )
    return sorted(name for [name] in found)


async def local(database: Database, *rows: UserRow | GroupRow) -> None:
    async with database.writing() as session:
        session.add_all(rows)


def person(login: str) -> UserRow:
    return UserRow(id=new_id(Kind.USER), login=login, display_name=login, created_at=NOW)


@contextmanager
def written(database: Database) -> Generator[list[str]]:
    """Collect the statements that change something."""
    statements: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        if statement.startswith(("INSERT", "UPDATE", "DELETE")):
            statements.append(statement)

    listen(database.engine.sync_engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        remove(database.engine.sync_engine, "before_cursor_execute", note)


async def test_first_sight_makes_a_user_without_rights_in_the_groups_that_are_said(users: ForeignUsers, database: Database) -> None:
    user_id = await users.user_id_of(ANA)
    assert await people(database) == [("ana", "Ana")]
    assert await groups_of(database, user_id) == ["corp:analysts", "corp:staff"]
    assert await rows(database, "SELECT * FROM global_grant") == await rows(database, "SELECT * FROM project_grant") == []
    assert await rows(database, "SELECT issuer, subject, user_id FROM foreign_identity") == [(ANA.issuer, ANA.subject, user_id)]
    assert await rows(database, "SELECT actor_id, subject_id, action, outcome FROM audit_event") == [
        (user_id, user_id, "signIn", "ALLOWED")
    ]


async def test_twenty_first_sights_at_once_make_one_user(users: ForeignUsers, database: Database) -> None:
    found = await asyncio.gather(*(users.user_id_of(ANA) for _ in range(20)))
    assert len(set(found)) == 1
    assert await people(database) == [("ana", "Ana")]
    assert len(await rows(database, "SELECT id FROM audit_event")) == 1
    assert await groups_of(database, found[0]) == ["corp:analysts", "corp:staff"]


async def test_twenty_people_of_one_login_and_new_groups_at_once_are_twenty_users(users: ForeignUsers, database: Database) -> None:
    await local(database, person("boss"))
    found = await asyncio.gather(*(users.user_id_of(replace(ANA, subject=f"s{number}")) for number in range(20)))
    assert len(set(found)) == 20
    assert [login for login, _ in await people(database)] == sorted(
        ["ana", "ana@corp", "boss", *(f"ana@corp-{number}" for number in range(2, 20))]
    )
    assert len(await rows(database, "SELECT id FROM user_group")) == 2


async def test_seen_again_as_before_nothing_is_written(users: ForeignUsers, database: Database) -> None:
    user_id = await users.user_id_of(ANA)
    with written(database) as statements:
        assert await users.user_id_of(ANA) == user_id
        assert await users.user_id_of(replace(ANA, login="renamed", display_name=None)) == user_id, "a login stays"
    assert statements == []


async def test_groups_and_name_follow_what_is_said(users: ForeignUsers, database: Database) -> None:
    user_id = await users.user_id_of(ANA)
    changed = replace(ANA, display_name="Ana B.", groups=frozenset({"staff", "writers"}))
    assert await users.user_id_of(changed) == user_id
    assert (await people(database), await groups_of(database, user_id)) == ([("ana", "Ana B.")], ["corp:staff", "corp:writers"])
    await users.user_id_of(replace(changed, groups=frozenset()))
    assert await groups_of(database, user_id) == []


async def test_groups_of_other_sources_and_of_this_server_stay_as_they_are(users: ForeignUsers, database: Database) -> None:
    user_id = await users.user_id_of(ANA)
    hers = GroupRow(id=new_id(Kind.GROUP), name="Local", created_at=NOW)
    await local(database, hers)
    async with database.writing() as session:
        await session.execute(text("INSERT INTO group_member (group_id, user_id) VALUES (:g, :u)"), {"g": hers.id, "u": user_id})
    await users.user_id_of(replace(ANA, groups=frozenset()))
    assert await groups_of(database, user_id) == ["Local"]


async def test_a_group_that_was_made_here_takes_nobody_in_by_its_name(users: ForeignUsers, database: Database) -> None:
    await local(database, GroupRow(id=new_id(Kind.GROUP), name="corp:analysts", created_at=NOW))
    user_id = await users.user_id_of(ANA)
    assert await groups_of(database, user_id) == ["corp:staff"]
    with written(database) as statements:
        await users.user_id_of(ANA)
    assert statements == [], "and it is not tried again at each sight"


@pytest.mark.parametrize(
    ("here", "login"),
    [
        (["ana"], "ana@corp"),
        (["Ana"], "ana@corp"),
        (["ana", "ana@corp"], "ana@corp-2"),
        (["ana", "ANA@corp", "ana@corp-2"], "ana@corp-3"),
    ],
)
async def test_a_login_that_is_taken_is_never_joined(users: ForeignUsers, database: Database, here: list[str], login: str) -> None:
    await local(database, *map(person, here))
    await users.user_id_of(ANA)
    assert {name for name, _ in await people(database)} - set(here) == {login}


@pytest.mark.parametrize(
    ("given", "login"),
    [
        ({"login": "admin"}, "admin@corp"),
        ({"login": "ADMIN"}, "ADMIN@corp"),
        ({"login": "with blank"}, "subject-1"),
        ({"login": None}, "subject-1"),
        ({"login": "é" * 300, "subject": "|no login|"}, "somebody"),
        ({"login": "a" * 200}, "a" * 200),
        ({"login": "\uff41\uff44\uff4d\uff49\uff4e"}, "subject-1"),
        ({"login": "adm\u0131n"}, "subject-1"),
        ({"login": "\u212aelvin"}, "subject-1"),
        ({"login": "admin\n"}, "subject-1"),
        ({"login": "admin\u200b"}, "subject-1"),
        ({"login": "admin", "subject": "Admin"}, "admin@corp"),
        ({"login": None, "subject": "admin"}, "admin@corp"),
    ],
)
async def test_what_cannot_be_a_login_gives_another(users: ForeignUsers, database: Database, given: dict[str, Any], login: str) -> None:
    await users.user_id_of(replace(ANA, **given))
    assert [name for name, _ in await people(database)] == [login]


async def test_groups_that_are_called_like_others_are_groups_of_their_source(users: ForeignUsers, database: Database) -> None:
    called = ("admins", "hub:staff", "corp", "other:admins")
    await local(database, *(GroupRow(id=new_id(Kind.GROUP), name=name, source=None, created_at=NOW) for name in called))
    user_id = await users.user_id_of(replace(ANA, groups=frozenset(called)))
    assert await groups_of(database, user_id) == sorted(f"corp:{name}" for name in called)


async def test_subjects_that_are_composed_in_another_way_are_two_people(users: ForeignUsers) -> None:
    composed, apart = (replace(ANA, subject=subject) for subject in ("ren\u00e9", "rene\u0301"))
    assert await users.user_id_of(composed) != await users.user_id_of(apart)


@pytest.mark.parametrize("name", ["", "  ", "nul \0", "\u200b", "x" * 201, "\ud800"])
async def test_what_cannot_be_a_name_is_left_out(users: ForeignUsers, database: Database, name: str) -> None:
    user_id = await users.user_id_of(replace(ANA, display_name=name, groups=frozenset({name, "staff"})))
    assert await people(database) == [("ana", "ana")]
    assert await groups_of(database, user_id) == ["corp:staff"]
    with written(database) as statements:
        await users.user_id_of(replace(ANA, display_name=name, groups=frozenset({name, "staff"})))
    assert statements == []


@pytest.mark.parametrize("subject", ["", "x" * 256, "nul \0", "\ud800"])
async def test_a_subject_that_cannot_be_kept_is_refused(users: ForeignUsers, database: Database, subject: str) -> None:
    with pytest.raises(WrongToken, match="a subject that is empty, too long or no text"):
        await users.user_id_of(replace(ANA, subject=subject))
    assert await people(database) == []


async def test_subjects_that_differ_in_case_are_two_people(users: ForeignUsers) -> None:
    assert await users.user_id_of(ANA) != await users.user_id_of(replace(ANA, subject="Subject-1"))


async def test_two_hundred_groups_are_kept_the_first_by_name(users: ForeignUsers, database: Database) -> None:
    many = replace(ANA, groups=frozenset(f"g{number:03}" for number in range(201)))
    with capture_logs() as lines:
        user_id = await users.user_id_of(many)
    assert await groups_of(database, user_id) == [f"corp:g{number:03}" for number in range(200)]
    assert [(line["event"], line["groups"], line["kept"]) for line in lines if line["log_level"] == "warning"] == [
        ("an identity has too many groups", 201, 200)
    ]


async def test_within_a_deed_an_identity_is_found_and_nothing_is_waited_for(users: ForeignUsers, database: Database) -> None:
    user_id = await users.user_id_of(ANA)
    async with asyncio.timeout(10), database.writing():
        assert await users.user_id_of(replace(ANA, groups=frozenset())) == user_id
        with pytest.raises(WrongToken, match="nobody who has signed in before"):
            await users.user_id_of(replace(ANA, subject="new"))
    assert await groups_of(database, user_id) == ["corp:analysts", "corp:staff"], "changed at the next sight"


async def test_many_groups_that_change_at_once_end_as_one_of_them(users: ForeignUsers, database: Database) -> None:
    user_id = await users.user_id_of(ANA)
    sets = [frozenset(f"g{(number * step) % 20}" for number in range(10)) for step in range(1, 11)]
    await asyncio.gather(*(users.user_id_of(replace(ANA, groups=groups)) for groups in sets * 2))
    assert await groups_of(database, user_id) in [sorted(f"corp:{name}" for name in groups) for groups in sets]


async def test_a_preview_tells_whom_it_would_be_and_changes_nothing(users: ForeignUsers, database: Database) -> None:
    await local(database, person("ana"))
    with written(database) as statements:
        seen = await users.preview(ANA)
    assert (seen.login, seen.user_id, sorted(seen.groups)) == ("ana@corp", None, ["corp:analysts", "corp:staff"])
    assert statements == []
    user_id = await users.user_id_of(ANA)
    assert ((await users.preview(ANA)).login, (await users.preview(ANA)).user_id) == ("ana@corp", user_id)
