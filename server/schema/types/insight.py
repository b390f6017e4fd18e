"""Insight."""

from datetime import datetime
from typing import Self

import strawberry
from strawberry import federation

from server.auth.rules import Action
from server.db.models import ExportRow, InsightRow, NotebookRow
from server.resolvers import nodes
from server.resolvers.insights import access_state_of, find_displayed_export, is_reader_accessible
from server.resolvers.subjects import subject_of
from server.schema.enums import ExportSelectionMode, InsightAccessState
from server.schema.info import Info
from server.schema.nodes import Node, show, shows
from server.schema.types.refs import DashboardRef, ExportRef, InsightTileRef, NotebookRef, ProjectRef, UserRef
from server.schema.types.tile import InsightTile


@strawberry.type(description="What you may do with an insight.")
class InsightCapabilities:
    """Straight from the rule table."""

    edit: bool = strawberry.field(description="Rename and describe it.")
    delete: bool = strawberry.field(description="Delete it.")
    select_export: bool = strawberry.field(description="Choose which export it shows.")
    create_export: bool = strawberry.field(description="Freeze its notebook anew.")
    list: bool = strawberry.field(description="List it, or take it off the list.")


@shows(InsightRow)
@federation.type(keys=["id"], description="Shows one export of a notebook, by itself and on dashboards.")
class Insight(Node):
    """Made from its row."""

    row: strawberry.Private[InsightRow]
    name: str = strawberry.field(description="Its name.")
    description: str | None = strawberry.field(description="What its owner says about it.")
    listed: bool = strawberry.field(description="Whether plain readers find it in lists; who has its id opens it anyway.")
    created_at: datetime = strawberry.field(description="When it was made.")
    modified_at: datetime = strawberry.field(description="When it was last edited.")
    selection_mode: ExportSelectionMode = strawberry.field(description="How its export is chosen.")

    @classmethod
    def of(cls, row: InsightRow) -> Self:
        """Show a row."""
        return cls(
            id=strawberry.ID(row.id),
            row=row,
            name=row.name,
            description=row.description,
            listed=row.listed,
            created_at=row.created_at,
            modified_at=row.modified_at,
            selection_mode=row.mode,
        )

    @strawberry.field(description="Where it belongs.")
    async def project(self, info: Info) -> ProjectRef:
        """Load it."""
        return show(await nodes.project_of(info.context, self.row))

    @strawberry.field(description="Who owns it.")
    async def owner(self, info: Info) -> UserRef:
        """Load them."""
        return show(await nodes.owner_of(info.context, self.row))

    @strawberry.field(description="The notebook it shows; null after that was deleted.")
    async def notebook(self, info: Info) -> NotebookRef | None:
        """Load it."""
        return show(await nodes.find(info.context, NotebookRow, self.row.notebook_id))

    @strawberry.field(description="The export that was chosen; null with LATEST.")
    async def pinned_export(self, info: Info) -> ExportRef | None:
        """Load it."""
        return show(await nodes.find(info.context, ExportRow, self.row.pinned_export_id))

    @strawberry.field(description="What it shows now: the pinned export, or the newest.")
    async def displayed_export(self, info: Info) -> ExportRef | None:
        """Load it."""
        return show(await find_displayed_export(info.context, self.row))

    @strawberry.field(description="Why its content shows, or does not.")
    async def access_state(self, info: Info) -> InsightAccessState:
        """Look at notebook and export."""
        return await access_state_of(info.context, self.row)

    @strawberry.field(description="Whether a dashboard-only reader would see its content; null to those who may not edit it.")
    async def reader_accessible(self, info: Info) -> bool | None:
        """Look at what it shows and at the authorization, for editors."""
        return await is_reader_accessible(info.context, self.row)

    @strawberry.field(description="The tiles that show it, on the dashboards you find in lists.")
    async def tiles(self, info: Info) -> list[InsightTileRef]:
        """Load them."""
        return [InsightTile.of(tile) for tile, _ in info.context.counted(await info.context.loaders.tiles_of_insight.load(self.row.id))]

    @strawberry.field(description="The dashboards that show it, as far as you find them in lists.")
    async def dashboards(self, info: Info) -> list[DashboardRef]:
        """Load them, each once."""
        placed = info.context.counted(await info.context.loaders.tiles_of_insight.load(self.row.id))
        return [show(row) for row in {dashboard.id: dashboard for _, dashboard in placed}.values()]

    @strawberry.field(description="What you may do with it.")
    async def viewer_can(self, info: Info) -> InsightCapabilities:
        """Ask the rule table."""
        context, subject = info.context, await subject_of(info.context, self.row)
        return InsightCapabilities(
            edit=context.decide(Action.UPDATE_INSIGHT, subject).allowed,
            delete=context.decide(Action.DELETE_INSIGHT, subject).allowed,
            select_export=context.decide(Action.SELECT_EXPORT, subject).allowed,
            create_export=self.row.notebook_id is not None and context.decide(Action.CREATE_EXPORT, subject).allowed,
            list=context.decide(Action.SET_INSIGHT_LISTED, subject).allowed,
        )
