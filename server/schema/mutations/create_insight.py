"""`createInsight`."""

import strawberry

from server.auth.rules import Action
from server.resolvers import create_insight as deeds
from server.schema.enums import ExportSelectionMode
from server.schema.errors import UserError, no_errors
from server.schema.guarded import deed
from server.schema.info import Info
from server.schema.mutations.inputs import PinTargetInput
from server.schema.nodes import show
from server.schema.types.export import Export
from server.schema.types.insight import Insight
from server.schema.types.tile import InsightTile
from server.schema.types.warning import Warning, no_warnings  # noqa: A004  the API's name


@strawberry.input(description="Which notebook to show, and where.")
class CreateInsightInput:
    """Only the notebook's id is needed."""

    notebook_id: strawberry.ID = strawberry.field(description="A published notebook.")
    name: str | None = strawberry.field(description="The insight's name; absent: the notebook's name and the time, in UTC.", default=None)
    mode: ExportSelectionMode = strawberry.field(description="How its export is chosen.", default=ExportSelectionMode.LATEST)
    export_id: strawberry.ID | None = strawberry.field(description="With PINNED, and only then: an export of the notebook.", default=None)
    create_export: bool = strawberry.field(
        description="Freeze the notebook in the same step, published or not; needs the rights of createExport.", default=False
    )
    targets: list[PinTargetInput] = strawberry.field(
        description="Where to put a tile; none, one or several.", default_factory=list[PinTargetInput]
    )
    authorize: bool = strawberry.field(
        description="Also open the notebook's exports to dashboard-only readers; needs MANAGE_AUTHORIZED_OBJECTS.", default=False
    )

    def given(self) -> deeds.CreateInsight:
        """Return it as the resolvers' input."""
        targets = tuple(target.target() for target in self.targets)
        return deeds.CreateInsight(self.notebook_id, self.name, self.mode, self.export_id, self.create_export, targets, self.authorize)


@strawberry.type(description="The new insight, or why there is none.")
class CreateInsightPayload:
    """All or nothing."""

    insight: Insight | None = strawberry.field(description="The new insight.", default=None)
    export: Export | None = strawberry.field(description="The new export, if this call made one.", default=None)
    tiles: list[InsightTile] | None = strawberry.field(description="The new tiles, in the order of the targets.", default=None)
    warnings: list[Warning] = strawberry.field(description="What went well and yet needs a look.", default_factory=no_warnings)
    errors: list[UserError] = strawberry.field(description="Why nothing was done; empty if it was.", default_factory=no_errors)


@strawberry.mutation(
    description="Show a published notebook in a new insight, and put that on dashboards, all or nothing. The code right is not needed.",
    extensions=deed(Action.CREATE_INSIGHT, CreateInsightPayload),
)
async def create_insight(info: Info, input: CreateInsightInput) -> CreateInsightPayload | None:
    """Turn rows into the payload."""
    done = await deeds.create_insight(info.context, input.given())
    return CreateInsightPayload(
        insight=show(done.insight),
        export=show(done.export),
        tiles=[InsightTile.of(tile) for tile in done.tiles],
        warnings=Warning.of_all(done.warnings),
    )
