"""What callers may narrow lists by, as SQL; it only ever narrows what is visible."""

from typing import Any

from sqlalchemy import ColumnElement, and_, exists, false, func, literal, select
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import InstrumentedAttribute, aliased
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import GenericFunction

from server.db.models import ExportRow, NotebookRow, UserRow
from server.domain.names import fold, is_login, is_storable


class _Place(GenericFunction[int]):
    """Where a text begins within another, from 1; 0 if it does not occur. No character of it has a meaning of its own."""

    name = "nbinsight_place"
    inherit_cache = True


@compiles(_Place, "sqlite")
def _in_sqlite(element: _Place, compiler: SQLCompiler, **options: Any) -> str:  # noqa: ANN401  whatever SQLAlchemy passes
    return f"instr({compiler.process(element.clauses, **options)})"


@compiles(_Place, "postgresql")
def _in_postgresql(element: _Place, compiler: SQLCompiler, **options: Any) -> str:  # noqa: ANN401  likewise
    return f"strpos({compiler.process(element.clauses, **options)})"


def name_contains(folded: InstrumentedAttribute[str] | ColumnElement[str], text: str) -> ColumnElement[bool]:
    """Tell whether a name contains a text, whatever the case of either."""
    return _Place(folded, literal(fold(text))) > 0 if is_storable(text) else false()


def speaks(notebook_id: ColumnElement[str], language: str, *, live: bool) -> ColumnElement[bool]:
    """Tell whether a notebook is written in a language: its live document, or else its newest export."""
    if not is_storable(language):
        return false()
    wanted = language.lower()
    if live:
        document = aliased(NotebookRow)
        return exists(select(1).where(document.id == notebook_id, func.lower(document.language) == wanted))
    newer = aliased(ExportRow)
    is_newest = ~exists(select(1).where(newer.notebook_id == ExportRow.notebook_id, newer.sequence > ExportRow.sequence))
    return exists(select(1).where(and_(ExportRow.notebook_id == notebook_id, func.lower(ExportRow.language) == wanted, is_newest)))


def owned_by(owner_id: InstrumentedAttribute[str], login: str) -> ColumnElement[bool]:
    """Tell whether somebody of that login owns a thing."""
    return owner_id == select(UserRow.id).where(UserRow.login == login).scalar_subquery() if is_login(login) else false()
