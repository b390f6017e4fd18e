"""Tables of people: who they are, and what they hold on the whole instance."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, validates

from server.db.columns import Digest, Folded, Id, words_of
from server.db.models.base import ONE_PRINCIPAL, Entity, Model
from server.domain.grants import GlobalPermission, TokenScope
from server.domain.names import fold


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
        CheckConstraint(ONE_PRINCIPAL, name="one_principal"),
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
