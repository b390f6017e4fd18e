"""People and groups from the shell: the same rules as in the API, without a token, audited as the deeds of nobody."""

import asyncio
import json
import sqlite3
from collections.abc import Callable
from functools import partial
from pathlib import Path

import httpx2
import pytest
from sqlalchemy import text
from typer.testing import Result

from server.app import close_parts, make_parts
from server.cli import users
from server.cli.accounts import add_user
from server.cli.databases import bring_up_to_date, with_parts
from server.config import load_settings
from server.context import Parts
from server.domain.grants import GlobalPermission
from tests.fixtures.running import run, serving
from tests.fixtures.world import settings_for

Invoke = Callable[..., Result]
EVENTS = """SELECT action || ' ' || coalesce(login, name, '') || ' ' || outcome || coalesce(actor_id, '') FROM audit_event
    LEFT JOIN user_account u ON u.id = subject_id LEFT JOIN user_group g ON g.id = subject_id ORDER BY at"""
GRANTS = "SELECT permission FROM global_grant JOIN user_account u ON u.id = user_id WHERE login = 'mia' ORDER BY permission"
MADE = ["createUser root ALLOWED", "createUser mia ALLOWED"]
LAST = "nbinsight: Nobody active would be ADMINISTRATOR any more, by themselves or by a group: make somebody else one first.\n"


def rows(folder: Path, sql: str) -> list[object]:
    connection = sqlite3.connect(folder / "nbinsight-data" / "nbinsight.db")
    try:
        return [row[0] for row in connection.execute(sql)]
    finally:
        connection.close()


def said(done: Result) -> tuple[int, str, str]:
    return done.exit_code, done.stdout, done.stderr


@pytest.fixture
def people(invoke: Invoke) -> Invoke:
    """`root`, who is ADMINISTRATOR, and `mia`."""
    assert invoke("user", "add", "root", "--global-permission", "ADMINISTRATOR").exit_code == 0
    assert invoke("user", "add", "mia", "--display-name", "Mia M.").exit_code == 0
    return invoke


def test_who_is_made_is_in_the_audit_trail(people: Invoke, tmp_path: Path) -> None:
    assert people("user", "add", "MIA").exit_code == 1
    assert rows(tmp_path, EVENTS) == MADE


def test_users_are_listed_with_what_they_hold(people: Invoke) -> None:
    assert people("user", "deactivate", "mia").exit_code == 0
    assert people("user", "list").stdout == "root  active  ADMINISTRATOR  root\nmia  inactive  -  Mia M.\n"


def test_a_list_has_more_than_a_page(invoke: Invoke) -> None:
    made = ["root", *(f"u{number:03}" for number in range(100))]
    assert invoke("user", "add", "root", "--global-permission", "ADMINISTRATOR").exit_code == 0

    async def add(parts: Parts) -> None:
        async with parts.database.writing() as session:
            for login in made[1:]:
                await add_user(parts, session, login, [])

    with_parts(load_settings(), add)
    assert [line.split()[0] for line in invoke("user", "list").stdout.splitlines()] == made
    assert invoke("group", "save", "all", *(word for login in made for word in ("--member", login))).exit_code == 0
    assert invoke("group", "list", "all").stdout.splitlines() == made
    assert invoke("group", "list").stdout == "here  -  101  all\n"


def test_a_permission_is_given_beside_the_others_and_taken_alone(people: Invoke, tmp_path: Path) -> None:
    holds = "The user mia holds now, apart from groups: "
    assert said(people("user", "grant", "mia", "CREATE_PROJECTS")) == (0, f"{holds}CREATE_PROJECTS\n", "")
    assert people("user", "grant", "mia", "WRITE_SAFE_CODE", "CREATE_PROJECTS").stdout == f"{holds}WRITE_SAFE_CODE,CREATE_PROJECTS\n"
    assert rows(tmp_path, GRANTS) == ["CREATE_PROJECTS", "WRITE_SAFE_CODE"]
    assert people("user", "revoke", "mia", "CREATE_PROJECTS", "ADMINISTRATOR").stdout == f"{holds}WRITE_SAFE_CODE\n"
    assert rows(tmp_path, GRANTS) == ["WRITE_SAFE_CODE"]
    assert people("user", "revoke", "mia", "WRITE_SAFE_CODE").stdout == f"{holds}-\n"
    assert rows(tmp_path, EVENTS) == [*MADE, *["updateUser mia ALLOWED"] * 4]


@pytest.mark.parametrize("deed", [["deactivate", "root"], ["revoke", "root", "ADMINISTRATOR"]], ids=["deactivate", "revoke"])
def test_the_last_administrator_stays(people: Invoke, tmp_path: Path, deed: list[str]) -> None:
    assert said(people("user", *deed)) == (1, "", LAST)
    assert people("user", "list").stdout.splitlines()[0] == "root  active  ADMINISTRATOR  root"
    assert rows(tmp_path, EVENTS) == MADE
    assert people("user", "grant", "mia", "ADMINISTRATOR").exit_code == 0
    assert people("user", *deed).exit_code == 0


@pytest.mark.parametrize(
    "deed",
    [
        ["user", "deactivate", "nobody"],
        ["user", "deactivate", "mia", "--transfer-to", "nobody"],
        ["user", "reactivate", "nobody"],
        ["user", "grant", "nobody", "CREATE_PROJECTS"],
        ["group", "save", "staff", "--member", "mia", "--member", "nobody"],
    ],
    ids=" ".join,
)
def test_who_is_not_there_is_named_and_nothing_changes(people: Invoke, tmp_path: Path, deed: list[str]) -> None:
    before = people("user", "list").stdout
    assert said(people(*deed)) == (1, "", "nbinsight: There is no user nobody: `nbinsight user list` shows all.\n")
    assert (people("user", "list").stdout, people("group", "list").stdout, rows(tmp_path, EVENTS)) == (before, "", MADE)


def test_nobody_inherits_from_themselves(people: Invoke, tmp_path: Path) -> None:
    refused = people("user", "deactivate", "mia", "--transfer-to", "mia")
    assert said(refused) == (1, "", "nbinsight: Name another user, who is active.\n")
    assert rows(tmp_path, "SELECT active FROM user_account WHERE login = 'mia'") == [1]


def test_a_group_is_saved_piece_by_piece(people: Invoke, tmp_path: Path) -> None:
    saved = "Saved the group staff, kept here.\n"
    assert said(people("group", "save", "staff", "--member", "mia", "--global-permission", "CREATE_PROJECTS")) == (0, saved, "")
    assert people("group", "list").stdout == "here  CREATE_PROJECTS  1  staff\n"
    assert people("group", "save", "staff", "--member", "root").stdout == saved
    assert people("group", "list", "staff").stdout == "root\n"
    assert people("group", "list").stdout == "here  CREATE_PROJECTS  1  staff\n"
    assert people("group", "save", "staff", "--no-global-permissions").exit_code == 0
    assert people("group", "list").stdout == "here  -  1  staff\n"
    assert people("group", "save", "staff", "--no-members").exit_code == 0
    assert people("group", "list").stdout == "here  -  0  staff\n"
    assert people("group", "save", "staff").exit_code == 0
    assert rows(tmp_path, EVENTS) == [*MADE, *["saveGroup staff ALLOWED"] * 5]


def test_a_group_that_is_given_and_emptied_at_once_is_asked_about(people: Invoke) -> None:
    message = "nbinsight: Say who is in it or --no-members, what it holds or --no-global-permissions, but not both.\n"
    assert said(people("group", "save", "staff", "--member", "mia", "--no-members")) == (2, "", message)
    both = ("--global-permission", "CREATE_PROJECTS", "--no-global-permissions")
    assert said(people("group", "save", "staff", *both)) == (2, "", message)
    assert people("group", "list").stdout == ""
    assert said(people("group", "list", "staff")) == (1, "", "nbinsight: There is no group staff: `nbinsight group list` shows all.\n")


def test_who_is_in_a_group_of_a_gateway_the_gateway_says(people: Invoke) -> None:
    gateway = {"NBINSIGHT_GATEWAY_SECRET": "s" * 32}
    saved = people("group", "save", "gateway:staff", "--global-permission", "CREATE_PROJECTS", **gateway)
    assert said(saved) == (0, "Saved the group gateway:staff, whose members gateway names.\n", "")
    message = "nbinsight: Who is in gateway:staff is what gateway says: change it there, and leave the members out here.\n"
    assert said(people("group", "save", "gateway:staff", "--member", "mia", **gateway)) == (1, "", message)
    assert people("group", "list").stdout == "gateway  CREATE_PROJECTS  0  gateway:staff\n"


def test_a_group_takes_no_last_administrator_along(people: Invoke, tmp_path: Path) -> None:
    assert people("group", "save", "admins", "--member", "mia", "--global-permission", "ADMINISTRATOR").exit_code == 0
    assert people("user", "deactivate", "root").exit_code == 0
    for emptied in ("--no-members", "--no-global-permissions"):
        assert said(people("group", "save", "admins", emptied)) == (1, "", LAST)
    assert people("group", "list").stdout == "here  ADMINISTRATOR  1  admins\n"
    assert rows(tmp_path, EVENTS) == [*MADE, "saveGroup admins ALLOWED", "deactivateUser root ALLOWED"]


def test_while_the_server_runs_a_user_is_kept_out_and_what_they_own_is_handed_over(tmp_path: Path) -> None:
    """What `wim` of the demo owns goes to `ana`; their token ends with the next request, for good."""
    with serving("--demo", cwd=tmp_path) as server:
        tokens: dict[str, str] = json.loads((tmp_path / "nbinsight-data" / "demo-tokens").read_text("utf-8"))
        assert server.login(tokens["wim"]) == "wim"
        done = run("user", "deactivate", "wim", "--transfer-to", "ana", cwd=tmp_path)
        assert (done.returncode, done.stdout, done.stderr) == (0, "The user wim is kept out. What they owned is ana's now.\n", "")
        assert server.post("{ viewer { user { login } } }", tokens["wim"]).status_code == httpx2.codes.UNAUTHORIZED
        owners = server.data('{ project(key: "DEMO") { insights(first: 100) { nodes { owner { login } } } } }', tokens["ana"])
        assert {node["owner"]["login"] for node in owners["project"]["insights"]["nodes"]} == {"ana"}
        assert run("user", "reactivate", "wim", cwd=tmp_path).stdout == "The user wim may sign in.\n"
        assert server.post("{ viewer { user { login } } }", tokens["wim"]).status_code == httpx2.codes.UNAUTHORIZED
        fresh = run("token", "create", "wim", cwd=tmp_path).stdout.strip()
        assert server.login(fresh) == "wim"
        refused = run("user", "deactivate", "ana", "--transfer-to", "dora", cwd=tmp_path)
        assert (refused.returncode, refused.stdout) == (0, "The user ana is kept out. What they owned is dora's now.\n")


async def test_two_operators_who_give_at_the_same_moment_both_have_given(database_url: str, tmp_path: Path) -> None:
    settings = settings_for(database_url, tmp_path)
    parts = make_parts(settings)
    try:
        await bring_up_to_date(parts)
        async with parts.database.writing() as session:
            await add_user(parts, session, "root", [GlobalPermission.ADMINISTRATOR])
            await add_user(parts, session, "mia", [])
        given = [permission for permission in GlobalPermission if permission is not GlobalPermission.ADMINISTRATOR]
        places = {"data_dir": str(settings.data_dir), "database_url": settings.database_url}
        grants = [partial(users.grant, login="mia", permissions=[permission], **places) for permission in given]
        await asyncio.gather(*(asyncio.to_thread(grant) for grant in grants))
        async with parts.database.reading() as session:
            assert sorted((await session.scalars(text(GRANTS))).all()) == sorted(permission.value for permission in given)
    finally:
        await close_parts(parts)
