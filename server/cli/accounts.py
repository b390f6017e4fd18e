"""People and tokens made from the shell, by whoever may write the database, hence without asking the rules."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from filelock import AsyncFileLock
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from server.auth.private_files import write_private
from server.auth.tokens import digest_of, make_token
from server.context import Parts
from server.db.models import AccessTokenRow, AuditEventRow, GlobalGrantRow, UserRow
from server.db.repositories import identities
from server.domain.grants import AuditOutcome, GlobalPermission, TokenScope
from server.domain.ids import Kind
from server.domain.names import ADMINISTRATOR_LOGIN

_WAIT_FOR_OTHERS_SECONDS: Final = 60


async def add_user(
    parts: Parts, session: AsyncSession, login: str, permissions: Iterable[GlobalPermission], *, display_name: str | None = None
) -> UserRow:
    """Make a user; the database refuses a login that is taken."""
    user = UserRow(id=parts.new_id(Kind.USER), login=login, display_name=display_name or login, created_at=parts.clock())
    session.add(user)
    await session.flush()
    session.add_all(GlobalGrantRow(user_id=user.id, permission=permission) for permission in dict.fromkeys(permissions))
    return user


async def issue_token(
    parts: Parts, session: AsyncSession, user: UserRow, *, name: str, scope: TokenScope, lives_for: timedelta | None = None
) -> str:
    """Make a token and return its secret, which is stored nowhere."""
    secret, now = make_token(), parts.clock()
    row = AccessTokenRow(
        id=parts.new_id(Kind.ACCESS_TOKEN),
        user_id=user.id,
        name=name,
        digest=digest_of(secret) or "",
        scope=scope,
        created_at=now,
        expires_at=_end_of(now, lives_for),
    )
    session.add(row)
    await session.flush()
    record(parts, session, "createAccessToken", row.id)
    return secret


async def revoke_token(parts: Parts, session: AsyncSession, token_id: str) -> AccessTokenRow | None:
    """End a token; return it, None where there is none of that id. One that has ended stays as it is."""
    row = await session.get(AccessTokenRow, token_id)
    if row is not None and row.revoked_at is None:
        row.revoked_at = parts.clock()
        record(parts, session, "revokeAccessToken", row.id)
    return row


def record(parts: Parts, session: AsyncSession, action: str, subject_id: str | None) -> None:
    """Add what was done to the audit trail, as the deed of nobody: the shell knows no users of ours."""
    session.add(
        AuditEventRow(
            id=parts.new_id(Kind.AUDIT_EVENT),
            at=parts.clock(),
            actor_id=None,
            action=action,
            subject_id=subject_id,
            project_id=None,
            outcome=AuditOutcome.ALLOWED,
        )
    )


def admin_token_file(parts: Parts) -> Path:
    """Return where the first token is written."""
    return parts.settings.data_dir / "admin-token"


async def ensure_administrator(parts: Parts) -> str | None:
    """While nobody is ADMINISTRATOR, make `admin` one, and a token; return its secret, None where there was nothing to do.

    The file is written before the transaction ends: a crash in between leaves a dead token, which the next start replaces, never an
    administrator whose token nobody knows.
    """
    async with AsyncFileLock(parts.settings.data_dir / "first-run.lock", timeout=_WAIT_FOR_OTHERS_SECONDS, mode=0o600):
        try:
            async with parts.database.writing() as session:
                if await identities.administrator_exists(session):
                    return None
                secret = await issue_token(
                    parts, session, await _make_administrator(parts, session), name="first run", scope=TokenScope.WRITE
                )
                write_private(admin_token_file(parts), f"{secret}\n")
        except IntegrityError:  # another machine on the same database was quicker
            admin_token_file(parts).unlink(missing_ok=True)
            return None
        return secret


async def _make_administrator(parts: Parts, session: AsyncSession) -> UserRow:
    """Make `admin`, or give whoever has that login, in whatever case, what is lacking."""
    user = await identities.find_user(session, ADMINISTRATOR_LOGIN) or await identities.find_twin(session, ADMINISTRATOR_LOGIN)
    if user is None:
        return await add_user(parts, session, ADMINISTRATOR_LOGIN, [GlobalPermission.ADMINISTRATOR], display_name="Administrator")
    user.active = True
    rights = await identities.get_rights(session, user.id)
    if rights is None or GlobalPermission.ADMINISTRATOR not in rights.everywhere:
        session.add(GlobalGrantRow(user_id=user.id, permission=GlobalPermission.ADMINISTRATOR))
    return user


def _end_of(now: datetime, lives_for: timedelta | None) -> datetime | None:
    return None if lives_for is None else now + lives_for
