"""One event a mutation: written with the deed when it happens, alone when it is refused."""

from sqlalchemy.ext.asyncio import AsyncSession

from server.context import Context
from server.db.models import AuditEventRow
from server.domain.grants import AuditOutcome
from server.domain.ids import Kind


def record_event(session: AsyncSession, context: Context, action: str, outcome: AuditOutcome) -> None:
    """Add who did what to what; `action` is the mutation field's name."""
    session.add(
        AuditEventRow(
            id=context.new_id(Kind.AUDIT_EVENT),
            at=context.now(),
            actor_id=context.viewer.user_id if context.viewer else None,
            action=action,
            subject_id=context.subject.id,
            project_id=context.subject.project_id,
            outcome=outcome,
        )
    )
