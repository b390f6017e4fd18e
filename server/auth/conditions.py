"""What rules are made of: needs and facts, joined by AllOf and AnyOf; each knows its words and what is missing."""

from dataclasses import dataclass
from enum import Enum

from server.auth.viewer import Viewer
from server.domain.grants import GlobalPermission, ProjectPermission


class Fact(Enum):
    """What may be true of the thing itself; the value is how a sentence says it."""

    AUTHORIZED = "the notebook is authorized for dashboards"
    PUBLISHED = "the notebook has an export"
    LISTED = "it is listed"
    OWN = "it is one's own"
    ANY_WRITER = "the project lets any writer edit"
    CODE_ALWAYS = "its authorization exposes code always"
    CODE_IN_TILES = "its authorization exposes code through tiles"
    TILE_SHOWS_CODE = "the tile's author shows the code"
    ALLOWS_ACTIVE_CONTENT = "the project allows active content"
    AUTHOR_MAY_CREATE_ACTIVE_CONTENT = "the export's author may create active web content"


@dataclass(frozen=True, slots=True)
class Subject:
    """The thing a deed is done to, as far as rules look at it."""

    project_id: str | None = None
    facts: frozenset[Fact] = frozenset()
    id: str | None = None


Missing = frozenset[str] | None
"""Names of permissions that would help, none if nothing is missing; None if no permission would help."""


@dataclass(frozen=True, slots=True)
class Holds:
    """A project permission."""

    permission: ProjectPermission

    def missing(self, viewer: Viewer, subject: Subject) -> Missing:
        """Look at the viewer's rights on the subject's project."""
        held = self.permission in viewer.permissions_on(subject.project_id)
        return frozenset() if held else frozenset({self.permission.value})

    @property
    def words(self) -> str:
        """Its name."""
        return self.permission.value


@dataclass(frozen=True, slots=True)
class HoldsGlobally:
    """A global permission."""

    permission: GlobalPermission

    def missing(self, viewer: Viewer, subject: Subject) -> Missing:
        """Look at the viewer's global rights."""
        del subject
        return frozenset() if self.permission in viewer.global_permissions else frozenset({self.permission.value})

    @property
    def words(self) -> str:
        """Its name."""
        return self.permission.value


@dataclass(frozen=True, slots=True)
class HoldsCodeRight:
    """WRITE_SAFE_CODE or WRITE_UNSAFE_CODE; a project's ADMIN does not imply it."""

    def missing(self, viewer: Viewer, subject: Subject) -> Missing:
        """Name the lesser of the two."""
        del subject
        return frozenset() if viewer.can_write_code else frozenset({GlobalPermission.WRITE_SAFE_CODE.value})

    @property
    def words(self) -> str:
        """What people call it."""
        return "the code right (WRITE_SAFE_CODE or WRITE_UNSAFE_CODE)"


@dataclass(frozen=True, slots=True)
class HoldsAnything:
    """Any grant at all on the project."""

    def missing(self, viewer: Viewer, subject: Subject) -> Missing:
        """Name the least of them."""
        held = viewer.permissions_on(subject.project_id)
        return frozenset() if held else frozenset({ProjectPermission.READ_DASHBOARDS.value})

    @property
    def words(self) -> str:
        """What people call it."""
        return "any permission on the project"


@dataclass(frozen=True, slots=True)
class IsSignedIn:
    """Nothing but being somebody."""

    def missing(self, viewer: Viewer, subject: Subject) -> Missing:
        """Nothing."""
        del viewer, subject
        return frozenset()

    @property
    def words(self) -> str:
        """What people call it."""
        return "being signed in"


@dataclass(frozen=True, slots=True)
class Is:
    """A fact about the subject; no permission replaces it."""

    fact: Fact

    def missing(self, viewer: Viewer, subject: Subject) -> Missing:
        """Look at the facts."""
        del viewer
        return frozenset() if self.fact in subject.facts else None

    @property
    def words(self) -> str:
        """Its sentence."""
        return self.fact.value


@dataclass(frozen=True, slots=True)
class AllOf:
    """Each of them."""

    parts: tuple["Condition", ...]

    def missing(self, viewer: Viewer, subject: Subject) -> Missing:
        """Join what is missing."""
        lacks: frozenset[str] = frozenset()
        for part in self.parts:
            missing = part.missing(viewer, subject)
            if missing is None:
                return None
            lacks |= missing
        return lacks

    @property
    def words(self) -> str:
        """Joined by `and`."""
        return " and ".join(f"({part.words})" if isinstance(part, AnyOf) else part.words for part in self.parts)


@dataclass(frozen=True, slots=True)
class AnyOf:
    """One of them, the simplest first: a refusal names what the easiest way would take."""

    parts: tuple["Condition", ...]

    def missing(self, viewer: Viewer, subject: Subject) -> Missing:
        """Return the shortest list."""
        lists = [missing for part in self.parts if (missing := part.missing(viewer, subject)) is not None]
        return min(lists, key=len) if lists else None

    @property
    def words(self) -> str:
        """Joined by `or`."""
        return ", or ".join(part.words for part in self.parts)


Condition = Holds | HoldsGlobally | HoldsCodeRight | HoldsAnything | IsSignedIn | Is | AllOf | AnyOf


def all_of(*parts: Condition) -> AllOf:
    """Join conditions by `and`."""
    return AllOf(parts)


def any_of(*parts: Condition) -> AnyOf:
    """Join conditions by `or`."""
    return AnyOf(parts)


def permissions_in(condition: Condition) -> tuple[str, ...]:
    """List the permissions a condition speaks of, in its own order, each once."""
    match condition:
        case Holds() | HoldsGlobally():
            return (condition.permission.value,)
        case HoldsCodeRight():
            return (GlobalPermission.WRITE_SAFE_CODE.value,)
        case AllOf() | AnyOf():
            return tuple(dict.fromkeys(name for part in condition.parts for name in permissions_in(part)))
        case HoldsAnything() | IsSignedIn() | Is():
            return ()
