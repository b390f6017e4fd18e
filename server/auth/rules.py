"""Who may do what: the one table. Permission classes, SQL filters, refusals, `viewerCan` and the docs come from it."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, auto
from typing import Final

from server.auth.conditions import (
    Condition,
    Fact,
    Holds,
    HoldsAnything,
    HoldsCodeRight,
    HoldsGlobally,
    Is,
    IsSignedIn,
    Subject,
    all_of,
    any_of,
    permissions_in,
)
from server.auth.viewer import Viewer
from server.domain.errors import Forbidden
from server.domain.grants import GlobalPermission as G
from server.domain.grants import ProjectPermission as P


class Action(Enum):
    """Everything a rule speaks of."""

    OPEN_PROJECT = auto()
    CREATE_PROJECT = auto()
    UPDATE_PROJECT = auto()
    ALLOW_ACTIVE_CONTENT = auto()
    SEE_PROJECT_PERMISSIONS = auto()
    SET_PROJECT_PERMISSIONS = auto()
    TRANSFER_OWNERSHIP = auto()
    LIST_PROJECT_AUDIT_EVENTS = auto()

    LIST_NOTEBOOKS = auto()
    LIST_INSIGHT_SOURCES = auto()
    VIEW_NOTEBOOK = auto()
    READ_NOTEBOOK_SOURCE = auto()
    SAVE_NOTEBOOK = auto()
    DELETE_NOTEBOOK = auto()
    PUBLISH_NOTEBOOK = auto()

    READ_EXPORT = auto()
    CREATE_EXPORT = auto()
    DELETE_EXPORT = auto()
    SHOW_CODE = auto()
    SHOW_INTERACTIVE = auto()

    VIEW_INSIGHT = auto()
    CREATE_INSIGHT = auto()
    LIST_INSIGHTS = auto()
    UPDATE_INSIGHT = auto()
    SELECT_EXPORT = auto()
    DELETE_INSIGHT = auto()
    SET_INSIGHT_LISTED = auto()

    OPEN_DASHBOARD = auto()
    LIST_DASHBOARDS = auto()
    CREATE_DASHBOARD = auto()
    EDIT_DASHBOARD = auto()
    SET_DASHBOARD_LISTED = auto()
    ADD_INSIGHT_TILE = auto()
    COPY_TILE = auto()
    MOVE_TILE = auto()

    LIST_AUTHORIZED_OBJECTS = auto()
    AUTHORIZE_NOTEBOOK = auto()
    WIDEN_AUTHORIZATION = auto()

    VIEW_USER = auto()
    SEE_ACCOUNT = auto()
    LIST_USERS = auto()
    LIST_GROUPS = auto()
    CREATE_USER = auto()
    UPDATE_USER = auto()
    DEACTIVATE_USER = auto()
    SAVE_GROUP = auto()
    LIST_AUDIT_EVENTS = auto()
    SEE_ACCESS_TOKEN = auto()
    CREATE_ACCESS_TOKEN = auto()
    REVOKE_ACCESS_TOKEN = auto()


@dataclass(frozen=True, slots=True)
class Rule:
    """One row: the condition, and whether a token must be allowed to write."""

    condition: Condition
    writes: bool = False

    @property
    def requires(self) -> tuple[str, ...]:
        """The permissions the rule speaks of, for the SDL's directive."""
        return permissions_in(self.condition)

    @property
    def sentence(self) -> str:
        """How descriptions and refusals say it."""
        return f"Requires {self.condition.words}."


@dataclass(frozen=True, slots=True)
class Decision:
    """A decision has no truth value: one must look at what is missing."""

    missing: tuple[str, ...] | None
    rule: Rule

    def __bool__(self) -> bool:
        """Refuse to be a condition by accident."""
        msg = "a Decision has no truth value; read `allowed` or call `enforce()`"
        raise TypeError(msg)

    @property
    def allowed(self) -> bool:
        """Whether nothing is missing."""
        return self.missing == ()

    def enforce(self) -> None:
        """Raise Forbidden unless nothing is missing."""
        if not self.allowed:
            raise Forbidden(self.missing or (), f"{self.rule.sentence} Ask an administrator.")


_READ, _WRITE = Holds(P.READ_PROJECT_CONTENT), Holds(P.WRITE_PROJECT_CONTENT)
_SEE_DASHBOARDS, _WRITE_DASHBOARDS, _MODERATE = Holds(P.READ_DASHBOARDS), Holds(P.WRITE_DASHBOARDS), Holds(P.MODERATE_DASHBOARDS)
_MANAGE, _ADMIN, _ADMINISTRATOR = Holds(P.MANAGE_AUTHORIZED_OBJECTS), Holds(P.ADMIN), HoldsGlobally(G.ADMINISTRATOR)
_AUTHORIZED, _PUBLISHED, _OWN, _ANY_WRITER = Is(Fact.AUTHORIZED), Is(Fact.PUBLISHED), Is(Fact.OWN), Is(Fact.ANY_WRITER)

_MAKES_EXPORTS = all_of(_WRITE, HoldsCodeRight())
_SEES_EXPORTS = any_of(_READ, all_of(_SEE_DASHBOARDS, _AUTHORIZED))
_EDITS = all_of(_WRITE_DASHBOARDS, any_of(_ANY_WRITER, _OWN, _MODERATE))
_LISTS = all_of(_WRITE_DASHBOARDS, any_of(_ANY_WRITER, _MODERATE))
_FINDS_IN_LIST = all_of(_SEE_DASHBOARDS, any_of(Is(Fact.LISTED), _OWN, _WRITE_DASHBOARDS))

RULES: Final[Mapping[Action, Rule]] = {
    Action.OPEN_PROJECT: Rule(HoldsAnything()),
    Action.CREATE_PROJECT: Rule(HoldsGlobally(G.CREATE_PROJECTS), writes=True),
    Action.UPDATE_PROJECT: Rule(_ADMIN, writes=True),
    Action.ALLOW_ACTIVE_CONTENT: Rule(all_of(_ADMIN, HoldsGlobally(G.CREATE_ACTIVE_WEB_CONTENT)), writes=True),
    Action.SEE_PROJECT_PERMISSIONS: Rule(Holds(P.EDIT_PERMISSIONS)),
    Action.SET_PROJECT_PERMISSIONS: Rule(Holds(P.EDIT_PERMISSIONS), writes=True),
    Action.TRANSFER_OWNERSHIP: Rule(_ADMIN, writes=True),
    Action.LIST_PROJECT_AUDIT_EVENTS: Rule(Holds(P.EDIT_PERMISSIONS)),
    Action.LIST_NOTEBOOKS: Rule(_READ),
    Action.LIST_INSIGHT_SOURCES: Rule(
        any_of(all_of(_READ, _PUBLISHED), all_of(_SEE_DASHBOARDS, _AUTHORIZED, _PUBLISHED), _MAKES_EXPORTS),
    ),
    Action.VIEW_NOTEBOOK: Rule(any_of(_READ, all_of(_SEE_DASHBOARDS, _AUTHORIZED, _PUBLISHED))),
    Action.READ_NOTEBOOK_SOURCE: Rule(_READ),
    Action.SAVE_NOTEBOOK: Rule(_MAKES_EXPORTS, writes=True),
    Action.DELETE_NOTEBOOK: Rule(_WRITE, writes=True),
    Action.PUBLISH_NOTEBOOK: Rule(_MAKES_EXPORTS, writes=True),
    Action.READ_EXPORT: Rule(_SEES_EXPORTS),
    Action.CREATE_EXPORT: Rule(_MAKES_EXPORTS, writes=True),
    Action.DELETE_EXPORT: Rule(_MAKES_EXPORTS, writes=True),
    Action.SHOW_CODE: Rule(
        any_of(
            _READ,
            all_of(
                _SEE_DASHBOARDS,
                _AUTHORIZED,
                any_of(Is(Fact.CODE_ALWAYS), all_of(Is(Fact.CODE_IN_TILES), Is(Fact.TILE_SHOWS_CODE))),
            ),
        ),
    ),
    Action.SHOW_INTERACTIVE: Rule(
        all_of(_SEES_EXPORTS, Is(Fact.ALLOWS_ACTIVE_CONTENT), Is(Fact.AUTHOR_MAY_CREATE_ACTIVE_CONTENT)),
    ),
    Action.VIEW_INSIGHT: Rule(_SEES_EXPORTS),
    Action.CREATE_INSIGHT: Rule(all_of(_WRITE_DASHBOARDS, any_of(_READ, _AUTHORIZED)), writes=True),
    Action.LIST_INSIGHTS: Rule(all_of(_SEES_EXPORTS, _FINDS_IN_LIST)),
    Action.UPDATE_INSIGHT: Rule(_EDITS, writes=True),
    Action.SELECT_EXPORT: Rule(_EDITS, writes=True),
    Action.DELETE_INSIGHT: Rule(_EDITS, writes=True),
    Action.SET_INSIGHT_LISTED: Rule(_LISTS, writes=True),
    Action.OPEN_DASHBOARD: Rule(_SEE_DASHBOARDS),
    Action.LIST_DASHBOARDS: Rule(_FINDS_IN_LIST),
    Action.CREATE_DASHBOARD: Rule(_WRITE_DASHBOARDS, writes=True),
    Action.EDIT_DASHBOARD: Rule(_EDITS, writes=True),
    Action.SET_DASHBOARD_LISTED: Rule(_LISTS, writes=True),
    Action.ADD_INSIGHT_TILE: Rule(all_of(_EDITS, any_of(_READ, _AUTHORIZED)), writes=True),
    Action.COPY_TILE: Rule(_EDITS, writes=True),
    Action.MOVE_TILE: Rule(_EDITS, writes=True),
    Action.LIST_AUTHORIZED_OBJECTS: Rule(any_of(_READ, _MANAGE)),
    Action.AUTHORIZE_NOTEBOOK: Rule(_MANAGE, writes=True),
    Action.WIDEN_AUTHORIZATION: Rule(all_of(_MANAGE, _READ), writes=True),
    Action.VIEW_USER: Rule(IsSignedIn()),
    Action.SEE_ACCOUNT: Rule(any_of(_OWN, _ADMINISTRATOR)),
    Action.LIST_USERS: Rule(_ADMINISTRATOR),
    Action.LIST_GROUPS: Rule(_ADMINISTRATOR),
    Action.CREATE_USER: Rule(_ADMINISTRATOR, writes=True),
    Action.UPDATE_USER: Rule(_ADMINISTRATOR, writes=True),
    Action.DEACTIVATE_USER: Rule(_ADMINISTRATOR, writes=True),
    Action.SAVE_GROUP: Rule(_ADMINISTRATOR, writes=True),
    Action.LIST_AUDIT_EVENTS: Rule(_ADMINISTRATOR),
    Action.SEE_ACCESS_TOKEN: Rule(any_of(_OWN, _ADMINISTRATOR)),
    Action.CREATE_ACCESS_TOKEN: Rule(IsSignedIn(), writes=True),
    Action.REVOKE_ACCESS_TOKEN: Rule(any_of(_OWN, _ADMINISTRATOR), writes=True),
}


def decide(viewer: Viewer, action: Action, subject: Subject) -> Decision:
    """Apply the table's row to one viewer and one thing."""
    rule = RULES[action]
    missing = rule.condition.missing(viewer, subject)
    if missing is None:
        return Decision(None, rule)
    scope = ("TOKEN_SCOPE_WRITE",) if rule.writes and not viewer.can_write else ()
    return Decision((*sorted(missing), *scope), rule)
