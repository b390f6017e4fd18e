"""What the tests of reading look at: two projects with something of every kind, some of it hidden from somebody."""

from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final

from sqlalchemy import event, text

from server.domain.grants import GlobalPermission as G
from server.domain.ids import Kind, new_id
from tests.fixtures.world import World

PEOPLE: Final = (None, "stranger", "dash_reader", "dash_writer", "analyst", "writer")
"""Those whom something is hidden from; None is nobody."""

WHO_ASKS: Final = ("pg_current_snapshot", "FROM access_token WHERE", "FROM global_grant WHERE", "access_token SET last_used_at")
"""What the statements hold that look up who asks."""

LISTS: Final = ("notebooks", "insights", "dashboards", "insightSources", "editableDashboards")
"""The connections of a project."""


@dataclass(slots=True)
class Shop:
    """Ids by name. In SALES: the notebooks `open` (authorized, exported twice), `closed` (exported), `draft` (authorized), `plain`.

    A group, `crew`, holds nothing.
    """

    world: World
    notebooks: dict[str, str] = field(default_factory=dict[str, str])
    exports: dict[str, str] = field(default_factory=dict[str, str])
    insights: dict[str, str] = field(default_factory=dict[str, str])
    tiles: dict[str, str] = field(default_factory=dict[str, str])

    async def fill(self) -> None:
        """Make it all, the way people do."""
        world, dashboard = self.world, self.world.ids["SALES dashboard"]
        for name in ("open", "closed"):
            await self.publish(name, dashboard)
        self.notebooks |= {name: await world.save(name) for name in ("draft", "plain")}
        for name in ("open", "draft"):
            await world.authorize(self.notebooks[name])
        self.exports["open again"] = await self.export("open")
        rival = await world.person("rival", globally=[G.WRITE_SAFE_CODE], project="")
        await world.project("OTHER", rival)
        await self.publish("foreign", world.ids["OTHER dashboard"], who="rival", project="OTHER")
        await self.group("crew", "analyst", "writer")

    async def publish(self, name: str, *dashboards: str, who: str = "coder", project: str = "SALES", show_code: bool = False) -> None:
        """Save and publish a notebook; its export, insight and tile take its name."""
        self.notebooks[name] = await self.world.save(name, who=who, project=project)
        made = await self.world.publish(self.notebooks[name], *dashboards, who=who, show_code=show_code)
        self.exports[name], self.insights[name] = made["export"], made["insight"]
        if made["tiles"]:
            [self.tiles[name]] = made["tiles"]

    async def group(self, name: str, *logins: str) -> None:
        """Make a group without rights; `world.ids` has its id."""
        query = """mutation($name: String!, $logins: [String!]) {
            saveGroup(input: {name: $name, memberLogins: $logins}) { group { id } errors { message } } }"""
        data = await self.world.ok("admin", query, name=name, logins=logins)
        self.world.ids[name] = data["saveGroup"]["group"]["id"]

    async def export(self, name: str, who: str = "coder") -> str:
        """Freeze a notebook again."""
        query = "mutation($id: ID!) { createExport(input: {notebookId: $id}) { export { id } errors { message } } }"
        data = await self.world.ok(who, query, id=self.notebooks[name])
        return str(data["createExport"]["export"]["id"])

    async def pin(self, name: str, export: str, who: str = "coder") -> None:
        """Let an insight show one export for good."""
        query = """mutation($id: ID!, $export: ID!) {
            selectExport(input: {insightId: $id, mode: PINNED, exportId: $export}) { insight { id } errors { message } } }"""
        await self.world.ok(who, query, id=self.insights[name], export=export)

    async def one(self, who: str | None, field_name: str, selection: str, id_: str) -> Any:  # noqa: ANN401  any JSON
        """Read something by its id; it must succeed."""
        data = await self.world.ok(who, f"query($id: ID!) {{ {field_name}(id: $id) {{ {selection} }} }}", id=id_)
        return data[field_name]

    async def project(self, who: str | None, selection: str, key: str = "SALES") -> Any:  # noqa: ANN401  any JSON
        """Read a project; it must succeed."""
        return (await self.world.ok(who, f"query($key: String!) {{ project(key: $key) {{ {selection} }} }}", key=key))["project"]

    async def change(self, sql: str, **values: object) -> None:
        """Bring about a state that no mutation leads to yet."""
        async with self.world.application.parts.database.writing() as session:
            await session.execute(text(sql), values)


@contextmanager
def statements(world: World) -> Generator[list[str]]:
    """Collect what is sent to the database meanwhile, but for looking up who asks: how much of that is known depends on the clock, and on
    PostgreSQL on whatever else the server is used for. It takes three statements at most, see `test_rights_held.py`."""
    engine, seen = world.application.parts.database.engine.sync_engine, list[str]()

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        counted = statement.lstrip().upper().startswith(("SELECT", "INSERT", "UPDATE", "DELETE", "WITH"))
        if counted and not any(mark in " ".join(statement.split()) for mark in WHO_ASKS):
            seen.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(engine, "before_cursor_execute", note)


def random_id(id_: str) -> str:
    """Make an id of the same kind that names nothing."""
    return new_id(Kind(id_[0]))


def selections(answer: object, name: str) -> Iterator[object]:
    """Find every value of a key, however deep."""
    match answer:
        case dict():
            if name in answer:
                yield answer[name]
            for value in answer.values():
                yield from selections(value, name)
        case list():
            for value in answer:
                yield from selections(value, name)
        case _:
            return
