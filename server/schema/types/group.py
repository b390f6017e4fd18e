"""Group."""

from typing import Annotated, Self

import strawberry

from server.db.models import GroupRow
from server.resolvers.people import list_members, list_permissions_of_group
from server.schema.enums import GlobalPermission
from server.schema.info import Info
from server.schema.nodes import Node, shows
from server.schema.pagination import DEFAULT_FIRST, After, Connection, First, page_request
from server.schema.types.user import User


@shows(GroupRow)
@strawberry.type(description="Several users with the same rights.")
class Group(Node):
    """Its members hold what it holds."""

    name: str = strawberry.field(description="The group's unique name.")
    source: str | None = strawberry.field(
        description="Who says who is in it: an issuer by its name in the settings, `hub` or `gateway`; null: that is kept here."
    )

    @classmethod
    def of(cls, row: GroupRow) -> Self:
        """Show a row."""
        return cls(id=strawberry.ID(row.id), name=row.name, source=row.source)

    @strawberry.field(description="What its members hold by it on the whole instance; empty to others than administrators.")
    async def global_permissions(self, info: Info) -> list[GlobalPermission]:
        """Load them, for those who may know."""
        return await list_permissions_of_group(info.context, self.id)

    @strawberry.field(
        description="Who is in it, the oldest user first, as far as you see accounts: all to administrators, to others only themselves."
    )
    async def members(self, info: Info, first: First = DEFAULT_FIRST, after: After = None) -> Connection[User]:
        """List them."""
        return Connection[User].of(await list_members(info.context, self.id, page_request(first, after)))


Principal = Annotated[User | Group, strawberry.union("Principal", description="Whoever may hold permissions.")]
