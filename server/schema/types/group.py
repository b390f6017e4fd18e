"""Group, as a holder of project permissions."""

from typing import Annotated, Self

import strawberry

from server.db.models import GroupRow
from server.schema.nodes import Node, shows
from server.schema.types.user import User


@shows(GroupRow)
@strawberry.type(description="Several users with the same rights.")
class Group(Node):
    """Its members hold what it holds."""

    name: str = strawberry.field(description="The group's unique name.")

    @classmethod
    def of(cls, row: GroupRow) -> Self:
        """Show a row."""
        return cls(id=strawberry.ID(row.id), name=row.name)


Principal = Annotated[User | Group, strawberry.union("Principal", description="Whoever may hold permissions.")]
