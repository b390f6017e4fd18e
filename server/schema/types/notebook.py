"""Notebook."""

from datetime import datetime
from typing import Self, cast

import strawberry
from strawberry import federation
from strawberry.scalars import JSON

from server.auth.rules import Action
from server.db.models import NotebookRow, UserRow
from server.domain.notebooks import revision_of
from server.resolvers import nodes
from server.resolvers.json_size import fitting
from server.resolvers.lists import list_exports, list_notebook_insights
from server.resolvers.live_notebooks import has_unpublished_changes, may_read_source, read_source, shown_kernel
from server.resolvers.subjects import subject_of
from server.schema.guarded import guarded
from server.schema.info import Info
from server.schema.nodes import Node, show, shows
from server.schema.pagination import DEFAULT_FIRST, After, Connection, First, page_request
from server.schema.types.export import Export
from server.schema.types.insight import Insight
from server.schema.types.kernel import Kernel
from server.schema.types.refs import ProjectRef, UserRef


@strawberry.type(description="What you may do with a notebook.")
class NotebookCapabilities:
    """Straight from the rule table."""

    read_source: bool = strawberry.field(description="Read the live document.")
    edit: bool = strawberry.field(description="Save it.")
    publish: bool = strawberry.field(description="Publish it.")
    create_export: bool = strawberry.field(description="Freeze it.")
    create_insight: bool = strawberry.field(description="Make an insight on it, once it is published.")
    authorize: bool = strawberry.field(description="Authorize it for dashboard-only readers.")
    delete: bool = strawberry.field(description="Delete it.")


@shows(NotebookRow)
@federation.type(keys=["id"], description="A live notebook. What others see of it are its exports.")
class Notebook(Node):
    """Made from its row; what tells about the live document is null to those who may not read it."""

    row: strawberry.Private[NotebookRow]
    name: str = strawberry.field(description="Unique within the project.")
    created_at: datetime = strawberry.field(description="When it was first saved.")
    is_published: bool = strawberry.field(description="Whether it has an export.")

    @classmethod
    def of(cls, row: NotebookRow) -> Self:
        """Show a row."""
        return cls(id=strawberry.ID(row.id), row=row, name=row.name, created_at=row.created_at, is_published=row.published)

    @strawberry.field(description="Where it belongs.")
    async def project(self, info: Info) -> ProjectRef:
        """Load it."""
        return show(await nodes.project_of(info.context, self.row))

    @strawberry.field(description="Its kernel; to those who may not read the live document, the newest export's.")
    async def kernel(self, info: Info) -> Kernel:
        """Choose which."""
        return Kernel.of(await shown_kernel(info.context, self.row))

    @strawberry.field(description="Who saved it first.")
    async def created_by(self, info: Info) -> UserRef | None:
        """Load them."""
        return show(await nodes.find(info.context, UserRow, self.row.created_by_id))

    @strawberry.field(description="When it was last saved; null to those who may not read the live document.")
    def modified_at(self, info: Info) -> datetime | None:
        """Hide it from readers of exports."""
        return self.row.modified_at if may_read_source(info.context, self.row) else None

    @strawberry.field(description="Who saved it last; null to those who may not read the live document.")
    async def modified_by(self, info: Info) -> UserRef | None:
        """Hide them from readers of exports."""
        visible = may_read_source(info.context, self.row)
        return show(await nodes.find(info.context, UserRow, self.row.modified_by_id)) if visible else None

    @strawberry.field(description="The live document, as it was saved last.", extensions=guarded(Action.READ_NOTEBOOK_SOURCE))
    async def source(self, info: Info) -> JSON | None:
        """Prove, then read."""
        return cast("JSON", fitting(info.context, await read_source(info.context, self.row)))

    @strawberry.field(description="Changes when the live document does; null to those who may not read it.")
    def revision(self, info: Info) -> str | None:
        """Hide it from readers of exports."""
        return revision_of(self.row.digest) if may_read_source(info.context, self.row) else None

    @strawberry.field(description="Whether the live document differs from the newest export; null to those who may not read it.")
    async def has_unpublished_changes(self, info: Info) -> bool | None:
        """Hide it from readers of exports."""
        return await has_unpublished_changes(info.context, self.row)

    @strawberry.field(description="Whether dashboard-only readers may see its exports, by its own authorization or the project's switch.")
    async def is_dashboard_authorized(self, info: Info) -> bool:
        """Load its state."""
        state = await info.context.loaders.notebook_states.load(self.row.id)
        return state is not None and state.code_exposure is not None

    @strawberry.field(description="Its exports, newest first.")
    async def exports(self, info: Info, first: First = DEFAULT_FIRST, after: After = None) -> Connection[Export]:
        """List them."""
        return Connection[Export].of(await list_exports(info.context, self.row.id, page_request(first, after)))

    @strawberry.field(description="The newest export; null before the first.")
    async def latest_export(self, info: Info) -> Export | None:
        """Load its state."""
        state = await info.context.loaders.notebook_states.load(self.row.id)
        return show(state.latest_export if state else None)

    @strawberry.field(description="The insights on it that you find in lists, oldest first.")
    async def insights(self, info: Info, first: First = DEFAULT_FIRST, after: After = None) -> Connection[Insight]:
        """List them."""
        return Connection[Insight].of(await list_notebook_insights(info.context, self.row.id, page_request(first, after)))

    @strawberry.field(description="What you may do with it.")
    async def viewer_can(self, info: Info) -> NotebookCapabilities:
        """Ask the rule table."""
        context, subject = info.context, await subject_of(info.context, self.row)
        return NotebookCapabilities(
            read_source=context.decide(Action.READ_NOTEBOOK_SOURCE, subject).allowed,
            edit=context.decide(Action.SAVE_NOTEBOOK, subject).allowed,
            publish=context.decide(Action.PUBLISH_NOTEBOOK, subject).allowed,
            create_export=context.decide(Action.CREATE_EXPORT, subject).allowed,
            create_insight=context.decide(Action.CREATE_INSIGHT, subject).allowed,
            authorize=context.decide(Action.AUTHORIZE_NOTEBOOK, subject).allowed,
            delete=context.decide(Action.DELETE_NOTEBOOK, subject).allowed,
        )
