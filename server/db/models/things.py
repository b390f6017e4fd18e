"""Tables of what a project has: notebooks, exports, insights, dashboards and their parts."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from server.db.columns import Digest, Id, words_of
from server.db.models.base import Entity, KernelColumns, NameColumns
from server.domain.dashboards import ExportSelectionMode, TileClickAction, TileKind, TileTitleMode
from server.domain.grants import AuthorizationMode, CodeExposure
from server.domain.grid import GRID_COLUMNS
from server.domain.notebooks import ExportTrigger


class NotebookRow(KernelColumns, NameColumns, Entity, kw_only=True):
    """A live notebook; its bytes lie in the blob store under `digest`.

    Whoever adds or removes an export keeps `published` true to it, whoever authorizes or revokes keeps `authorized` true.
    """

    __tablename__ = "notebook"
    __table_args__ = (
        UniqueConstraint("project_id", "name"),
        UniqueConstraint("id", "project_id"),
        UniqueConstraint("id", "project_id", "authorized", name="uq_notebook_copied"),
        CheckConstraint("last_sequence >= 0", name="sequence"),
        # what lists filter and count by lies in the index, so that they never touch the rows they leave out
        Index("ix_notebook_page", "project_id", "id", "name_folded"),
        Index("ix_notebook_shelf", "project_id", "authorized", "published", "id", "name_folded"),
    )
    project_id: Mapped[str] = mapped_column(Id, ForeignKey("project.id"))
    digest: Mapped[str] = mapped_column(Digest, index=True)
    byte_size: Mapped[int]
    cell_count: Mapped[int]
    has_outputs: Mapped[bool]
    has_active_content: Mapped[bool]
    last_sequence: Mapped[int] = mapped_column(default=0)
    published: Mapped[bool] = mapped_column(default=False)
    authorized: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime]
    created_by_id: Mapped[str | None] = mapped_column(Id, ForeignKey("user_account.id"))
    modified_at: Mapped[datetime]
    modified_by_id: Mapped[str | None] = mapped_column(Id, ForeignKey("user_account.id"))


class ExportRow(KernelColumns, Entity, kw_only=True):
    """A frozen copy: no column of it is ever updated."""

    __tablename__ = "export"
    __table_args__ = (
        UniqueConstraint("notebook_id", "sequence"),
        UniqueConstraint("id", "notebook_id"),
        ForeignKeyConstraint(["notebook_id", "project_id"], ["notebook.id", "notebook.project_id"], name="fk_export_notebook"),
        CheckConstraint("sequence > 0", name="sequence"),
    )
    notebook_id: Mapped[str] = mapped_column(Id)
    project_id: Mapped[str] = mapped_column(Id, ForeignKey("project.id"), index=True)
    sequence: Mapped[int]
    notebook_name: Mapped[str] = mapped_column(String(200))
    label: Mapped[str | None] = mapped_column(String(200))
    trigger: Mapped[ExportTrigger] = mapped_column(words_of(ExportTrigger, "trigger"))
    digest: Mapped[str] = mapped_column(Digest, index=True)
    byte_size: Mapped[int]
    cell_count: Mapped[int]
    author_may_create_active_content: Mapped[bool]
    created_at: Mapped[datetime]
    created_by_id: Mapped[str | None] = mapped_column(Id, ForeignKey("user_account.id"))


class InsightRow(NameColumns, Entity, kw_only=True):
    """Shows one export of a notebook; the foreign key lets no other notebook's export be pinned.

    `authorized` copies the notebook's: a foreign key lets no stale copy in and renews it; once that was deleted, it stays as it was.
    """

    __tablename__ = "insight"
    __table_args__ = (
        CheckConstraint("(mode = 'PINNED') = (pinned_export_id IS NOT NULL)", name="pinned_has_export"),
        CheckConstraint("pinned_export_id IS NULL OR notebook_id IS NOT NULL", name="pinned_has_notebook"),
        ForeignKeyConstraint(
            ["notebook_id", "project_id", "authorized"],
            ["notebook.id", "notebook.project_id", "notebook.authorized"],
            name="fk_insight_notebook",
            onupdate="CASCADE",
        ),
        ForeignKeyConstraint(["pinned_export_id", "notebook_id"], ["export.id", "export.notebook_id"], name="fk_insight_pinned_export"),
        UniqueConstraint("id", "project_id"),
        # all that the foreign key names: else SQLite renews the copy of one notebook's insights by walking through a shelf
        Index("ix_insight_copy", "notebook_id", "project_id", "authorized"),
        Index("ix_insight_page", "project_id", "id", "name_folded"),
        Index("ix_insight_shelf", "project_id", "authorized", "listed", "id", "name_folded"),
        Index("ix_insight_own_shelf", "owner_id", "project_id", "authorized", "listed", "id", "name_folded"),
    )
    project_id: Mapped[str] = mapped_column(Id, ForeignKey("project.id"))
    notebook_id: Mapped[str | None] = mapped_column(Id)
    authorized: Mapped[bool]
    description: Mapped[str | None] = mapped_column(default=None)
    owner_id: Mapped[str] = mapped_column(Id, ForeignKey("user_account.id"))
    listed: Mapped[bool] = mapped_column(default=False)
    mode: Mapped[ExportSelectionMode] = mapped_column(words_of(ExportSelectionMode, "mode"), default=ExportSelectionMode.LATEST)
    pinned_export_id: Mapped[str | None] = mapped_column(Id, default=None, index=True)
    created_at: Mapped[datetime]
    modified_at: Mapped[datetime]


class DashboardRow(NameColumns, Entity, kw_only=True):
    """Pages of tiles; `version` grows by one with each accepted edit."""

    __tablename__ = "dashboard"
    __table_args__ = (
        UniqueConstraint("id", "project_id"),
        CheckConstraint("version > 0", name="version"),
        Index("ix_dashboard_page", "project_id", "id", "name_folded"),
        Index("ix_dashboard_shelf", "project_id", "listed", "id", "name_folded"),
        Index("ix_dashboard_own_shelf", "owner_id", "project_id", "listed", "id", "name_folded"),
    )
    project_id: Mapped[str] = mapped_column(Id, ForeignKey("project.id"))
    description: Mapped[str | None] = mapped_column(default=None)
    owner_id: Mapped[str] = mapped_column(Id, ForeignKey("user_account.id"))
    listed: Mapped[bool] = mapped_column(default=False)
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime]
    modified_at: Mapped[datetime]


class PageRow(Entity, kw_only=True):
    """A page of a dashboard; `position` starts at 0."""

    __tablename__ = "dashboard_page"
    __table_args__ = (
        UniqueConstraint("id", "project_id"),
        CheckConstraint("position >= 0", name="position"),
        ForeignKeyConstraint(
            ["dashboard_id", "project_id"], ["dashboard.id", "dashboard.project_id"], name="fk_page_dashboard", ondelete="CASCADE"
        ),
    )
    dashboard_id: Mapped[str] = mapped_column(Id, index=True)
    project_id: Mapped[str] = mapped_column(Id)
    title: Mapped[str | None] = mapped_column(String(200), default=None)
    position: Mapped[int]
    visible: Mapped[bool] = mapped_column(default=True)


class TileRow(Entity, kw_only=True):
    """A box on a page; an INSIGHT tile whose insight was deleted keeps its box."""

    __tablename__ = "tile"
    __table_args__ = (
        ForeignKeyConstraint(
            ["page_id", "project_id"], ["dashboard_page.id", "dashboard_page.project_id"], name="fk_tile_page", ondelete="CASCADE"
        ),
        # whoever deletes an insight empties its tiles first: SQLite cannot null one column of a key
        ForeignKeyConstraint(["insight_id", "project_id"], ["insight.id", "insight.project_id"], name="fk_tile_insight"),
        ForeignKeyConstraint(["target_insight_id", "project_id"], ["insight.id", "insight.project_id"], name="fk_tile_target_insight"),
        CheckConstraint(
            f"box_left >= 0 AND box_top >= 0 AND box_width > 0 AND box_height > 0 AND box_left + box_width <= {GRID_COLUMNS}",
            name="box_inside_grid",
        ),
        CheckConstraint(
            "(kind = 'TEXT') = (markdown IS NOT NULL) AND (kind = 'INSIGHT' OR "
            "(insight_id IS NULL AND NOT show_code AND click_action = 'NONE'))",
            name="content_of_kind",
        ),
        CheckConstraint("target_insight_id IS NULL OR click_action = 'OPEN_OTHER_INSIGHT'", name="target_of_click"),
    )
    page_id: Mapped[str] = mapped_column(Id, index=True)
    project_id: Mapped[str] = mapped_column(Id)
    kind: Mapped[TileKind] = mapped_column(words_of(TileKind, "kind"))
    insight_id: Mapped[str | None] = mapped_column(Id, default=None, index=True)
    box_left: Mapped[int]
    box_top: Mapped[int]
    box_width: Mapped[int]
    box_height: Mapped[int]
    show_code: Mapped[bool] = mapped_column(default=False)
    title: Mapped[str | None] = mapped_column(String(200), default=None)
    title_mode: Mapped[TileTitleMode] = mapped_column(words_of(TileTitleMode, "title_mode"))
    click_action: Mapped[TileClickAction] = mapped_column(words_of(TileClickAction, "click_action"), default=TileClickAction.NONE)
    target_insight_id: Mapped[str | None] = mapped_column(Id, default=None, index=True)
    markdown: Mapped[str | None] = mapped_column(default=None)


class AuthorizedObjectRow(Entity, kw_only=True):
    """A notebook whose exports dashboard-only readers may see."""

    __tablename__ = "authorized_object"
    __table_args__ = (
        ForeignKeyConstraint(
            ["notebook_id", "project_id"], ["notebook.id", "notebook.project_id"], name="fk_authorized_notebook", ondelete="CASCADE"
        ),
    )
    project_id: Mapped[str] = mapped_column(Id, index=True)
    notebook_id: Mapped[str] = mapped_column(Id, unique=True)
    mode: Mapped[AuthorizationMode] = mapped_column(words_of(AuthorizationMode, "mode"), default=AuthorizationMode.READ)
    code_exposure: Mapped[CodeExposure] = mapped_column(words_of(CodeExposure, "code_exposure"))
    authorized_by_id: Mapped[str | None] = mapped_column(Id, ForeignKey("user_account.id"))
    authorized_at: Mapped[datetime]
