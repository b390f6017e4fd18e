"""Tables of what was done and made: answers to repeat, renderings, the audit trail."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from server.db.columns import Digest, Id, words_of
from server.db.models.base import Entity, Model
from server.domain.grants import AuditOutcome


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
    digest: Mapped[str] = mapped_column(Digest, index=True)
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
