"""What must be true between rows, beyond what constraints hold; `nbinsight verify` asks for it."""

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import Select, exists, func, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from server.db.models import AuthorizedObjectRow, DashboardRow, ExportRow, InsightRow, NotebookRow, ProjectRow, UserRow
from server.domain.names import fold

_IS_AUTHORIZED: Final = exists().where(AuthorizedObjectRow.notebook_id == NotebookRow.id)
_IS_PUBLISHED: Final = exists().where(ExportRow.notebook_id == NotebookRow.id)
_LAST_SEQUENCE: Final = select(func.max(ExportRow.sequence)).where(ExportRow.notebook_id == NotebookRow.id).scalar_subquery()

_UNTRUE: Final[tuple[tuple[str, Select[Any]], ...]] = (
    ("notebook {}: `authorized` is not what authorizations say", select(NotebookRow.id).where(NotebookRow.authorized != _IS_AUTHORIZED)),
    ("notebook {}: `published` is not what exports say", select(NotebookRow.id).where(NotebookRow.published != _IS_PUBLISHED)),
    ("notebook {}: an export has a higher number than the last", select(NotebookRow.id).where(NotebookRow.last_sequence < _LAST_SEQUENCE)),
    (
        "insight {}: `authorized` is not its notebook's",
        select(InsightRow.id)
        .join(NotebookRow, NotebookRow.id == InsightRow.notebook_id)
        .where(NotebookRow.authorized != InsightRow.authorized),
    ),
)
"""Copies, each with a statement that finds rows where they are not true."""

_FOLDED: Final[tuple[tuple[str, Select[str, str, str]], ...]] = (
    ("notebook", select(NotebookRow.id, NotebookRow.name, NotebookRow.name_folded)),
    ("insight", select(InsightRow.id, InsightRow.name, InsightRow.name_folded)),
    ("dashboard", select(DashboardRow.id, DashboardRow.name, DashboardRow.name_folded)),
    ("user_account", select(UserRow.id, UserRow.login, UserRow.login_folded)),
    ("project", select(ProjectRow.id, ProjectRow.key, ProjectRow.key_folded)),
)
"""Names, and what they are found by."""


async def list_faults(session: AsyncSession) -> list[str]:
    """Return a line for each row that refers to nothing, or whose copies are not true."""
    faults = await _dangling(session)
    for sentence, statement in _UNTRUE:
        faults += [sentence.format(id_) for id_ in await session.scalars(statement)]
    for table, names in _FOLDED:
        rows = (await session.execute(names)).all()
        faults += [f"{table} {row[0]}: it is not found by its name" for row in rows if not _is_folded(row)]
    return faults


def _is_folded(row: Sequence[str]) -> bool:
    """Tell whether a name is found; twins from before they were refused keep their own (migration 0004)."""
    _, name, folded = row
    return folded in {fold(name), name}


async def _dangling(session: AsyncSession) -> list[str]:
    """Ask SQLite, where whoever opens the file by hand may switch foreign keys off; PostgreSQL lets nobody."""
    if session.get_bind().dialect.name != "sqlite":
        return []
    rows = (await session.execute(text("PRAGMA foreign_key_check"))).all()
    return [f"{row[0]}, row {row[1]}: refers to a row of {row[2]} that is not there" for row in rows]
