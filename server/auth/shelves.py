"""The rule table as stretches of indexes: what a list of one project may show.

The rows of a list lie on shelves, one for each combination of what its indexes tell apart; of every row on a shelf the same
facts are true, so that the table decides for the whole shelf. Those that are open to the viewer make up the list; from those
that are open to owners alone comes what is the viewer's own.

| kind | told apart by | index of all | index of one's own |
|---|---|---|---|
| notebooks | authorized, published | `ix_notebook_shelf` | |
| insights | authorized, listed | `ix_insight_shelf` | `ix_insight_own_shelf` |
| dashboards | listed | `ix_dashboard_shelf` | `ix_dashboard_own_shelf` |

A viewer to whom every shelf is open reads the index of all pages, `ix_…_page`.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import product
from typing import Final, Generic, TypeVar

from sqlalchemy import ColumnElement, Select, and_, false, select, true

from server.auth.conditions import Fact, Subject
from server.auth.rules import RULES, Action
from server.auth.viewer import Viewer
from server.db.models import DashboardRow, InsightRow, NotebookRow, ProjectRow
from server.domain.grants import DashboardWritePolicy

K = TypeVar("K", NotebookRow, InsightRow, DashboardRow)
Facts = frozenset[Fact]
_NOTHING: Final[Mapping[Fact, bool]] = {}


@dataclass(frozen=True, slots=True)
class Sort:
    """A column that tells shelves apart, and the facts that each of its values stands for in a project."""

    column: ColumnElement[bool]
    facts: Mapping[bool, Callable[[ProjectRow], Facts]]

    def is_(self, *, value: bool) -> ColumnElement[bool]:
        """Return the condition of one value, as indexes are searched."""
        return self.column == (true() if value else false())


@dataclass(frozen=True, slots=True)
class Shelving(Generic[K]):
    """How the rows of a kind are shelved."""

    kind: type[K]
    sorts: tuple[Sort, ...]
    owner_id: ColumnElement[str] | None = field(default=None)

    def open_to(self, viewer: Viewer, project: ProjectRow, action: Action, wanted: Mapping[Fact, bool] = _NOTHING) -> tuple[Select[K], ...]:
        """Select what an action's rule lets a viewer see of a project, shelf by shelf; `wanted` leaves out those without its facts."""
        policy = {Fact.ANY_WRITER} if project.dashboard_write_policy is DashboardWritePolicy.ANY_WRITER else frozenset[Fact]()
        everybody, owners, shelves = list[ColumnElement[bool]](), list[ColumnElement[bool]](), 0
        for condition, facts in self._shelves(project):
            shelves += 1
            if any((fact in facts) is not yes for fact, yes in wanted.items()):
                continue
            if _allows(viewer, project, action, facts | policy):
                everybody.append(condition)
            elif self.owner_id is not None and _allows(viewer, project, action, facts | policy | {Fact.OWN}):
                owners.append(and_(self.owner_id == viewer.user_id, condition))
        of_project = select(self.kind).where(self.kind.project_id == project.id)
        if len(everybody) == shelves:
            return (of_project,)
        return tuple(of_project.where(condition) for condition in everybody + owners)

    def _shelves(self, project: ProjectRow) -> Iterator[tuple[ColumnElement[bool], Facts]]:
        for values in product(*(sort.facts for sort in self.sorts)):
            on_it = list(zip(self.sorts, values, strict=True))
            facts = frozenset[Fact]().union(*(sort.facts[value](project) for sort, value in on_it))
            yield and_(*(sort.is_(value=value) for sort, value in on_it)), facts


def _allows(viewer: Viewer, project: ProjectRow, action: Action, facts: Facts) -> bool:
    """Ask the table; what a token may write is no matter of seeing."""
    return RULES[action].condition.missing(viewer, Subject(project.id, facts)) == frozenset()


def _is(fact: Fact) -> Callable[[ProjectRow], Facts]:
    return lambda _: frozenset({fact})


def _nothing(_: ProjectRow) -> Facts:
    return frozenset()


def _as_switched(project: ProjectRow) -> Facts:
    """Return what the project's switch does to notebooks that are not authorized by themselves."""
    return frozenset({Fact.AUTHORIZED} if project.authorizes_all_objects else ())


_AUTHORIZED: Final[Mapping[bool, Callable[[ProjectRow], Facts]]] = {True: _is(Fact.AUTHORIZED), False: _as_switched}
_LISTED: Final[Mapping[bool, Callable[[ProjectRow], Facts]]] = {True: _is(Fact.LISTED), False: _nothing}

NOTEBOOKS: Final = Shelving(
    NotebookRow,
    (
        Sort(NotebookRow.authorized.expression, _AUTHORIZED),
        Sort(NotebookRow.published.expression, {True: _is(Fact.PUBLISHED), False: _nothing}),
    ),
)
INSIGHTS: Final = Shelving(
    InsightRow,
    (Sort(InsightRow.authorized.expression, _AUTHORIZED), Sort(InsightRow.listed.expression, _LISTED)),
    InsightRow.owner_id.expression,
)
DASHBOARDS: Final = Shelving(DashboardRow, (Sort(DashboardRow.listed.expression, _LISTED),), DashboardRow.owner_id.expression)
