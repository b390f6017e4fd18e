"""Projects, notebooks, exports and authorizations."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import BindParameter, ColumnElement, Select, bindparam, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from server.db.models import AuthorizedObjectRow, ExportRow, NotebookRow, ProjectRow
from server.db.repositories.paging import Order
from server.domain.grants import CodeExposure
from server.domain.names import fold

PROJECTS_BY_AGE = Order(ProjectRow.id)
EXPORTS_NEWEST_FIRST = Order(ExportRow.sequence, descending=True)


_IDS: Final[BindParameter[Any]] = bindparam("ids", expanding=True)
_NEWEST: Final = (
    select(ExportRow.notebook_id, func.max(ExportRow.sequence).label("sequence"))
    .where(ExportRow.notebook_id.in_(_IDS))
    .group_by(ExportRow.notebook_id)
    .subquery()
)
_STATES: Final = (
    select(NotebookRow.id, NotebookRow.name, ProjectRow, AuthorizedObjectRow.code_exposure, ExportRow)
    .join(ProjectRow, ProjectRow.id == NotebookRow.project_id)
    .outerjoin(AuthorizedObjectRow, AuthorizedObjectRow.notebook_id == NotebookRow.id)
    .outerjoin(_NEWEST, _NEWEST.c.notebook_id == NotebookRow.id)
    .outerjoin(ExportRow, (ExportRow.notebook_id == _NEWEST.c.notebook_id) & (ExportRow.sequence == _NEWEST.c.sequence))
    .where(NotebookRow.id.in_(_IDS))
)


@dataclass(frozen=True, slots=True)
class NotebookState:
    """What rules and many fields ask of a notebook; `code_exposure` is None where it is not authorized."""

    name: str
    project: ProjectRow
    code_exposure: CodeExposure | None
    latest_export: ExportRow | None


def projects_by_key(visible: ColumnElement[bool]) -> Select[ProjectRow]:
    """Select the visible projects whose keys are the parameter `keys`."""
    return select(ProjectRow).where(ProjectRow.key.in_(bindparam("keys", expanding=True)), visible)


async def list_projects_by_key(session: AsyncSession, keys: Collection[str], query: Select[ProjectRow]) -> dict[str, ProjectRow]:
    """Map keys to the projects that have them, by a query made by `projects_by_key`."""
    rows = await session.scalars(query, {"keys": keys})
    return {row.key: row for row in rows}


async def find_notebook_by_name(session: AsyncSession, project_id: str, name: str) -> NotebookRow | None:
    """Find a notebook by its name within a project."""
    return await session.scalar(select(NotebookRow).where(NotebookRow.project_id == project_id, NotebookRow.name == name))


async def list_states(session: AsyncSession, notebook_ids: Collection[str]) -> dict[str, NotebookState]:
    """Read project, authorization and newest export of many notebooks, in one statement."""
    rows = await session.execute(_STATES, {"ids": notebook_ids})
    return {id_: NotebookState(name, project, _exposure(project, own), export) for id_, name, project, own, export in rows}


def _exposure(project: ProjectRow, own: CodeExposure | None) -> CodeExposure | None:
    """Prefer the notebook's own authorization to the project's switch."""
    if own is not None:
        return own
    return project.all_objects_code_exposure if project.authorizes_all_objects else None


def notebooks_of(project_id: str, visible: ColumnElement[bool]) -> Select[NotebookRow]:
    """Select a project's visible notebooks."""
    return select(NotebookRow).where(NotebookRow.project_id == project_id, visible)


def exports_of(notebook_id: str, visible: ColumnElement[bool]) -> Select[ExportRow]:
    """Select a notebook's visible exports."""
    return select(ExportRow).where(ExportRow.notebook_id == notebook_id, visible)


def projects(visible: ColumnElement[bool]) -> Select[ProjectRow]:
    """Select the visible projects."""
    return select(ProjectRow).where(visible)


async def find_authorization(session: AsyncSession, notebook_id: str) -> AuthorizedObjectRow | None:
    """Find a notebook's own authorization."""
    return await session.scalar(select(AuthorizedObjectRow).where(AuthorizedObjectRow.notebook_id == notebook_id))


async def list_authorizations(session: AsyncSession, project_id: str, visible: ColumnElement[bool]) -> Sequence[AuthorizedObjectRow]:
    """List a project's authorizations, oldest first."""
    query = select(AuthorizedObjectRow).where(AuthorizedObjectRow.project_id == project_id, visible)
    return (await session.scalars(query.order_by(AuthorizedObjectRow.id))).all()


async def project_key_is_taken(session: AsyncSession, key: str) -> bool:
    """Tell whether any project, visible or not, has the key, or one that differs in case alone."""
    taken = or_(ProjectRow.key_folded == fold(key), ProjectRow.key == key)
    return await session.scalar(select(ProjectRow.id).where(taken).limit(1)) is not None


async def find_visible_notebook(session: AsyncSession, project_id: str, name: str, visible: ColumnElement[bool]) -> NotebookRow | None:
    """Find a notebook by its name within a project, if it is visible."""
    return await session.scalar(notebooks_of(project_id, visible).where(NotebookRow.name == name))


async def hold_unauthorized(session: AsyncSession, notebook_ids: Collection[str | None]) -> None:
    """Keep other deeds from touching notebooks that are about to be authorized, or anything that names them.

    Whoever authorizes on the way begins with this, for notebooks are locked before dashboards and insights. Without it, of sixteen
    deeds at once many waited for each other until PostgreSQL stopped one, a second each time: more than 10 s for all.
    """
    query = select(NotebookRow.id).where(NotebookRow.id.in_(notebook_ids), ~NotebookRow.authorized)
    await session.execute(query.order_by(NotebookRow.id).with_for_update())


async def set_authorized(session: AsyncSession, notebook: NotebookRow, *, authorized: bool) -> None:
    """Let a notebook know that it has an authorization of its own, or none: whatever the session remembers, the database is told."""
    await session.execute(update(NotebookRow).where(NotebookRow.id == notebook.id).values(authorized=authorized))
