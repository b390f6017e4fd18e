"""The Node interface, and the way from a row to its type without import knots."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final, Protocol, Self, TypeVar, overload

import strawberry

from server.db.models import (
    AccessTokenRow,
    AuditEventRow,
    AuthorizedObjectRow,
    DashboardRow,
    Entity,
    ExportRow,
    GroupRow,
    InsightRow,
    NotebookRow,
    PageRow,
    ProjectRow,
    TileRow,
    UserRow,
)

if TYPE_CHECKING:
    from server.schema.types.access_token import AccessToken
    from server.schema.types.audit_event import AuditEvent
    from server.schema.types.authorized_object import AuthorizedObject
    from server.schema.types.dashboard import Dashboard
    from server.schema.types.export import Export
    from server.schema.types.group import Group
    from server.schema.types.insight import Insight
    from server.schema.types.notebook import Notebook
    from server.schema.types.page import DashboardPage
    from server.schema.types.project import Project
    from server.schema.types.tile import Tile
    from server.schema.types.user import User


@strawberry.interface(description="Anything with an id of its own.")
class Node:
    """An opaque, random id is all they share."""

    id: strawberry.ID = strawberry.field(
        description="Opaque, global and never reused. Tells nothing to people; compare it, keep it, send it back."
    )


class Shown(Protocol):
    """A type that is made from one kind of row."""

    @classmethod
    def of(cls, row: Any) -> Self:  # noqa: ANN401  each type takes its own row
        """Show a row."""
        ...


_SHOWN: Final[dict[type[Entity], type[Shown]]] = {}
T = TypeVar("T", bound=Shown)


def shows(row_type: type[Entity]) -> Callable[[type[T]], type[T]]:
    """Register the type that shows rows of a kind."""

    def register(type_: type[T]) -> type[T]:
        _SHOWN[row_type] = type_
        return type_

    return register


@overload
def show(row: ProjectRow) -> "Project": ...
@overload
def show(row: NotebookRow) -> "Notebook": ...
@overload
def show(row: ExportRow) -> "Export": ...
@overload
def show(row: InsightRow) -> "Insight": ...
@overload
def show(row: DashboardRow) -> "Dashboard": ...
@overload
def show(row: PageRow) -> "DashboardPage": ...
@overload
def show(row: TileRow) -> "Tile": ...
@overload
def show(row: UserRow) -> "User": ...
@overload
def show(row: GroupRow) -> "Group": ...
@overload
def show(row: AccessTokenRow) -> "AccessToken": ...
@overload
def show(row: AuthorizedObjectRow) -> "AuthorizedObject": ...
@overload
def show(row: AuditEventRow) -> "AuditEvent": ...
@overload
def show(row: None) -> None: ...
@overload
def show(row: UserRow | GroupRow) -> "User | Group": ...
@overload
def show(row: Entity) -> Node: ...
def show(row: Entity | None) -> Any:
    """Turn any row into its type, and nothing into null."""
    return None if row is None else _SHOWN[type(row)].of(row)
