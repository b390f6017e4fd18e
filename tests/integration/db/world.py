"""Rows that the database accepts, to be spoiled or read back; nothing is stored here."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime

from sqlalchemy import Connection
from sqlalchemy.event import listen, remove

from server.db.models import (
    AccessTokenRow,
    AuditEventRow,
    AuthorizedObjectRow,
    DashboardRow,
    ExportRow,
    GroupRow,
    InsightRow,
    Model,
    NotebookRow,
    PageRow,
    ProjectRow,
    TileRow,
    UserRow,
)
from server.db.session import Database
from server.domain.dashboards import ExportSelectionMode, TileKind, TileTitleMode
from server.domain.grants import AuditOutcome, CodeExposure, TokenScope
from server.domain.ids import Kind, new_id
from server.domain.notebooks import ExportTrigger

AT = datetime(2026, 3, 29, 1, 30, tzinfo=UTC)
DIGEST = "0" * 64


def user(login: str) -> UserRow:
    return UserRow(id=new_id(Kind.USER), login=login, display_name=login.title(), created_at=AT)


def group(name: str) -> GroupRow:
    return GroupRow(id=new_id(Kind.GROUP), name=name, created_at=AT)


def token(
    owner: UserRow, digest: str = DIGEST, *, expires_at: datetime | None = None, revoked_at: datetime | None = None
) -> AccessTokenRow:
    return AccessTokenRow(
        id=new_id(Kind.ACCESS_TOKEN),
        user_id=owner.id,
        name="laptop",
        digest=digest,
        scope=TokenScope.READ,
        created_at=AT,
        expires_at=expires_at,
        revoked_at=revoked_at,
    )


def event(actor: UserRow) -> AuditEventRow:
    return AuditEventRow(
        id=new_id(Kind.AUDIT_EVENT),
        at=AT,
        actor_id=actor.id,
        action="createUser",
        subject_id=None,
        project_id=None,
        outcome=AuditOutcome.DENIED,
    )


def project(owner: UserRow, key: str, *, open_to: CodeExposure | None = None) -> ProjectRow:
    """A project; `open_to` authorizes all its notebooks, with that exposure of code."""
    return ProjectRow(
        id=new_id(Kind.PROJECT),
        key=key,
        name=key.title(),
        owner_id=owner.id,
        authorizes_all_objects=open_to is not None,
        all_objects_code_exposure=open_to or CodeExposure.TILES,
        created_at=AT,
    )


def notebook(place: ProjectRow, name: str, *, published: bool = False) -> NotebookRow:
    return NotebookRow(
        id=new_id(Kind.NOTEBOOK),
        project_id=place.id,
        name=name,
        digest=DIGEST,
        byte_size=100,
        cell_count=3,
        has_outputs=True,
        has_active_content=False,
        published=published,
        kernel_name="python3",
        kernel_display_name=None,
        file_extension=None,
        language=None,
        created_at=AT,
        created_by_id=place.owner_id,
        modified_at=AT,
        modified_by_id=place.owner_id,
    )


def export(source: NotebookRow, sequence: int) -> ExportRow:
    return ExportRow(
        id=new_id(Kind.EXPORT),
        notebook_id=source.id,
        project_id=source.project_id,
        sequence=sequence,
        notebook_name=source.name,
        label=None,
        trigger=ExportTrigger.MANUAL,
        digest=DIGEST,
        byte_size=100,
        cell_count=3,
        kernel_name="python3",
        kernel_display_name=None,
        file_extension=None,
        language=None,
        author_may_create_active_content=False,
        created_at=AT,
        created_by_id=source.created_by_id,
    )


def insight(source: NotebookRow, owner: UserRow, *, pins: ExportRow | None = None) -> InsightRow:
    return InsightRow(
        id=new_id(Kind.INSIGHT),
        project_id=source.project_id,
        notebook_id=source.id,
        authorized=source.authorized,
        name="Churn",
        owner_id=owner.id,
        mode=ExportSelectionMode.LATEST if pins is None else ExportSelectionMode.PINNED,
        pinned_export_id=None if pins is None else pins.id,
        created_at=AT,
        modified_at=AT,
    )


def authorization(source: NotebookRow, exposure: CodeExposure = CodeExposure.TILES) -> AuthorizedObjectRow:
    """An authorization; the notebook is told, before it or an insight of it is stored."""
    source.authorized = True
    return AuthorizedObjectRow(
        id=new_id(Kind.AUTHORIZED_OBJECT),
        project_id=source.project_id,
        notebook_id=source.id,
        code_exposure=exposure,
        authorized_by_id=None,
        authorized_at=AT,
    )


def dashboard(place: ProjectRow, name: str) -> DashboardRow:
    return DashboardRow(id=new_id(Kind.DASHBOARD), project_id=place.id, name=name, owner_id=place.owner_id, created_at=AT, modified_at=AT)


def page(of: DashboardRow, position: int) -> PageRow:
    return PageRow(id=new_id(Kind.PAGE), dashboard_id=of.id, project_id=of.project_id, position=position)


def tile(on: PageRow, shown: InsightRow | None, *, top: int = 0) -> TileRow:
    """An insight's tile at the right edge of the grid; one without insight is a text."""
    return TileRow(
        id=new_id(Kind.TILE),
        page_id=on.id,
        project_id=on.project_id,
        kind=TileKind.TEXT if shown is None else TileKind.INSIGHT,
        insight_id=None if shown is None else shown.id,
        box_left=24,
        box_top=top,
        box_width=12,
        box_height=15,
        title_mode=TileTitleMode.ALWAYS,
        markdown="# Sales" if shown is None else None,
    )


async def store(database: Database, *rows: Model) -> None:
    """Store rows in the order given: no relationship tells SQLAlchemy which needs which."""
    async with database.writing() as session:
        for row in rows:
            session.add(row)
            await session.flush()


@dataclass
class Statements:
    """What was sent to the database."""

    sent: list[str] = field(default_factory=list)

    def note(self, connection: Connection, cursor: object, statement: str, *rest: object) -> None:
        del connection, cursor, rest
        self.sent.append(statement)


@asynccontextmanager
async def statements(database: Database) -> AsyncIterator[list[str]]:
    """Collect the statements sent meanwhile, but for those that begin and end transactions."""
    seen = Statements()
    listen(database.engine.sync_engine, "before_cursor_execute", seen.note)
    try:
        yield seen.sent
    finally:
        remove(database.engine.sync_engine, "before_cursor_execute", seen.note)
        seen.sent[:] = [statement for statement in seen.sent if not statement.startswith("BEGIN")]
