"""`_entities`: what a gateway refers to, under the rule and through the loader of `node`."""

from collections.abc import Mapping
from typing import Annotated, cast

import strawberry
from strawberry.federation.schema import FederationAny

from server.auth.rules import Action
from server.resolvers.references import find_reference
from server.schema.federation import answer_references
from server.schema.guarded import guarded
from server.schema.info import Info
from server.schema.nodes import Node, show
from server.schema.types.dashboard import Dashboard
from server.schema.types.export import Export
from server.schema.types.insight import Insight
from server.schema.types.notebook import Notebook
from server.schema.types.project import Project
from server.schema.types.user import User

Entity = Annotated[
    Dashboard | Export | Insight | Notebook | Project | User,
    strawberry.union("_Entity", description="What other subgraphs may refer to and add fields to."),
]


@strawberry.field(
    name="_entities",
    description="What a gateway refers to, in order; null for each that you may not see.",
    extensions=guarded(Action.VIEW_USER),
)
async def entities(
    info: Info,
    representations: Annotated[list[FederationAny], strawberry.argument(description="Of each, `__typename` and the fields of one key.")],
) -> list[Entity | None]:
    """Find all in one batch."""
    context = info.context

    async def find(type_name: str, keys: Mapping[str, object]) -> Node | None:
        return show(await find_reference(context, type_name, keys))

    found = await answer_references(representations, find, at_most=context.parts.settings.max_representations)
    context.vouch(Action.VIEW_USER)
    return cast("list[Entity | None]", found)
