"""Tables of projects: what they are, and who holds what on them."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, validates

from server.db.columns import Folded, Id, words_of
from server.db.models.base import ONE_PRINCIPAL, Entity, Model
from server.domain.grants import CodeExposure, DashboardWritePolicy, ProjectPermission
from server.domain.names import fold


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
        CheckConstraint(ONE_PRINCIPAL, name="one_principal"),
        UniqueConstraint("user_id", "project_id", "permission"),
        UniqueConstraint("group_id", "project_id", "permission"),
    )
    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    project_id: Mapped[str] = mapped_column(Id, ForeignKey("project.id", ondelete="CASCADE"), index=True)
    user_id: Mapped[str | None] = mapped_column(Id, ForeignKey("user_account.id", ondelete="CASCADE"), default=None)
    group_id: Mapped[str | None] = mapped_column(Id, ForeignKey("user_group.id", ondelete="CASCADE"), default=None)
    permission: Mapped[ProjectPermission] = mapped_column(words_of(ProjectPermission, "permission"))
