"""AuthorizedObject."""

from datetime import datetime
from typing import Self

import strawberry

from server.db.models import AuthorizedObjectRow, NotebookRow, ProjectRow, UserRow
from server.resolvers import nodes
from server.schema.enums import AuthorizationMode, CodeExposure
from server.schema.info import Info
from server.schema.nodes import Node, show, shows
from server.schema.types.refs import NotebookRef, ProjectRef, UserRef


@shows(AuthorizedObjectRow)
@strawberry.type(description="A notebook whose exports dashboard-only readers may see; never its live source.")
class AuthorizedObject(Node):
    """One notebook's authorization."""

    row: strawberry.Private[AuthorizedObjectRow]
    mode: AuthorizationMode = strawberry.field(description="What it opens.")
    code_exposure: CodeExposure = strawberry.field(description="What code of the notebook reaches dashboard-only readers.")
    authorized_at: datetime = strawberry.field(description="When it was given.")

    @classmethod
    def of(cls, row: AuthorizedObjectRow) -> Self:
        """Show a row."""
        return cls(id=strawberry.ID(row.id), row=row, mode=row.mode, code_exposure=row.code_exposure, authorized_at=row.authorized_at)

    @strawberry.field(description="Where it holds.")
    async def project(self, info: Info) -> ProjectRef:
        """Load it."""
        return show(await nodes.get(info.context, ProjectRow, self.row.project_id, []))

    @strawberry.field(description="The notebook; null to those who may not see it.")
    async def notebook(self, info: Info) -> NotebookRef | None:
        """Load it."""
        return show(await nodes.find(info.context, NotebookRow, self.row.notebook_id))

    @strawberry.field(description="Who gave it.")
    async def authorized_by(self, info: Info) -> UserRef | None:
        """Load them."""
        return show(await nodes.find(info.context, UserRow, self.row.authorized_by_id))
