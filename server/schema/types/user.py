"""User."""

from typing import Self

import strawberry

from server.db.models import UserRow
from server.schema.nodes import Node, shows


@shows(UserRow)
@strawberry.type(description="Somebody who may sign in; anybody signed in may see this much of them.")
class User(Node):
    """A stub: rights are shown where they are given."""

    login: str = strawberry.field(description="The unique name they sign in by.")
    display_name: str = strawberry.field(description="The name to show.")

    @classmethod
    def of(cls, row: UserRow) -> Self:
        """Show a row."""
        return cls(id=strawberry.ID(row.id), login=row.login, display_name=row.display_name)
