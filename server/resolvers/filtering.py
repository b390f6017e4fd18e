"""What callers may narrow a project's lists by; each condition joins the rule of who sees what, so that it tells of nothing hidden."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from sqlalchemy import ColumnElement, false

from server.auth.conditions import Fact
from server.db.models import DashboardRow, InsightRow, NotebookRow
from server.db.repositories.filters import name_contains, owned_by, speaks
from server.domain.ids import Kind, kind_of

Conditions = Iterator[ColumnElement[bool]]


@dataclass(frozen=True, slots=True)
class NotebookFilter:
    """Which notebooks; None asks for nothing."""

    name_contains: str | None = None
    language: str | None = None
    published: bool | None = None
    authorized: bool | None = None

    @property
    def facts(self) -> dict[Fact, bool]:
        """What must be true of notebooks, or must not: shelves are left out by it."""
        return _given({Fact.PUBLISHED: self.published, Fact.AUTHORIZED: self.authorized})

    def conditions(self, *, live: bool) -> Conditions:
        """Yield all other conditions; `live`: whether the live document's language may be told."""
        if self.name_contains is not None:
            yield name_contains(NotebookRow.name_folded, self.name_contains)
        if self.language is not None:
            yield speaks(NotebookRow.id.expression, self.language, live=live)


@dataclass(frozen=True, slots=True)
class DashboardFilter:
    """Which dashboards; None asks for nothing."""

    name_contains: str | None = None
    listed: bool | None = None
    owner_login: str | None = None

    @property
    def facts(self) -> dict[Fact, bool]:
        """What must be true of dashboards, or must not."""
        return _given({Fact.LISTED: self.listed})

    def conditions(self) -> Conditions:
        """Yield all other conditions."""
        yield from _of_owned(DashboardRow, self.name_contains, self.owner_login)


@dataclass(frozen=True, slots=True)
class InsightFilter:
    """Which insights; None asks for nothing."""

    name_contains: str | None = None
    listed: bool | None = None
    owner_login: str | None = None
    notebook_id: str | None = None

    @property
    def facts(self) -> dict[Fact, bool]:
        """What must be true of insights, or must not."""
        return _given({Fact.LISTED: self.listed})

    def conditions(self) -> Conditions:
        """Yield all other conditions; what is no notebook's id names none."""
        yield from _of_owned(InsightRow, self.name_contains, self.owner_login)
        if self.notebook_id is not None:
            yield InsightRow.notebook_id == self.notebook_id if kind_of(self.notebook_id) is Kind.NOTEBOOK else false()


def _of_owned(kind: type[InsightRow | DashboardRow], text: str | None, login: str | None) -> Conditions:
    if text is not None:
        yield name_contains(kind.name_folded, text)
    if login is not None:
        yield owned_by(kind.owner_id, login)


def _given(facts: Mapping[Fact, bool | None]) -> dict[Fact, bool]:
    return {fact: yes for fact, yes in facts.items() if yes is not None}


EVERY_NOTEBOOK: Final = NotebookFilter()
EVERY_INSIGHT: Final = InsightFilter()
EVERY_DASHBOARD: Final = DashboardFilter()
