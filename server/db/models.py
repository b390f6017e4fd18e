"""Tables. Whatever the domain forbids, a constraint forbids too; no row loads another behind your back: there are no relationships."""

from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import JSON, CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, MetaData, String, UniqueConstraint
from sqlalchemy.orm import DeclarativeBase, Mapped, MappedAsDataclass, mapped_column, validates

from server.db.columns import Digest, Folded, Id, UtcTime, words_of
from server.domain.dashboards import ExportSelectionMode, TileClickAction, TileKind, TileTitleMode
from server.domain.grants import (
    AuditOutcome,
    AuthorizationMode,
    CodeExposure,
    DashboardWritePolicy,
    GlobalPermission,
    ProjectPermission,
    TokenScope,
)
from server.domain.grid import GRID_COLUMNS
from server.domain.names import fold
from server.domain.notebooks import ExportTrigger, Kernel

_ONE_PRINCIPAL = "(user_id IS NULL) <> (group_id IS NULL)"


class Model(MappedAsDataclass, DeclarativeBase, kw_only=True):
    """Every table's base."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map: ClassVar[dict[Any, Any]] = {datetime: UtcTime(), dict[str, Any]: JSON(), list[dict[str, Any]]: JSON()}


class Entity(Model, kw_only=True):
    """A table whose rows have a global id, which tells their kind."""

    __abstract__ = True
    id: Mapped[str] = mapped_column(Id, primary_key=True)


class KernelColumns(MappedAsDataclass, kw_only=True):
    """What is known of a notebook's kernel; all empty where the notebook does not say."""

    kernel_name: Mapped[str] = mapped_column(String(200))
    kernel_display_name: Mapped[str | None] = mapped_column(String(200))
    language: Mapped[str | None] = mapped_column(String(200))
    file_extension: Mapped[str | None] = mapped_column(String(12), default=None)

    @property
    def kernel(self) -> Kernel:
        """All of it as one value."""
        return Kernel(self.kernel_name, self.kernel_display_name, self.language, self.file_extension)


class NameColumns(MappedAsDataclass, kw_only=True):
    """A name, and beside it what filters compare: set with it, never by itself."""

    name: Mapped[str] = mapped_column(String(200))
    name_folded: Mapped[str] = mapped_column(Folded, init=False)

    @validates("name")
    def _fold_name(self, _key: str, name: str) -> str:
        self.name_folded = fold(name)
        return name


class UserRow(Entity, kw_only=True):
    """Somebody who may sign in."""

    __tablename__ = "user_account"
    login: Mapped[str] = mapped_column(String(200), unique=True)
    login_folded: Mapped[str] = mapped_column(Folded, unique=True, init=False)
    """Nobody takes a login that differs from another in case alone; set with it, never by itself."""
    display_name: Mapped[str] = mapped_column(String(200))
    active: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime]

    @validates("login")
    def _fold_login(self, _key: str, login: str) -> str:
        self.login_folded = fold(login)
        return login


class ForeignIdentityRow(Model, kw_only=True):
    """Whom somebody is here whom others vouch for; names are never joined, only this is."""

    __tablename__ = "foreign_identity"
    issuer: Mapped[str] = mapped_column(String(500), primary_key=True)
    subject: Mapped[str] = mapped_column(String(255), primary_key=True)
    user_id: Mapped[str] = mapped_column(Id, ForeignKey("user_account.id", ondelete="CASCADE"), index=True)
    created_at: Mapped[datetime]


class GroupRow(Entity, kw_only=True):
    """Several users with the same rights."""

    __tablename__ = "user_group"
    name: Mapped[str] = mapped_column(String(200), unique=True)
    source: Mapped[str | None] = mapped_column(String(32), default=None, index=True)
    """The provider of identities that says who is in it, whose name begins its own; None: it is kept here."""
    created_at: Mapped[datetime]


class GroupMemberRow(Model, kw_only=True):
    """A user in a group."""

    __tablename__ = "group_member"
    group_id: Mapped[str] = mapped_column(Id, ForeignKey("user_group.id", ondelete="CASCADE"), primary_key=True)
    user_id: Mapped[str] = mapped_column(Id, ForeignKey("user_account.id", ondelete="CASCADE"), primary_key=True, index=True)


class GlobalGrantRow(Model, kw_only=True):
    """One global permission of a user or of a group."""

    __tablename__ = "global_grant"
    __table_args__ = (
        CheckConstraint(_ONE_PRINCIPAL, name="one_principal"),
        UniqueConstraint("user_id", "permission"),
        UniqueConstraint("group_id", "permission"),
    )
    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    user_id: Mapped[str | None] = mapped_column(Id, ForeignKey("user_account.id", ondelete="CASCADE"), default=None)
    group_id: Mapped[str | None] = mapped_column(Id, ForeignKey("user_group.id", ondelete="CASCADE"), default=None)
    permission: Mapped[GlobalPermission] = mapped_column(words_of(GlobalPermission, "permission"))


class AccessTokenRow(Entity, kw_only=True):
    """A token's sha256; the token itself is never stored."""

    __tablename__ = "access_token"
    user_id: Mapped[str] = mapped_column(Id, ForeignKey("user_account.id", ondelete="CASCADE"), index=True)
    name: Mapped[str] = mapped_column(String(200))
    digest: Mapped[str] = mapped_column(Digest, unique=True)
    scope: Mapped[TokenScope] = mapped_column(words_of(TokenScope, "scope"))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime | None]
    last_used_at: Mapped[datetime | None] = mapped_column(default=None)
    revoked_at: Mapped[datetime | None] = mapped_column(default=None)


class ProjectRow(Entity, kw_only=True):
    """What permissions are given on."""

    __tablename__ = "project"
    key: Mapped[str] = mapped_column(String(64), unique=True)
    key_folded: Mapped[str] = mapped_column(Folded, unique=True, init=False)
    """As with logins."""
    name: Mapped[str] = mapped_column(String(200))
    owner_id: Mapped[str] = mapped_column(Id, ForeignKey("user_account.id"), index=True)
    dashboard_write_policy: Mapped[DashboardWritePolicy] = mapped_column(
        words_of(DashboardWritePolicy, "dashboard_write_policy"), default=DashboardWritePolicy.ANY_WRITER
    )
    allows_active_content: Mapped[bool] = mapped_column(default=False)
    authorizes_all_objects: Mapped[bool] = mapped_column(default=False)
    all_objects_code_exposure: Mapped[CodeExposure] = mapped_column(
        words_of(CodeExposure, "all_objects_code_exposure"), default=CodeExposure.TILES
    )
    created_at: Mapped[datetime]

    @validates("key")
    def _fold_key(self, _key: str, key: str) -> str:
        self.key_folded = fold(key)
        return key


class ProjectGrantRow(Model, kw_only=True):
    """One project permission of a user or of a group."""

    __tablename__ = "project_grant"
    __table_args__ = (
        CheckConstraint(_ONE_PRINCIPAL, name="one_principal"),
        UniqueConstraint("user_id", "project_id", "permission"),
        UniqueConstraint("group_id", "project_id", "permission"),
    )
    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    project_id: Mapped[str] = mapped_column(Id, ForeignKey("project.id", ondelete="CASCADE"), index=True)
    user_id: Mapped[str | None] = mapped_column(Id, ForeignKey("user_account.id", ondelete="CASCADE"), default=None)
    group_id: Mapped[str | None] = mapped_column(Id, ForeignKey("user_group.id", ondelete="CASCADE"), default=None)
    permission: Mapped[ProjectPermission] = mapped_column(words_of(ProjectPermission, "permission"))


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
    digest: Mapped[str] = mapped_column(Digest)
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
    digest: Mapped[str] = mapped_column(Digest)
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
        Index("ix_insight_page", "project_id", "id", "name_folded"),
        Index("ix_insight_shelf", "project_id", "authorized", "listed", "id", "name_folded"),
        Index("ix_insight_own_shelf", "owner_id", "project_id", "authorized", "listed", "id", "name_folded"),
    )
    project_id: Mapped[str] = mapped_column(Id, ForeignKey("project.id"))
    notebook_id: Mapped[str | None] = mapped_column(Id, index=True)
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


class IdempotencyKeyRow(Model, kw_only=True):
    """What a deed with a key answered, so that a retry answers the same."""

    __tablename__ = "idempotency_key"
    user_id: Mapped[str] = mapped_column(Id, ForeignKey("user_account.id", ondelete="CASCADE"), primary_key=True)
    mutation: Mapped[str] = mapped_column(String(64), primary_key=True)
    key: Mapped[str] = mapped_column(String(200), primary_key=True)
    input_digest: Mapped[str] = mapped_column(Digest)
    answer: Mapped[dict[str, Any]]
    created_at: Mapped[datetime] = mapped_column(index=True)


class RenderingRow(Model, kw_only=True):
    """Where the bytes of a rendering lie; the same notebook bytes render once, whichever export holds them."""

    __tablename__ = "rendering"
    key: Mapped[str] = mapped_column(Digest, primary_key=True)
    digest: Mapped[str] = mapped_column(Digest)
    byte_size: Mapped[int]
    notices: Mapped[list[dict[str, Any]]]
    created_at: Mapped[datetime]


class AuditEventRow(Entity, kw_only=True):
    """One mutation, done or refused; rows are only ever added."""

    __tablename__ = "audit_event"
    __table_args__ = (Index("ix_audit_event_page", "project_id", "id"),)
    at: Mapped[datetime]
    actor_id: Mapped[str | None] = mapped_column(Id, ForeignKey("user_account.id"))
    action: Mapped[str] = mapped_column(String(64))
    subject_id: Mapped[str | None] = mapped_column(Id)
    project_id: Mapped[str | None] = mapped_column(Id)
    outcome: Mapped[AuditOutcome] = mapped_column(words_of(AuditOutcome, "outcome"))
