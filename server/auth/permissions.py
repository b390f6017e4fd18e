"""The table as Strawberry permission classes, each with its SDL directive."""

from functools import cache
from typing import Any, ClassVar, Protocol

import strawberry
from strawberry.permission import BasePermission
from strawberry.schema_directive import Location
from typing_extensions import override

from server.auth.rules import RULES, Action
from server.auth.viewer import Viewer
from server.domain.errors import Forbidden, Unauthenticated


@strawberry.schema_directive(
    locations=[Location.FIELD_DEFINITION],
    name="requiresPermission",
    description="What a caller needs for a field; the field's description says it in words.",
)
class RequiresPermission:
    """Printed on every guarded field."""

    action: str = strawberry.field(description="The row of the permission table.")
    permissions: list[str] = strawberry.field(description="The permissions that the rule speaks of.")


class HasViewer(Protocol):
    """All that a permission class needs of an operation's context."""

    @property
    def viewer(self) -> Viewer | None:
        """Whoever asks."""
        ...


class Guard(BasePermission):
    """What can be told before the object is known; `authorize()` tells the rest."""

    action: ClassVar[Action]

    @override
    def has_permission(self, source: Any, info: strawberry.Info[Any, Any], **kwargs: Any) -> bool:
        """Ask for a signed-in viewer, and for a token that may write if the rule writes."""
        context: HasViewer = info.context
        if context.viewer is None:
            raise Unauthenticated
        if RULES[self.action].writes and not context.viewer.can_write:
            raise Forbidden(["TOKEN_SCOPE_WRITE"], "The access token may only read: use one with the scope WRITE.")
        return True


@cache
def permission_class(action: Action) -> type[Guard]:
    """Generate the class of one row; the same row gives the same class."""
    rule = RULES[action]
    name = "Can" + action.name.title().replace("_", "")
    directive = RequiresPermission(action=action.name, permissions=list(rule.requires))
    return type(name, (Guard,), {"action": action, "message": rule.sentence, "_schema_directive": directive, "__doc__": rule.sentence})
