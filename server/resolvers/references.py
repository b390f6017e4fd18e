"""What a gateway refers to: the name of a type and one of its keys."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Final

from server.context import Context
from server.db.models import DashboardRow, Entity, ExportRow, InsightRow, NotebookRow, ProjectRow, UserRow
from server.resolvers.nodes import find_node, find_project_by_key, find_user_by_login


@dataclass(frozen=True, slots=True)
class Keys:
    """The row behind a type, and the look-up behind each of its keys; a key is the name of a column too."""

    kind: type[Entity]
    finders: Mapping[str, Callable[[Context, str], Awaitable[Entity | None]]]


_BY_ID: Final = {"id": find_node}
KEYS: Final[Mapping[str, Keys]] = {
    "Project": Keys(ProjectRow, {**_BY_ID, "key": find_project_by_key}),
    "Notebook": Keys(NotebookRow, _BY_ID),
    "Export": Keys(ExportRow, _BY_ID),
    "Insight": Keys(InsightRow, _BY_ID),
    "Dashboard": Keys(DashboardRow, _BY_ID),
    "User": Keys(UserRow, {**_BY_ID, "login": find_user_by_login}),
}


async def find_reference(context: Context, type_name: str, representation: Mapping[str, object]) -> Entity | None:
    """Find what is referred to, under the one rule of `node`; whatever is hidden, absent or wrongly named is None.

    Of several keys, all must name the same; what is no key is not looked at.
    """
    keys = KEYS.get(type_name)
    given = {name: representation[name] for name in keys.finders if name in representation} if keys else {}
    if keys is None or not given:
        return None
    name, value = next(iter(given.items()))
    row = await keys.finders[name](context, value) if isinstance(value, str) else None
    agrees = isinstance(row, keys.kind) and all(getattr(row, other) == told for other, told in given.items())
    return row if agrees else None
