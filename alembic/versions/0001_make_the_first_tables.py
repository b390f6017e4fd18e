"""Make the first tables."""

import sqlalchemy as sa

from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_DIGEST = sa.String(64)
_ID = sa.String(27).with_variant(sa.String(27, collation="C"), "postgresql")
_NAME = sa.String(200)
_FOLDED = sa.String().with_variant(sa.String(collation="C"), "postgresql")
_TIME = sa.DateTime(timezone=True)

_TABLES = (
    "user_account",
    "user_group",
    "group_member",
    "global_grant",
    "access_token",
    "idempotency_key",
    "project",
    "project_grant",
    "notebook",
    "export",
    "authorized_object",
    "rendering",
    "insight",
    "dashboard",
    "dashboard_page",
    "tile",
    "audit_event",
)


def upgrade() -> None:
    _make_people()
    _make_grants()
    _make_projects()
    _make_notebooks()
    _make_exports()
    _make_insights()
    _make_dashboards()
    _make_tiles()
    _make_records()


def downgrade() -> None:
    for table in reversed(_TABLES):
        op.drop_table(table)


def _words(table: str, column: str, *words: str) -> sa.Enum:
    return sa.Enum(*words, name=op.f(f"ck_{table}_{column}"), native_enum=False, create_constraint=True, length=32)


def _user(table: str, column: str, ondelete: str | None = None) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], ["user_account.id"], name=op.f(f"fk_{table}_{column}"), ondelete=ondelete)


def _project(table: str, ondelete: str | None = None) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["project_id"], ["project.id"], name=op.f(f"fk_{table}_project_id"), ondelete=ondelete)


def _group(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["group_id"], ["user_group.id"], name=op.f(f"fk_{table}_group_id"), ondelete="CASCADE")


def _make_people() -> None:
    op.create_table(
        "user_account",
        sa.Column("id", _ID, nullable=False),
        sa.Column("login", _NAME, nullable=False),
        sa.Column("display_name", _NAME, nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("created_at", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_user_account")),
        sa.UniqueConstraint("login", name=op.f("uq_user_account_login")),
    )
    op.create_table(
        "user_group",
        sa.Column("id", _ID, nullable=False),
        sa.Column("name", _NAME, nullable=False),
        sa.Column("created_at", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_user_group")),
        sa.UniqueConstraint("name", name=op.f("uq_user_group_name")),
    )
    op.create_table(
        "group_member",
        sa.Column("group_id", _ID, nullable=False),
        sa.Column("user_id", _ID, nullable=False),
        _group("group_member"),
        _user("group_member", "user_id", "CASCADE"),
        sa.PrimaryKeyConstraint("group_id", "user_id", name=op.f("pk_group_member")),
    )
    op.create_index(op.f("ix_group_member_user_id"), "group_member", ["user_id"])


def _make_grants() -> None:
    held = ("ADMINISTRATOR", "WRITE_SAFE_CODE", "WRITE_UNSAFE_CODE", "CREATE_ACTIVE_WEB_CONTENT", "CREATE_PROJECTS")
    op.create_table(
        "global_grant",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", _ID),
        sa.Column("group_id", _ID),
        sa.Column("permission", _words("global_grant", "permission", *held), nullable=False),
        sa.CheckConstraint("(user_id IS NULL) <> (group_id IS NULL)", name=op.f("ck_global_grant_one_principal")),
        _group("global_grant"),
        _user("global_grant", "user_id", "CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_global_grant")),
        sa.UniqueConstraint("group_id", "permission", name=op.f("uq_global_grant_group_id_permission")),
        sa.UniqueConstraint("user_id", "permission", name=op.f("uq_global_grant_user_id_permission")),
    )
    op.create_table(
        "access_token",
        sa.Column("id", _ID, nullable=False),
        sa.Column("user_id", _ID, nullable=False),
        sa.Column("name", _NAME, nullable=False),
        sa.Column("digest", _DIGEST, nullable=False),
        sa.Column("scope", _words("access_token", "scope", "READ", "WRITE"), nullable=False),
        sa.Column("created_at", _TIME, nullable=False),
        sa.Column("expires_at", _TIME),
        sa.Column("last_used_at", _TIME),
        sa.Column("revoked_at", _TIME),
        _user("access_token", "user_id", "CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_access_token")),
        sa.UniqueConstraint("digest", name=op.f("uq_access_token_digest")),
    )
    op.create_index(op.f("ix_access_token_user_id"), "access_token", ["user_id"])


def _make_projects() -> None:
    policy = _words("project", "dashboard_write_policy", "ANY_WRITER", "OWNER_OR_MODERATOR")
    exposure = _words("project", "all_objects_code_exposure", "NEVER", "TILES", "ALWAYS")
    op.create_table(
        "project",
        sa.Column("id", _ID, nullable=False),
        sa.Column("key", sa.String(64), nullable=False),
        sa.Column("name", _NAME, nullable=False),
        sa.Column("owner_id", _ID, nullable=False),
        sa.Column("dashboard_write_policy", policy, nullable=False),
        sa.Column("allows_active_content", sa.Boolean(), nullable=False),
        sa.Column("authorizes_all_objects", sa.Boolean(), nullable=False),
        sa.Column("all_objects_code_exposure", exposure, nullable=False),
        sa.Column("created_at", _TIME, nullable=False),
        _user("project", "owner_id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_project")),
        sa.UniqueConstraint("key", name=op.f("uq_project_key")),
    )
    op.create_index(op.f("ix_project_owner_id"), "project", ["owner_id"])
    held = ("ADMIN", "EDIT_PERMISSIONS", "READ_PROJECT_CONTENT", "WRITE_PROJECT_CONTENT", "READ_DASHBOARDS", "WRITE_DASHBOARDS")
    held += ("MODERATE_DASHBOARDS", "MANAGE_AUTHORIZED_OBJECTS")
    op.create_table(
        "project_grant",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("project_id", _ID, nullable=False),
        sa.Column("user_id", _ID),
        sa.Column("group_id", _ID),
        sa.Column("permission", _words("project_grant", "permission", *held), nullable=False),
        sa.CheckConstraint("(user_id IS NULL) <> (group_id IS NULL)", name=op.f("ck_project_grant_one_principal")),
        _group("project_grant"),
        _project("project_grant", "CASCADE"),
        _user("project_grant", "user_id", "CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_project_grant")),
        sa.UniqueConstraint("group_id", "project_id", "permission", name=op.f("uq_project_grant_group_id_project_id_permission")),
        sa.UniqueConstraint("user_id", "project_id", "permission", name=op.f("uq_project_grant_user_id_project_id_permission")),
    )
    op.create_index(op.f("ix_project_grant_project_id"), "project_grant", ["project_id"])


def _make_notebooks() -> None:
    op.create_table(
        "notebook",
        sa.Column("id", _ID, nullable=False),
        sa.Column("project_id", _ID, nullable=False),
        sa.Column("name", _NAME, nullable=False),
        sa.Column("name_folded", _FOLDED, nullable=False),
        sa.Column("digest", _DIGEST, nullable=False),
        sa.Column("byte_size", sa.Integer(), nullable=False),
        sa.Column("cell_count", sa.Integer(), nullable=False),
        sa.Column("has_outputs", sa.Boolean(), nullable=False),
        sa.Column("has_active_content", sa.Boolean(), nullable=False),
        sa.Column("last_sequence", sa.Integer(), nullable=False),
        sa.Column("published", sa.Boolean(), nullable=False),
        sa.Column("kernel_name", _NAME, nullable=False),
        sa.Column("kernel_display_name", _NAME),
        sa.Column("language", _NAME),
        sa.Column("created_at", _TIME, nullable=False),
        sa.Column("created_by_id", _ID),
        sa.Column("modified_at", _TIME, nullable=False),
        sa.Column("modified_by_id", _ID),
        sa.CheckConstraint("last_sequence >= 0", name=op.f("ck_notebook_sequence")),
        _user("notebook", "created_by_id"),
        _user("notebook", "modified_by_id"),
        _project("notebook"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notebook")),
        sa.UniqueConstraint("id", "project_id", name=op.f("uq_notebook_id_project_id")),
        sa.UniqueConstraint("id", "project_id", "published", "name_folded", name="uq_notebook_copied"),
        sa.UniqueConstraint("project_id", "name", name=op.f("uq_notebook_project_id_name")),
    )
    op.create_index("ix_notebook_page", "notebook", ["project_id", "id", "name_folded"])
    op.create_index("ix_notebook_published", "notebook", ["project_id", "published", "id", "name_folded"])
    op.create_table(
        "authorized_object",
        sa.Column("id", _ID, nullable=False),
        sa.Column("project_id", _ID, nullable=False),
        sa.Column("notebook_id", _ID, nullable=False),
        sa.Column("published", sa.Boolean(), nullable=False),
        sa.Column("name_folded", _FOLDED, nullable=False),
        sa.Column("mode", _words("authorized_object", "mode", "READ"), nullable=False),
        sa.Column("code_exposure", _words("authorized_object", "code_exposure", "NEVER", "TILES", "ALWAYS"), nullable=False),
        sa.Column("authorized_by_id", _ID),
        sa.Column("authorized_at", _TIME, nullable=False),
        _user("authorized_object", "authorized_by_id"),
        sa.ForeignKeyConstraint(
            ["notebook_id", "project_id", "published", "name_folded"],
            ["notebook.id", "notebook.project_id", "notebook.published", "notebook.name_folded"],
            name="fk_authorized_notebook",
            ondelete="CASCADE",
            onupdate="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_authorized_object")),
        sa.UniqueConstraint("notebook_id", name=op.f("uq_authorized_object_notebook_id")),
    )
    op.create_index("ix_authorized_object_page", "authorized_object", ["project_id", "published", "notebook_id", "name_folded"])


def _make_exports() -> None:
    op.create_table(
        "export",
        sa.Column("id", _ID, nullable=False),
        sa.Column("notebook_id", _ID, nullable=False),
        sa.Column("project_id", _ID, nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("label", _NAME),
        sa.Column("trigger", _words("export", "trigger", "PUBLISH", "MANUAL"), nullable=False),
        sa.Column("digest", _DIGEST, nullable=False),
        sa.Column("byte_size", sa.Integer(), nullable=False),
        sa.Column("cell_count", sa.Integer(), nullable=False),
        sa.Column("author_may_create_active_content", sa.Boolean(), nullable=False),
        sa.Column("kernel_name", _NAME, nullable=False),
        sa.Column("kernel_display_name", _NAME),
        sa.Column("language", _NAME),
        sa.Column("created_at", _TIME, nullable=False),
        sa.Column("created_by_id", _ID),
        sa.CheckConstraint("sequence > 0", name=op.f("ck_export_sequence")),
        _user("export", "created_by_id"),
        sa.ForeignKeyConstraint(["notebook_id", "project_id"], ["notebook.id", "notebook.project_id"], name="fk_export_notebook"),
        _project("export"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_export")),
        sa.UniqueConstraint("id", "notebook_id", name=op.f("uq_export_id_notebook_id")),
        sa.UniqueConstraint("notebook_id", "sequence", name=op.f("uq_export_notebook_id_sequence")),
    )
    op.create_index(op.f("ix_export_project_id"), "export", ["project_id"])


def _make_insights() -> None:
    op.create_table(
        "insight",
        sa.Column("id", _ID, nullable=False),
        sa.Column("project_id", _ID, nullable=False),
        sa.Column("notebook_id", _ID),
        sa.Column("name", _NAME, nullable=False),
        sa.Column("name_folded", _FOLDED, nullable=False),
        sa.Column("description", sa.String()),
        sa.Column("owner_id", _ID, nullable=False),
        sa.Column("listed", sa.Boolean(), nullable=False),
        sa.Column("mode", _words("insight", "mode", "LATEST", "PINNED"), nullable=False),
        sa.Column("pinned_export_id", _ID),
        sa.Column("created_at", _TIME, nullable=False),
        sa.Column("modified_at", _TIME, nullable=False),
        sa.CheckConstraint("(mode = 'PINNED') = (pinned_export_id IS NOT NULL)", name=op.f("ck_insight_pinned_has_export")),
        sa.CheckConstraint("pinned_export_id IS NULL OR notebook_id IS NOT NULL", name=op.f("ck_insight_pinned_has_notebook")),
        sa.ForeignKeyConstraint(["notebook_id", "project_id"], ["notebook.id", "notebook.project_id"], name="fk_insight_notebook"),
        sa.ForeignKeyConstraint(["pinned_export_id", "notebook_id"], ["export.id", "export.notebook_id"], name="fk_insight_pinned_export"),
        _user("insight", "owner_id"),
        _project("insight"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_insight")),
        sa.UniqueConstraint("id", "project_id", name=op.f("uq_insight_id_project_id")),
    )
    for column in ("notebook_id", "owner_id", "pinned_export_id"):
        op.create_index(op.f(f"ix_insight_{column}"), "insight", [column])
    op.create_index("ix_insight_page", "insight", ["project_id", "id", "name_folded"])


def _make_dashboards() -> None:
    op.create_table(
        "dashboard",
        sa.Column("id", _ID, nullable=False),
        sa.Column("project_id", _ID, nullable=False),
        sa.Column("name", _NAME, nullable=False),
        sa.Column("name_folded", _FOLDED, nullable=False),
        sa.Column("description", sa.String()),
        sa.Column("owner_id", _ID, nullable=False),
        sa.Column("listed", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", _TIME, nullable=False),
        sa.Column("modified_at", _TIME, nullable=False),
        sa.CheckConstraint("version > 0", name=op.f("ck_dashboard_version")),
        _user("dashboard", "owner_id"),
        _project("dashboard"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dashboard")),
        sa.UniqueConstraint("id", "project_id", name=op.f("uq_dashboard_id_project_id")),
    )
    op.create_index(op.f("ix_dashboard_owner_id"), "dashboard", ["owner_id"])
    op.create_index("ix_dashboard_page", "dashboard", ["project_id", "id", "name_folded"])
    op.create_table(
        "dashboard_page",
        sa.Column("id", _ID, nullable=False),
        sa.Column("dashboard_id", _ID, nullable=False),
        sa.Column("project_id", _ID, nullable=False),
        sa.Column("title", _NAME),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("visible", sa.Boolean(), nullable=False),
        sa.CheckConstraint("position >= 0", name=op.f("ck_dashboard_page_position")),
        sa.ForeignKeyConstraint(
            ["dashboard_id", "project_id"], ["dashboard.id", "dashboard.project_id"], name="fk_page_dashboard", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dashboard_page")),
        sa.UniqueConstraint("id", "project_id", name=op.f("uq_dashboard_page_id_project_id")),
    )
    op.create_index(op.f("ix_dashboard_page_dashboard_id"), "dashboard_page", ["dashboard_id"])


def _make_tiles() -> None:
    inside = "box_left >= 0 AND box_top >= 0 AND box_width > 0 AND box_height > 0 AND box_left + box_width <= 36"
    text_alone = "insight_id IS NULL AND NOT show_code AND click_action = 'NONE'"
    content = f"(kind = 'TEXT') = (markdown IS NOT NULL) AND (kind = 'INSIGHT' OR ({text_alone}))"
    target = "target_insight_id IS NULL OR click_action = 'OPEN_OTHER_INSIGHT'"
    op.create_table(
        "tile",
        sa.Column("id", _ID, nullable=False),
        sa.Column("page_id", _ID, nullable=False),
        sa.Column("project_id", _ID, nullable=False),
        sa.Column("kind", _words("tile", "kind", "INSIGHT", "TEXT"), nullable=False),
        sa.Column("insight_id", _ID),
        sa.Column("box_left", sa.Integer(), nullable=False),
        sa.Column("box_top", sa.Integer(), nullable=False),
        sa.Column("box_width", sa.Integer(), nullable=False),
        sa.Column("box_height", sa.Integer(), nullable=False),
        sa.Column("show_code", sa.Boolean(), nullable=False),
        sa.Column("title", _NAME),
        sa.Column("title_mode", _words("tile", "title_mode", "ALWAYS", "ON_HOVER", "NEVER"), nullable=False),
        sa.Column("click_action", _words("tile", "click_action", "NONE", "OPEN_INSIGHT", "OPEN_OTHER_INSIGHT"), nullable=False),
        sa.Column("target_insight_id", _ID),
        sa.Column("markdown", sa.String()),
        sa.CheckConstraint(content, name=op.f("ck_tile_content_of_kind")),
        sa.CheckConstraint(target, name=op.f("ck_tile_target_of_click")),
        sa.CheckConstraint(inside, name=op.f("ck_tile_box_inside_grid")),
        sa.ForeignKeyConstraint(["insight_id", "project_id"], ["insight.id", "insight.project_id"], name="fk_tile_insight"),
        sa.ForeignKeyConstraint(["target_insight_id", "project_id"], ["insight.id", "insight.project_id"], name="fk_tile_target_insight"),
        sa.ForeignKeyConstraint(
            ["page_id", "project_id"], ["dashboard_page.id", "dashboard_page.project_id"], name="fk_tile_page", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tile")),
    )
    for column in ("insight_id", "page_id", "target_insight_id"):
        op.create_index(op.f(f"ix_tile_{column}"), "tile", [column])


def _make_records() -> None:
    op.create_table(
        "idempotency_key",
        sa.Column("user_id", _ID, nullable=False),
        sa.Column("mutation", sa.String(64), nullable=False),
        sa.Column("key", _NAME, nullable=False),
        sa.Column("input_digest", _DIGEST, nullable=False),
        sa.Column("answer", sa.JSON(), nullable=False),
        sa.Column("created_at", _TIME, nullable=False),
        _user("idempotency_key", "user_id", "CASCADE"),
        sa.PrimaryKeyConstraint("user_id", "mutation", "key", name=op.f("pk_idempotency_key")),
    )
    op.create_index(op.f("ix_idempotency_key_created_at"), "idempotency_key", ["created_at"])
    op.create_table(
        "rendering",
        sa.Column("key", _DIGEST, nullable=False),
        sa.Column("digest", _DIGEST, nullable=False),
        sa.Column("byte_size", sa.Integer(), nullable=False),
        sa.Column("notices", sa.JSON(), nullable=False),
        sa.Column("created_at", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_rendering")),
    )
    op.create_table(
        "audit_event",
        sa.Column("id", _ID, nullable=False),
        sa.Column("at", _TIME, nullable=False),
        sa.Column("actor_id", _ID),
        sa.Column("action", sa.String(64), nullable=False),
        sa.Column("subject_id", _ID),
        sa.Column("project_id", _ID),
        sa.Column("outcome", _words("audit_event", "outcome", "ALLOWED", "DENIED"), nullable=False),
        _user("audit_event", "actor_id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_event")),
    )
    op.create_index("ix_audit_event_page", "audit_event", ["project_id", "id"])
