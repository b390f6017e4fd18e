"""`saveGroup`."""

import strawberry

from server.auth.rules import Action
from server.resolvers import save_group as deeds
from server.schema.enums import GlobalPermission
from server.schema.errors import UserError, no_errors
from server.schema.guarded import deed
from server.schema.info import Info
from server.schema.nodes import show
from server.schema.types.group import Group


@strawberry.input(description="A group to make or to change; what is absent stays.")
class SaveGroupInput:
    """Lists replace what was there."""

    name: str = strawberry.field(
        description="The group's name, up to 200 characters; `corp:analysts` is the group `analysts` of the issuer `corp`."
    )
    global_permissions: list[GlobalPermission] | None = strawberry.field(
        description="All that its members are to hold by it on the whole instance; absent: as it is, for a new group nothing.", default=None
    )
    member_logins: list[str] | None = strawberry.field(
        description="All who are to be in it, at most 10,000; absent: as it is, for a new group nobody.", default=None
    )


@strawberry.type(description="The group, or why it has not changed.")
class SaveGroupPayload:
    """It holds from the next request on."""

    group: Group | None = strawberry.field(description="The group as it is now.", default=None)
    errors: list[UserError] = strawberry.field(description="Why nothing was done; empty if it was.", default_factory=no_errors)


@strawberry.mutation(
    description="Make a group, or change the one of that name. Refused if nobody active would be ADMINISTRATOR any more.",
    extensions=deed(Action.SAVE_GROUP, SaveGroupPayload),
)
async def save_group(info: Info, input: SaveGroupInput) -> SaveGroupPayload | None:
    """Turn the row into the payload."""
    given = deeds.SaveGroup(input.name, input.global_permissions, input.member_logins)
    return SaveGroupPayload(group=show(await deeds.save_group(info.context, given)))
