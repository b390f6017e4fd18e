"""AuditEvent."""

from datetime import datetime
from typing import Self

import strawberry

from server.db.models import AuditEventRow, UserRow
from server.resolvers import nodes
from server.schema.enums import AuditOutcome
from server.schema.info import Info
from server.schema.nodes import Node, show, shows
from server.schema.types.user import User


@shows(AuditEventRow)
@strawberry.type(description="One mutation, done or refused, or a sign-in. Events are never changed and never removed.")
class AuditEvent(Node):
    """Made from its row."""

    row: strawberry.Private[AuditEventRow]
    at: datetime = strawberry.field(description="When.")
    action: str = strawberry.field(
        description=(
            "What: the name of the mutation's field, such as publishNotebook; or signIn, ALLOWED when somebody whom others vouch for is "
            "seen for the first time, DENIED when a token is refused: at most once a minute for the same reason, 60 times in all."
        )
    )
    outcome: AuditOutcome = strawberry.field(description="Whether it was done.")

    @classmethod
    def of(cls, row: AuditEventRow) -> Self:
        """Show a row."""
        return cls(id=strawberry.ID(row.id), row=row, at=row.at, action=row.action, outcome=row.outcome)

    @strawberry.field(
        description=(
            "On what: its id, which may have been deleted since; null if it was refused before that was known, or if you may not see it: "
            "without READ_PROJECT_CONTENT, that is also a notebook, an export or an insight that is gone."
        )
    )
    async def subject_id(self, info: Info) -> strawberry.ID | None:
        """Hide the ids of what is hidden."""
        id_ = self.row.subject_id
        return strawberry.ID(id_) if id_ is not None and await nodes.sees(info.context, id_, self.row.project_id) else None

    @strawberry.field(description="Who did it, or was refused; null where nobody knows who it was.")
    async def actor(self, info: Info) -> User | None:
        """Load them."""
        return None if self.row.actor_id is None else show(await nodes.find(info.context, UserRow, self.row.actor_id))
