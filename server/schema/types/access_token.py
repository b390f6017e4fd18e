"""AccessToken."""

from datetime import datetime
from typing import Self

import strawberry

from server.db.models import AccessTokenRow
from server.schema.enums import TokenScope
from server.schema.nodes import Node, shows


@shows(AccessTokenRow)
@strawberry.type(description="What signs a program or a person in; the secret itself is shown once, when it is made.")
class AccessToken(Node):
    """Everything about a token but the token."""

    name: str = strawberry.field(description="What it is for.")
    scope: TokenScope = strawberry.field(description="What it may be used for.")
    created_at: datetime = strawberry.field(description="When it was made.")
    expires_at: datetime | None = strawberry.field(description="When it ends; null: never.")
    last_used_at: datetime | None = strawberry.field(description="When it was last used, to the minute; null: never.")

    @classmethod
    def of(cls, row: AccessTokenRow) -> Self:
        """Show a row."""
        return cls(
            id=strawberry.ID(row.id),
            name=row.name,
            scope=row.scope,
            created_at=row.created_at,
            expires_at=row.expires_at,
            last_used_at=row.last_used_at,
        )
