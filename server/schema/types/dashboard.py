"""Dashboard."""

from datetime import datetime
from typing import Self

import strawberry
from strawberry import federation

from server.auth.rules import Action
from server.db.models import DashboardRow
from server.resolvers import nodes
from server.resolvers.set_dashboard_listed import list_missing_authorizations
from server.resolvers.subjects import subject_of
from server.schema.info import Info
from server.schema.nodes import Node, show, shows
from server.schema.types.refs import NotebookRef, PageRef, ProjectRef, UserRef


@strawberry.type(description="What you may do with a dashboard.")
class DashboardCapabilities:
    """Straight from the rule table."""

    edit: bool = strawberry.field(description="Edit it, its pages and its tiles.")
    delete: bool = strawberry.field(description="Delete it.")
    list: bool = strawberry.field(description="List it, or take it off the list.")


@shows(DashboardRow)
@federation.type(keys=["id"], description="Pages of tiles. Whoever may read dashboards here opens it by its id, listed or not.")
class Dashboard(Node):
    """Made from its row."""

    row: strawberry.Private[DashboardRow]
    name: str = strawberry.field(description="Its name.")
    description: str | None = strawberry.field(description="What its owner says about it.")
    listed: bool = strawberry.field(description="Whether plain readers find it in lists.")
    version: int = strawberry.field(description="Grows by one with each edit; send it back as expectedVersion.")
    created_at: datetime = strawberry.field(description="When it was made.")
    modified_at: datetime = strawberry.field(description="When it was last edited.")

    @classmethod
    def of(cls, row: DashboardRow) -> Self:
        """Show a row."""
        return cls(
            id=strawberry.ID(row.id),
            row=row,
            name=row.name,
            description=row.description,
            listed=row.listed,
            version=row.version,
            created_at=row.created_at,
            modified_at=row.modified_at,
        )

    @strawberry.field(description="Where it belongs.")
    async def project(self, info: Info) -> ProjectRef:
        """Load it."""
        return show(await nodes.project_of(info.context, self.row))

    @strawberry.field(description="Who owns it.")
    async def owner(self, info: Info) -> UserRef:
        """Load them."""
        return show(await nodes.owner_of(info.context, self.row))

    @strawberry.field(description="Its pages, in order; there is always one.")
    async def pages(self, info: Info) -> list[PageRef]:
        """Load them."""
        return [show(row) for row in info.context.counted(await info.context.loaders.pages.load(self.row.id))]

    @strawberry.field(
        description="The notebooks on it that dashboard-only readers may not see, as far as you see them; "
        "null to those who may not edit it."
    )
    async def missing_authorizations(self, info: Info) -> list[NotebookRef] | None:
        """List them, for editors."""
        if not info.context.decide(Action.EDIT_DASHBOARD, await subject_of(info.context, self.row)).allowed:
            return None
        return [show(row) for row in info.context.counted(await list_missing_authorizations(info.context, self.row))]

    @strawberry.field(description="What you may do with it.")
    async def viewer_can(self, info: Info) -> DashboardCapabilities:
        """Ask the rule table."""
        context, subject = info.context, await subject_of(info.context, self.row)
        edit = context.decide(Action.EDIT_DASHBOARD, subject).allowed
        return DashboardCapabilities(edit=edit, delete=edit, list=context.decide(Action.SET_DASHBOARD_LISTED, subject).allowed)
