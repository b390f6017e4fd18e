"""`transferOwnership`."""

import strawberry

from server.auth.rules import Action
from server.resolvers import transfer_ownership as deeds
from server.schema.errors import UserError, no_errors
from server.schema.guarded import deed
from server.schema.info import Info
from server.schema.nodes import Node, show


@strawberry.input(description="What to give to whom.")
class TransferOwnershipInput:
    """A dashboard's version grows by one."""

    id: strawberry.ID = strawberry.field(description="The project, dashboard or insight.")
    new_owner_login: str = strawberry.field(
        description="An active user; for a dashboard or an insight, one who may read dashboards in its project."
    )


@strawberry.type(description="What has another owner now, or why it has not.")
class TransferOwnershipPayload:
    """It holds from the next request on."""

    node: Node | None = strawberry.field(description="The project, dashboard or insight; null if you do not see it any more.", default=None)
    errors: list[UserError] = strawberry.field(description="Why nothing was done; empty if it was.", default_factory=no_errors)


@strawberry.mutation(
    description=(
        "Give a project, a dashboard or an insight another owner. A project's new owner holds ADMIN on it by that; its former owner keeps "
        "what was granted to them, which may be nothing."
    ),
    extensions=deed(Action.TRANSFER_OWNERSHIP, TransferOwnershipPayload),
)
async def transfer_ownership(info: Info, input: TransferOwnershipInput) -> TransferOwnershipPayload | None:
    """Turn the row into the payload."""
    return TransferOwnershipPayload(node=show(await deeds.transfer_ownership(info.context, input.id, input.new_owner_login)))
