"""Export."""

from datetime import datetime
from typing import Annotated, Self

import strawberry
from strawberry import federation

from server.auth.rules import Action
from server.db.models import ExportRow, NotebookRow, UserRow
from server.domain.notebooks import revision_of
from server.resolvers import nodes
from server.resolvers.cells import list_cells
from server.resolvers.renderings import choose_rendering, may_show_code
from server.resolvers.subjects import subject_of
from server.schema.enums import ExportTrigger, RenderFormat, RenderProfile, RenderTheme
from server.schema.info import Info
from server.schema.nodes import Node, show, shows
from server.schema.pagination import DEFAULT_FIRST, After, Connection, First, page_request
from server.schema.types.cell import Cell
from server.schema.types.kernel import Kernel
from server.schema.types.refs import InsightRef, NotebookRef, UserRef
from server.schema.types.rendering import Rendering

Format = Annotated[RenderFormat | None, strawberry.argument(description="What to turn the export into.")]
ShowCode = Annotated[
    bool | None,
    strawberry.argument(description="Whether the code is shown; where it may not be, the field is null with FORBIDDEN."),
]
Theme = Annotated[RenderTheme | None, strawberry.argument(description="Colours, for HTML.")]
Profile = Annotated[RenderProfile | None, strawberry.argument(description="What becomes of active content.")]


@strawberry.type(description="What you may do with an export.")
class ExportCapabilities:
    """Straight from the rule table."""

    delete: bool = strawberry.field(description="Delete it.")
    show_code: bool = strawberry.field(description="See its code.")
    show_interactive: bool = strawberry.field(description="See it with its scripts running.")


@shows(ExportRow)
@federation.type(keys=["id"], description="A frozen copy of a notebook: nothing ever changes a byte of it.")
class Export(Node):
    """Made from its row."""

    row: strawberry.Private[ExportRow]
    sequence: int = strawberry.field(description="1, 2, 3 … within the notebook; never used again.")
    label: str | None = strawberry.field(description="What its author called it.")
    trigger: ExportTrigger = strawberry.field(description="Which deed made it.")
    created_at: datetime = strawberry.field(description="When it was frozen.")
    cell_count: int = strawberry.field(description="How many cells it has.")

    @classmethod
    def of(cls, row: ExportRow) -> Self:
        """Show a row."""
        return cls(
            id=strawberry.ID(row.id),
            row=row,
            sequence=row.sequence,
            label=row.label,
            trigger=row.trigger,
            created_at=row.created_at,
            cell_count=row.cell_count,
        )

    @strawberry.field(description="What it was frozen from.")
    async def notebook(self, info: Info) -> NotebookRef:
        """Load it."""
        return show(await nodes.get(info.context, NotebookRow, self.row.notebook_id, []))

    @strawberry.field(description="Who froze it.")
    async def created_by(self, info: Info) -> UserRef | None:
        """Load them."""
        return show(await nodes.find(info.context, UserRow, self.row.created_by_id))

    @strawberry.field(description="Its kernel.")
    def kernel(self) -> Kernel:
        """Read the row."""
        return Kernel.of(self.row.kernel)

    @strawberry.field(
        description="Size of the stored notebook in bytes; null to those who may not see the code, as it would confirm a guess of it."
    )
    async def byte_size(self, info: Info) -> int | None:
        """Hide it with the code."""
        return self.row.byte_size if await may_show_code(info.context, self.row) else None

    @strawberry.field(description="`sha256:` and the digest of the stored bytes; null to those who may not see the code.")
    async def digest(self, info: Info) -> str | None:
        """Hide it with the code."""
        return f"sha256:{self.row.digest}" if await may_show_code(info.context, self.row) else None

    @strawberry.field(description="The live document's revision when it was frozen; null to those who may not see the code.")
    async def source_revision(self, info: Info) -> str | None:
        """Hide it with the code."""
        return revision_of(self.row.digest) if await may_show_code(info.context, self.row) else None

    @strawberry.field(description="Whether it is the notebook's newest.")
    async def is_latest(self, info: Info) -> bool:
        """Compare with the newest."""
        state = await info.context.loaders.notebook_states.load(self.row.notebook_id)
        return state is not None and state.latest_export is not None and state.latest_export.id == self.row.id

    @strawberry.field(description="The export in a form that can be shown.")
    async def rendering(
        self,
        info: Info,
        format: Format = RenderFormat.HTML,
        show_code: ShowCode = False,  # noqa: FBT002  GraphQL passes by name
        theme: Theme = RenderTheme.LIGHT,
        profile: Profile = RenderProfile.STATIC,
    ) -> Rendering | None:
        """Decide; render nothing yet."""
        choice = await choose_rendering(
            info.context,
            self.row,
            format_=(format or RenderFormat.HTML).value,
            show_code=show_code or False,
            theme=theme or RenderTheme.LIGHT,
            profile=profile or RenderProfile.STATIC,
        )
        return Rendering.of(choice)

    @strawberry.field(description="Its cells in order, without those that their author hid; only the page asked for is rendered.")
    async def cells(
        self,
        info: Info,
        show_code: ShowCode = False,  # noqa: FBT002  GraphQL passes by name
        first: First = DEFAULT_FIRST,
        after: After = None,
    ) -> Connection[Cell] | None:
        """Draw a page."""
        listing = await list_cells(info.context, self.row, page_request(first, after), show_code=show_code or False)
        return Connection[Cell].of(listing, Cell.of)

    @strawberry.field(description="The insights that pin it, as far as you find them in lists.")
    async def pinned_by(self, info: Info) -> list[InsightRef]:
        """Load them."""
        return [show(row) for row in info.context.counted(await info.context.loaders.insights_pinning.load(self.row.id))]

    @strawberry.field(description="What you may do with it.")
    async def viewer_can(self, info: Info) -> ExportCapabilities:
        """Ask the rule table."""
        context, subject = info.context, await subject_of(info.context, self.row)
        return ExportCapabilities(
            delete=context.decide(Action.DELETE_EXPORT, subject).allowed,
            show_code=context.decide(Action.SHOW_CODE, subject).allowed,
            show_interactive=context.decide(Action.SHOW_INTERACTIVE, subject).allowed,
        )
