"""What callers may narrow a project's lists by; each condition joins the rule of who sees what, so that it tells of nothing hidden."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from sqlalchemy import ColumnElement, false, not_

from server.auth.conditions import Fact
from server.auth.visibility import Columns
from server.db.models import DashboardRow, InsightRow
from server.db.repositories.filters import name_contains, owned_by, speaks
from server.db.repositories.notebooks import NotebookList
from server.domain.ids import Kind, kind_of

Conditions = Iterator[ColumnElement[bool]]


@dataclass(frozen=True, slots=True)
class NotebookFilter:
    """Which notebooks; None asks for nothing."""

    name_contains: str | None = None
    language: str | None = None
    published: bool | None = None
    authorized: bool | None = None

    def conditions(self, found_in: NotebookList, columns: Columns, *, live: bool) -> Conditions:
        """Yield the conditions on where the list is found; `live`: whether the live document's language may be told."""
        if self.name_contains is not None:
            yield name_contains(found_in.name_folded, self.name_contains)
        if self.language is not None:
            yield speaks(found_in.id, self.language, live=live)
        for wanted, fact in ((self.published, Fact.PUBLISHED), (self.authorized, Fact.AUTHORIZED)):
            if wanted is not None:
                yield columns[fact] if wanted else not_(columns[fact])


@dataclass(frozen=True, slots=True)
class DashboardFilter:
    """Which dashboards; None asks for nothing."""

    name_contains: str | None = None
    listed: bool | None = None
    owner_login: str | None = None

    def conditions(self) -> Conditions:
        """Yield the conditions."""
        yield from _of_owned(DashboardRow, self.name_contains, self.listed, self.owner_login)


@dataclass(frozen=True, slots=True)
class InsightFilter:
    """Which insights; None asks for nothing."""

    name_contains: str | None = None
    listed: bool | None = None
    owner_login: str | None = None
    notebook_id: str | None = None

    def conditions(self) -> Conditions:
        """Yield the conditions; what is no notebook's id names none."""
        yield from _of_owned(InsightRow, self.name_contains, self.listed, self.owner_login)
        if self.notebook_id is not None:
            yield InsightRow.notebook_id == self.notebook_id if kind_of(self.notebook_id) is Kind.NOTEBOOK else false()


def _of_owned(kind: type[InsightRow | DashboardRow], text: str | None, listed: bool | None, login: str | None) -> Conditions:  # noqa: FBT001  three inputs
    if text is not None:
        yield name_contains(kind.name_folded, text)
    if listed is not None:
        yield kind.listed.expression if listed else not_(kind.listed.expression)
    if login is not None:
        yield owned_by(kind.owner_id, login)


EVERY_NOTEBOOK: Final = NotebookFilter()
EVERY_INSIGHT: Final = InsightFilter()
EVERY_DASHBOARD: Final = DashboardFilter()
