"""Find anything by its id or another key; one visibility rule for all, applied in SQL by the loaders."""

from collections.abc import Sequence
from typing import TypeVar

from server.auth.conditions import Subject
from server.auth.rules import Action
from server.auth.visibility import SEEING
from server.context import Context
from server.db.models import (
    AccessTokenRow,
    AuditEventRow,
    AuthorizedObjectRow,
    DashboardRow,
    Entity,
    ExportRow,
    GroupRow,
    InsightRow,
    NotebookRow,
    PageRow,
    ProjectRow,
    TileRow,
    UserRow,
)
from server.db.repositories.nodes import KINDS
from server.domain.errors import NotFound, Vanished
from server.domain.ids import Kind, kind_of
from server.domain.names import is_login, is_project_key

E = TypeVar("E", bound=Entity)

_WORDS: dict[type[Entity], str] = {
    ProjectRow: "project",
    NotebookRow: "notebook",
    ExportRow: "export",
    InsightRow: "insight",
    DashboardRow: "dashboard",
    PageRow: "page",
    TileRow: "tile",
    UserRow: "user",
    AccessTokenRow: "access token",
    AuthorizedObjectRow: "authorization",
    GroupRow: "group",
    AuditEventRow: "event",
}


async def find_node(context: Context, id_: object) -> Entity | None:
    """Find a visible row of any kind, or None."""
    if not isinstance(id_, str) or kind_of(id_) is None:
        return None
    row = await context.loaders.nodes.load(id_)
    if row is not None:
        context.vouch(SEEING[type(row)])
    return row


async def sees(context: Context, id_: str, project_id: str | None) -> bool:
    """Tell whether somebody sees what has an id, which is in a project or in none.

    Costs nothing where their rights on the project decide alone; then what was deleted counts as seen too.
    """
    kind = kind_of(id_)
    if context.viewer is None or kind is None:
        return False
    project = id_ if kind is Kind.PROJECT else project_id
    by_rights = context.viewer.is_administrator or context.decide(SEEING[KINDS[kind]], Subject(project)).allowed
    return by_rights or await find_node(context, id_) is not None


async def find(context: Context, kind: type[E], id_: object) -> E | None:
    """Find a visible row of one kind, or None; an id of another kind is absent."""
    row = await find_node(context, id_)
    return row if isinstance(row, kind) else None


async def get(context: Context, kind: type[E], id_: object, field: Sequence[str]) -> E:
    """Get a visible row of one kind, or raise NotFound for that input field."""
    row = await find(context, kind, id_)
    if row is None:
        raise NotFound(field, what=_WORDS[kind])
    return row


async def find_project_by_key(context: Context, key: str) -> ProjectRow | None:
    """Find a visible project by its key, or None."""
    project = await context.loaders.projects_by_key.load(key) if is_project_key(key) else None
    if project is not None:
        context.vouch(Action.OPEN_PROJECT)
    return project


async def find_user_by_login(context: Context, login: str) -> UserRow | None:
    """Find a visible user by login, or None."""
    user = await context.loaders.users_by_login.load(login) if is_login(login) else None
    if user is not None:
        context.vouch(Action.VIEW_USER)
    return user


async def get_project_by_key(context: Context, key: str, field: Sequence[str]) -> ProjectRow:
    """Get a visible project by its key, or raise NotFound."""
    project = await find_project_by_key(context, key)
    if project is None:
        raise NotFound(field, what=_WORDS[ProjectRow])
    return project


async def page_of(context: Context, tile: TileRow) -> PageRow:
    """Get the page of a visible tile, which is visible with it."""
    return await _belonging(context, PageRow, tile.page_id)


async def dashboard_of(context: Context, part: PageRow | TileRow) -> DashboardRow:
    """Get the dashboard of a visible page or tile, which is visible with it."""
    page = await page_of(context, part) if isinstance(part, TileRow) else part
    return await _belonging(context, DashboardRow, page.dashboard_id)


async def project_of(context: Context, row: NotebookRow | ExportRow | InsightRow | DashboardRow) -> ProjectRow:
    """Get the project of a visible row, which is visible with it."""
    return await _belonging(context, ProjectRow, row.project_id)


async def owner_of(context: Context, row: ProjectRow | InsightRow | DashboardRow) -> UserRow:
    """Get whoever owns a visible row."""
    return await _belonging(context, UserRow, row.owner_id)


async def _belonging(context: Context, kind: type[E], id_: str) -> E:
    """Only in the moment when the one was read and the other was not yet can it be gone."""
    row = await find(context, kind, id_)
    if row is None:
        msg = f"Its {_WORDS[kind]} was deleted meanwhile: ask again."
        raise Vanished(msg)
    return row
