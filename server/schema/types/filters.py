"""What callers may narrow a project's lists by."""

import strawberry

from server.resolvers import filtering

_NAME = "Those whose names contain this text, whatever the case; no character has a meaning of its own."
_LISTED = "Those that are listed, or those that are not."
_OWNER = "Those that the user with this login owns."


@strawberry.input(description="Which notebooks; what is given must all be met, by what you may see.")
class NotebookFilter:
    """Absent or null asks for nothing."""

    name_contains: str | None = strawberry.field(description=_NAME, default=None)
    language: str | None = strawberry.field(
        description="Those whose kernel speaks this language, whatever the case: the live document's, or the newest export's to those"
        " who may not read the live one.",
        default=None,
    )
    published: bool | None = strawberry.field(description="Those that have an export, or those that have none.", default=None)
    authorized: bool | None = strawberry.field(
        description="Those that dashboard-only readers may see once they are published, or the others.", default=None
    )

    def wanted(self) -> filtering.NotebookFilter:
        """Return it as the resolvers' filter."""
        return filtering.NotebookFilter(self.name_contains, self.language, self.published, self.authorized)


@strawberry.input(description="Which insights; what is given must all be met, by what you find in lists.")
class InsightFilter:
    """Absent or null asks for nothing."""

    name_contains: str | None = strawberry.field(description=_NAME, default=None)
    listed: bool | None = strawberry.field(description=_LISTED, default=None)
    owner_login: str | None = strawberry.field(description=_OWNER, default=None)
    notebook_id: strawberry.ID | None = strawberry.field(description="Those on this notebook.", default=None)

    def wanted(self) -> filtering.InsightFilter:
        """Return it as the resolvers' filter."""
        return filtering.InsightFilter(self.name_contains, self.listed, self.owner_login, self.notebook_id)


@strawberry.input(description="Which dashboards; what is given must all be met, by what you find in lists.")
class DashboardFilter:
    """Absent or null asks for nothing."""

    name_contains: str | None = strawberry.field(description=_NAME, default=None)
    listed: bool | None = strawberry.field(description=_LISTED, default=None)
    owner_login: str | None = strawberry.field(description=_OWNER, default=None)

    def wanted(self) -> filtering.DashboardFilter:
        """Return it as the resolvers' filter."""
        return filtering.DashboardFilter(self.name_contains, self.listed, self.owner_login)
