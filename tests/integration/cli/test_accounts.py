"""People and tokens from the shell, and the first administrator."""

import asyncio
import re
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import text
from typer.testing import Result

from server.app import close_parts, make_parts
from server.cli.accounts import add_user, admin_token_file, ensure_administrator
from server.domain.grants import GlobalPermission
from tests.fixtures.world import settings_for

Invoke = Callable[..., Result]
DATA = "nbinsight-data"
WAITS_FOR_A_LOCK = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"


def ask(folder: Path, sql: str) -> object:
    connection = sqlite3.connect(folder / DATA / "nbinsight.db")
    try:
        return (connection.execute(sql).fetchone() or [None])[0]
    finally:
        connection.commit()
        connection.close()


def test_a_login_that_is_taken_is_refused(invoke: Invoke, tmp_path: Path) -> None:
    assert invoke("user", "add", "mia").stdout == "Made the user mia. A token for them: nbinsight token create mia\n"
    again = invoke("user", "add", "mia", "--global-permission", "ADMINISTRATOR")
    assert (again.exit_code, again.stderr) == (1, "nbinsight: There is a user mia already.\n")
    assert ask(tmp_path, "SELECT count(*) FROM global_grant") == 0


def test_a_login_that_differs_in_case_alone_is_refused(invoke: Invoke, tmp_path: Path) -> None:
    assert invoke("user", "add", "Mia").exit_code == 0
    again = invoke("user", "add", "mia")
    message = "nbinsight: There is a user Mia already; a login that differs in case alone is not accepted.\n"
    assert (again.exit_code, again.stderr) == (1, message)
    assert ask(tmp_path, "SELECT group_concat(login) FROM user_account") == "Mia"


def test_a_user_who_is_not_active_gets_no_token(invoke: Invoke, tmp_path: Path) -> None:
    assert invoke("user", "add", "mia").exit_code == 0
    ask(tmp_path, "UPDATE user_account SET active = 0")
    refused = invoke("token", "create", "mia")
    assert (refused.exit_code, refused.stderr) == (1, "nbinsight: The user mia is not active: a token would not work.\n")
    assert ask(tmp_path, "SELECT count(*) FROM access_token") == 0


def test_a_token_ends_when_it_was_said_to(invoke: Invoke, tmp_path: Path) -> None:
    assert invoke("user", "add", "mia").exit_code == 0
    assert invoke("token", "create", "mia", "--expires-in", "12h", "--name", "for half a day").exit_code == 0
    hours = "SELECT (julianday(expires_at) - julianday(created_at)) * 24 FROM access_token WHERE name = 'for half a day'"
    assert ask(tmp_path, hours) == pytest.approx(12, abs=0.01)


async def test_whoever_has_the_login_admin_in_another_case_becomes_administrator(database_url: str, tmp_path: Path) -> None:
    """Nobody else can take the login `admin` then, and an instance without administrator would never get one."""
    parts = make_parts(settings_for(database_url, tmp_path))
    try:
        async with parts.database.writing() as session:
            await add_user(parts, session, "Admin", [])
        assert await ensure_administrator(parts) is not None
        async with parts.database.reading() as session:
            rows = await session.execute(text("SELECT u.login, g.permission FROM global_grant g JOIN user_account u ON u.id = g.user_id"))
            assert [tuple(row) for row in rows] == [("Admin", "ADMINISTRATOR")]
    finally:
        await close_parts(parts)


async def test_whoever_has_the_login_admin_becomes_administrator_while_nobody_is(database_url: str, tmp_path: Path) -> None:
    parts = make_parts(settings_for(database_url, tmp_path))
    try:
        async with parts.database.writing() as session:
            await add_user(parts, session, "admin", [GlobalPermission.CREATE_PROJECTS])
            await session.execute(text("UPDATE user_account SET active = false"))
        secret = await ensure_administrator(parts)
        assert admin_token_file(parts).read_text(encoding="utf-8") == f"{secret}\n"
        async with parts.database.reading() as session:
            grants = await session.execute(text("SELECT permission FROM global_grant ORDER BY permission"))
            assert [row[0] for row in grants] == ["ADMINISTRATOR", "CREATE_PROJECTS"]
            assert (await session.execute(text("SELECT login, active FROM user_account"))).one() == ("admin", True)
        assert await ensure_administrator(parts) is None
    finally:
        await close_parts(parts)


async def test_of_two_machines_on_one_database_one_makes_the_administrator(postgresql_url: str, tmp_path: Path) -> None:
    quick, slow = (make_parts(settings_for(postgresql_url, tmp_path / name)) for name in ("quick", "slow"))
    for parts in (quick, slow):
        parts.settings.data_dir.mkdir()
    try:
        async with quick.database.writing() as session:
            await add_user(quick, session, "admin", [GlobalPermission.ADMINISTRATOR])
            await session.flush()
            waiting = asyncio.create_task(ensure_administrator(slow))
            async with quick.database.reading() as watching:
                while (await watching.execute(text(WAITS_FOR_A_LOCK))).scalar_one() == 0:
                    await asyncio.sleep(0.01)
                    await watching.rollback()
        assert await waiting is None
        assert not admin_token_file(slow).exists()
    finally:
        await close_parts(quick)
        await close_parts(slow)


def test_tokens_are_listed_and_revoked_from_the_shell(invoke: Invoke, tmp_path: Path) -> None:
    assert invoke("user", "add", "mia").exit_code == 0
    assert invoke("token", "list", "mia").stdout == ""
    secrets = [invoke("token", "create", "mia", "--name", name).stdout.strip() for name in ("laptop", "phone")]
    listed = invoke("token", "list", "mia").stdout
    ids = re.findall(r"(?m)^(k[0-9a-v]{26})  READ   (laptop|phone), does not end, never used$", listed)
    assert [name for _, name in ids] == ["laptop", "phone"]
    assert not any(secret in listed for secret in secrets)
    revoked = invoke("token", "revoke", ids[0][0])
    assert (revoked.exit_code, revoked.stdout) == (0, "Revoked the access token laptop.\n")
    at = ask(tmp_path, "SELECT revoked_at FROM access_token WHERE name = 'laptop'")
    assert at is not None
    assert invoke("token", "revoke", ids[0][0]).exit_code == 0
    assert ask(tmp_path, "SELECT revoked_at FROM access_token WHERE name = 'laptop'") == at, "when it ended stays"
    assert ids[1][0] in invoke("token", "list", "mia").stdout
    assert ids[0][0] not in invoke("token", "list", "mia").stdout
    event = "action || ' ' || subject_id || ' ' || outcome || coalesce(actor_id, '')"
    events = f"SELECT group_concat({event}, ', ') FROM audit_event WHERE action LIKE '%AccessToken'"  # noqa: S608  our own words
    expected = [f"createAccessToken {id_} ALLOWED" for id_, _ in ids] + [f"revokeAccessToken {ids[0][0]} ALLOWED"]
    assert ask(tmp_path, events) == ", ".join(expected)


@pytest.mark.parametrize("given", ["laptop", "k" + "0" * 26, "nbi_secret"])
def test_a_token_that_is_not_there_cannot_be_revoked(invoke: Invoke, given: str) -> None:
    assert invoke("user", "add", "mia").exit_code == 0
    refused = invoke("token", "revoke", given)
    message = "nbinsight: There is no access token of that id: `nbinsight token list LOGIN` shows those of a user.\n"
    assert (refused.exit_code, refused.stderr) == (1, message)


def test_nobody_has_no_tokens(invoke: Invoke) -> None:
    assert invoke("db", "upgrade").exit_code == 0
    refused = invoke("token", "list", "mia")
    assert (refused.exit_code, refused.stderr) == (1, "nbinsight: There is no user mia: `nbinsight user add mia` makes one.\n")
