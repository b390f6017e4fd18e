"""`publishNotebook`."""

import strawberry

from server.auth.rules import Action
from server.resolvers import publish_notebook as deeds
from server.schema.errors import UserError, no_errors
from server.schema.guarded import deed
from server.schema.info import Info
from server.schema.mutations.inputs import PinTargetInput
from server.schema.nodes import show
from server.schema.types.export import Export
from server.schema.types.insight import Insight
from server.schema.types.tile import InsightTile
from server.schema.types.warning import Warning, no_warnings  # noqa: A004  the API's name


@strawberry.input(description="What to publish, and where to.")
class PublishNotebookInput:
    """Only the notebook's id is needed."""

    notebook_id: strawberry.ID = strawberry.field(description="The notebook; its last saved state is frozen.")
    insight_id: strawberry.ID | None = strawberry.field(
        description="Publish into this insight of the same notebook, which you may edit: its tiles stay and show the new export; if it"
        " was pinned, it follows the newest export from now on. Absent: a new insight.",
        default=None,
    )
    expected_revision: str | None = strawberry.field(
        description="Refuse with RevisionConflict if the live notebook has moved on from this revision.", default=None
    )
    insight_name: str | None = strawberry.field(
        description="A new insight's name; absent: the notebook's name and the time, in UTC. Not with insightId.", default=None
    )
    label: str | None = strawberry.field(description="What to call the export, up to 200 characters.", default=None)
    targets: list[PinTargetInput] = strawberry.field(
        description="Where to put a tile; none, one or several.", default_factory=list[PinTargetInput]
    )
    authorize: bool = strawberry.field(
        description="Also open the notebook's exports to dashboard-only readers; needs MANAGE_AUTHORIZED_OBJECTS.", default=False
    )
    idempotency_key: str | None = strawberry.field(
        description="Makes a retry safe: the same key and input answer the same and happen once. Kept for a day at least.", default=None
    )

    def given(self) -> deeds.PublishNotebook:
        """Return it as the resolvers' input."""
        targets = tuple(target.target() for target in self.targets)
        return deeds.PublishNotebook(
            notebook_id=self.notebook_id,
            insight_id=self.insight_id,
            expected_revision=self.expected_revision,
            insight_name=self.insight_name,
            label=self.label,
            targets=targets,
            authorize=self.authorize,
        )


@strawberry.type(description="What was published, or why nothing was.")
class PublishNotebookPayload:
    """All or nothing."""

    export: Export | None = strawberry.field(description="The new export.", default=None)
    insight: Insight | None = strawberry.field(
        description="The insight, new or not; it follows the notebook's newest export.", default=None
    )
    tiles: list[InsightTile] | None = strawberry.field(description="The new tiles, in the order of the targets.", default=None)
    warnings: list[Warning] = strawberry.field(description="What went well and yet needs a look.", default_factory=no_warnings)
    errors: list[UserError] = strawberry.field(description="Why nothing was done; empty if it was.", default_factory=no_errors)


@strawberry.mutation(
    description="Freeze a notebook and show it: export, insight and tiles in one step, all or nothing. Into an insight that is there"
    " already, it takes the right to edit that as well.",
    extensions=deed(Action.PUBLISH_NOTEBOOK, PublishNotebookPayload),
)
async def publish_notebook(info: Info, input: PublishNotebookInput) -> PublishNotebookPayload | None:
    """Turn rows into the payload."""
    done = await deeds.publish_notebook(info.context, input.given(), idempotency_key=input.idempotency_key)
    return PublishNotebookPayload(
        export=show(done.export),
        insight=show(done.insight),
        tiles=[InsightTile.of(tile) for tile in done.tiles],
        warnings=Warning.of_all(done.warnings),
    )
