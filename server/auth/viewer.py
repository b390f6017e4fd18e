"""Who asks, with the rights they hold now."""

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, TypeVar, cast

from server.domain.grants import CODE_PERMISSIONS, GlobalPermission, ProjectPermission

T = TypeVar("T")
_NONE: Final[frozenset[ProjectPermission]] = frozenset()
_ALL: Final = frozenset(ProjectPermission)
_SOONEST_SECONDS: Final = 0.1


@dataclass(frozen=True, slots=True)
class Viewer:
    """A signed-in user and their effective rights, read once per operation; `projects` is keyed by project id."""

    user_id: str
    login: str
    holder: str
    """Leads to the same person later: see `credentials.Proof`."""
    can_write: bool
    ends_at: datetime | None = None
    """When what they have shown ends."""
    vouched_for: bool = False
    """Whether somebody else says who they are: an issuer, a Hub, a gateway."""
    known_until: datetime | None = None
    """When who vouches for them is to be asked again."""
    global_permissions: frozenset[GlobalPermission] = frozenset()
    projects: Mapping[str, frozenset[ProjectPermission]] = field(default_factory=dict[str, frozenset[ProjectPermission]])
    _worked_out: dict[Hashable, object] = field(default_factory=dict[Hashable, object], init=False, repr=False, compare=False)

    def once(self, key: Hashable, make: Callable[[], T]) -> T:
        """Return what `make` works out from these rights and nothing else; it is kept no longer than they are."""
        if key not in self._worked_out:
            self._worked_out[key] = make()
        return cast("T", self._worked_out[key])

    def seconds_until_look(self, now: datetime, at_most: float) -> float:
        """Return how long what is held open may go on until they are looked up again: never past what is known of them."""
        known = [end for end in (self.ends_at, self.known_until) if end is not None]
        return min([at_most, *(max(_SOONEST_SECONDS, (end - now).total_seconds()) for end in known)])

    @property
    def is_administrator(self) -> bool:
        """Whether every right on everything is held."""
        return GlobalPermission.ADMINISTRATOR in self.global_permissions

    @property
    def can_write_code(self) -> bool:
        """The code right."""
        return not CODE_PERMISSIONS.isdisjoint(self.global_permissions)

    def permissions_on(self, project_id: str | None) -> frozenset[ProjectPermission]:
        """Effective permissions on one project, implications expanded."""
        if project_id is None:
            return _NONE
        return _ALL if self.is_administrator else self.projects.get(project_id, _NONE)
