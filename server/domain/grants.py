"""Permissions and what they imply. They only add up; there are no deny rules."""

from collections.abc import Iterable, Mapping
from enum import Enum
from functools import cache
from typing import Final


class ProjectPermission(Enum):
    """What a user or group may hold on one project."""

    ADMIN = "ADMIN"
    EDIT_PERMISSIONS = "EDIT_PERMISSIONS"
    READ_PROJECT_CONTENT = "READ_PROJECT_CONTENT"
    WRITE_PROJECT_CONTENT = "WRITE_PROJECT_CONTENT"
    READ_DASHBOARDS = "READ_DASHBOARDS"
    WRITE_DASHBOARDS = "WRITE_DASHBOARDS"
    MODERATE_DASHBOARDS = "MODERATE_DASHBOARDS"
    MANAGE_AUTHORIZED_OBJECTS = "MANAGE_AUTHORIZED_OBJECTS"


class GlobalPermission(Enum):
    """What a user or group may hold on the whole instance."""

    ADMINISTRATOR = "ADMINISTRATOR"
    WRITE_SAFE_CODE = "WRITE_SAFE_CODE"
    WRITE_UNSAFE_CODE = "WRITE_UNSAFE_CODE"
    CREATE_ACTIVE_WEB_CONTENT = "CREATE_ACTIVE_WEB_CONTENT"
    CREATE_PROJECTS = "CREATE_PROJECTS"


_P = ProjectPermission
IMPLIES: Final[Mapping[ProjectPermission, frozenset[ProjectPermission]]] = {
    _P.ADMIN: frozenset(_P),
    _P.WRITE_PROJECT_CONTENT: frozenset({_P.READ_PROJECT_CONTENT, _P.WRITE_DASHBOARDS, _P.READ_DASHBOARDS}),
    _P.READ_PROJECT_CONTENT: frozenset({_P.READ_DASHBOARDS}),
    _P.MODERATE_DASHBOARDS: frozenset({_P.WRITE_DASHBOARDS, _P.READ_DASHBOARDS}),
    _P.WRITE_DASHBOARDS: frozenset({_P.READ_DASHBOARDS}),
    _P.EDIT_PERMISSIONS: frozenset({_P.READ_DASHBOARDS}),
    _P.READ_DASHBOARDS: frozenset(),
    _P.MANAGE_AUTHORIZED_OBJECTS: frozenset(),
}
"""What each project permission brings with it, already transitive."""


def expand(granted: Iterable[ProjectPermission]) -> frozenset[ProjectPermission]:
    """Return what was granted and all that it implies."""
    return _expanded(frozenset(granted))


@cache
def _expanded(held: frozenset[ProjectPermission]) -> frozenset[ProjectPermission]:
    """Do it once for each of the 256 sets there are: somebody may hold rights on a thousand projects."""
    return held.union(*(IMPLIES[permission] for permission in held))


def expand_globally(granted: Iterable[GlobalPermission]) -> frozenset[GlobalPermission]:
    """Return what was granted; an ADMINISTRATOR holds everything."""
    held = frozenset(granted)
    return frozenset(GlobalPermission) if GlobalPermission.ADMINISTRATOR in held else held


CODE_PERMISSIONS: Final = frozenset({GlobalPermission.WRITE_SAFE_CODE, GlobalPermission.WRITE_UNSAFE_CODE})
"""Either of them is the code right; an ADMINISTRATOR holds both, a project's ADMIN neither."""


class DashboardWritePolicy(Enum):
    """Who may edit someone else's dashboards and insights."""

    ANY_WRITER = "ANY_WRITER"
    OWNER_OR_MODERATOR = "OWNER_OR_MODERATOR"


class TokenScope(Enum):
    """What an access token may be used for."""

    READ = "READ"
    WRITE = "WRITE"


class AuthorizationMode(Enum):
    """What an authorization opens; exports only, so reading is all there is."""

    READ = "READ"


class CodeExposure(Enum):
    """How much code of an authorized notebook reaches dashboard-only readers; the least first."""

    NEVER = "NEVER"
    TILES = "TILES"
    ALWAYS = "ALWAYS"


def exposes_more(exposure: CodeExposure | None, than: CodeExposure | None) -> bool:
    """Tell whether dashboard-only readers see more by one exposure than by another; None: the notebook is closed to them."""
    order = (None, *CodeExposure)
    return order.index(exposure) > order.index(than)


class AuditOutcome(Enum):
    """How a mutation ended."""

    ALLOWED = "ALLOWED"
    DENIED = "DENIED"
