"""Project."""

from typing import Annotated, Self

import strawberry
from strawberry import federation

from server.auth.rules import Action
from server.db.models import ProjectRow
from server.resolvers import nodes
from server.resolvers.filtering import EVERY_DASHBOARD, EVERY_INSIGHT, EVERY_NOTEBOOK
from server.resolvers.lists import (
    find_notebook_by_name,
    list_authorized_objects,
    list_dashboards,
    list_editable_dashboards,
    list_insight_sources,
    list_notebooks,
    list_project_insights,
)
from server.resolvers.people import list_project_audit_events
from server.resolvers.set_project_permissions import Grant, list_grants
from server.resolvers.subjects import subject_of
from server.schema.enums import CodeExposure, DashboardWritePolicy, ProjectPermission
from server.schema.guarded import guarded
from server.schema.info import Info
from server.schema.nodes import Node, show, shows
from server.schema.pagination import DEFAULT_FIRST, After, Connection, First, page_request
from server.schema.types.audit_event import AuditEvent
from server.schema.types.authorized_object import AuthorizedObject
from server.schema.types.dashboard import Dashboard
from server.schema.types.filters import DashboardFilter, InsightFilter, NotebookFilter
from server.schema.types.group import Principal
from server.schema.types.insight import Insight
from server.schema.types.notebook import Notebook
from server.schema.types.refs import UserRef

_WHICH = "Only those; the cursors of one filter go on under the same."
WhichNotebooks = Annotated[NotebookFilter | None, strawberry.argument(description=_WHICH)]
WhichInsights = Annotated[InsightFilter | None, strawberry.argument(description=_WHICH)]
WhichDashboards = Annotated[DashboardFilter | None, strawberry.argument(description=_WHICH)]


@strawberry.type(description="What one user or group holds on a project.")
class PermissionGrant:
    """As given, and with all that it implies."""

    principal: Principal = strawberry.field(description="Who holds it.")
    granted: list[ProjectPermission] = strawberry.field(description="What was given.")
    effective: list[ProjectPermission] = strawberry.field(description="What was given and all that it implies.")

    @classmethod
    def of(cls, grant: Grant) -> "PermissionGrant":
        """Show a grant."""
        return cls(principal=show(grant.principal), granted=list(grant.granted), effective=list(grant.effective))


@shows(ProjectRow)
@federation.type(keys=["id", "key"], description="What permissions are given on; it holds notebooks, insights and dashboards.")
class Project(Node):
    """Made from its row."""

    row: strawberry.Private[ProjectRow]
    key: str = strawberry.field(description="Its unique key; not a secret.")
    name: str = strawberry.field(description="Its name.")
    dashboard_write_policy: DashboardWritePolicy = strawberry.field(description="Who may edit dashboards and insights that others own.")
    allows_active_content: bool = strawberry.field(description="Whether exports may be shown with their scripts running, in a sandbox.")
    authorizes_all_objects: bool = strawberry.field(description="Whether every notebook is authorized for dashboard-only readers.")
    all_objects_code_exposure: CodeExposure | None = strawberry.field(
        description="What code reaches those readers where every notebook is authorized; null where not."
    )

    @classmethod
    def of(cls, row: ProjectRow) -> Self:
        """Show a row."""
        return cls(
            id=strawberry.ID(row.id),
            row=row,
            key=row.key,
            name=row.name,
            dashboard_write_policy=row.dashboard_write_policy,
            allows_active_content=row.allows_active_content,
            authorizes_all_objects=row.authorizes_all_objects,
            all_objects_code_exposure=row.all_objects_code_exposure if row.authorizes_all_objects else None,
        )

    @strawberry.field(description="Who owns it, and holds ADMIN by that.")
    async def owner(self, info: Info) -> UserRef:
        """Load them."""
        return show(await nodes.owner_of(info.context, self.row))

    @strawberry.field(description="What you effectively hold on it.")
    def viewer_permissions(self, info: Info) -> list[ProjectPermission]:
        """Read the viewer."""
        held = info.context.caller.permissions_on(self.row.id)
        return [permission for permission in ProjectPermission if permission in held]

    @strawberry.field(description="Its notebooks, oldest first; to dashboard-only readers, those that are authorized and published.")
    async def notebooks(
        self, info: Info, first: First = DEFAULT_FIRST, after: After = None, filter: WhichNotebooks = None
    ) -> Connection[Notebook]:
        """List them."""
        wanted = filter.wanted() if filter else EVERY_NOTEBOOK
        return Connection[Notebook].of(await list_notebooks(info.context, self.row, page_request(first, after), wanted))

    @strawberry.field(description="A notebook by its name; null if there is none that you may see.")
    async def notebook(self, info: Info, name: Annotated[str, strawberry.argument(description="The notebook's name.")]) -> Notebook | None:
        """Find it."""
        return show(await find_notebook_by_name(info.context, self.row.id, name))

    @strawberry.field(description="Its insights, oldest first; unlisted ones to their owners and to dashboard writers.")
    async def insights(
        self, info: Info, first: First = DEFAULT_FIRST, after: After = None, filter: WhichInsights = None
    ) -> Connection[Insight]:
        """List them."""
        wanted = filter.wanted() if filter else EVERY_INSIGHT
        return Connection[Insight].of(await list_project_insights(info.context, self.row, page_request(first, after), wanted))

    @strawberry.field(description="Its dashboards, oldest first; unlisted ones to their owners and to dashboard writers.")
    async def dashboards(
        self, info: Info, first: First = DEFAULT_FIRST, after: After = None, filter: WhichDashboards = None
    ) -> Connection[Dashboard]:
        """List them."""
        wanted = filter.wanted() if filter else EVERY_DASHBOARD
        return Connection[Dashboard].of(await list_dashboards(info.context, self.row, page_request(first, after), wanted))

    @strawberry.field(description="The notebooks that you may point a new insight at, oldest first.")
    async def insight_sources(self, info: Info, first: First = DEFAULT_FIRST, after: After = None) -> Connection[Notebook]:
        """List them."""
        return Connection[Notebook].of(await list_insight_sources(info.context, self.row, page_request(first, after)))

    @strawberry.field(description="The dashboards on which you may put a tile, oldest first.")
    async def editable_dashboards(self, info: Info, first: First = DEFAULT_FIRST, after: After = None) -> Connection[Dashboard]:
        """List them."""
        return Connection[Dashboard].of(await list_editable_dashboards(info.context, self.row, page_request(first, after)))

    @strawberry.field(
        description="The notebooks authorized one by one for dashboard-only readers.", extensions=guarded(Action.LIST_AUTHORIZED_OBJECTS)
    )
    async def authorized_objects(self, info: Info) -> list[AuthorizedObject] | None:
        """Prove, then list."""
        info.context.authorize(Action.LIST_AUTHORIZED_OBJECTS, await subject_of(info.context, self.row))
        return [AuthorizedObject.of(row) for row in info.context.counted(await list_authorized_objects(info.context, self.row))]

    @strawberry.field(
        description="Who holds what; the owner's ADMIN goes without saying.", extensions=guarded(Action.SEE_PROJECT_PERMISSIONS)
    )
    async def permission_grants(self, info: Info) -> list[PermissionGrant] | None:
        """Prove, then list."""
        info.context.authorize(Action.SEE_PROJECT_PERMISSIONS, await subject_of(info.context, self.row))
        return [PermissionGrant.of(grant) for grant in info.context.counted(await list_grants(info.context, self.row))]

    @strawberry.field(description="What was done and refused in it, newest first.", extensions=guarded(Action.LIST_PROJECT_AUDIT_EVENTS))
    async def audit_events(self, info: Info, first: First = DEFAULT_FIRST, after: After = None) -> Connection[AuditEvent] | None:
        """List them."""
        return Connection[AuditEvent].of(await list_project_audit_events(info.context, self.row, page_request(first, after)))
