"""A world to ask all cells of the permission matrix in, under one policy, and the words in which a row says what to ask."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import count
from typing import Any, Final, NamedTuple

from sqlalchemy import text

from server.db.models import ProjectGrantRow
from server.domain.grants import GlobalPermission as G
from server.domain.grants import ProjectPermission as P
from server.domain.ids import Kind
from tests.fixtures import make
from tests.fixtures.world import ROLES, TABLES, World
from tests.integration.mutations.asking import Given

ANY_WRITER: Final = "ANY_WRITER"
MODERATED: Final = "OWNER_OR_MODERATOR"

Names = frozenset[str]

ANY: Final[Names] = frozenset()
SEE, WRITE, MODERATE = frozenset({"READ_DASHBOARDS"}), frozenset({"WRITE_DASHBOARDS"}), frozenset({"MODERATE_DASHBOARDS"})
READ, CONTENT, CODE = frozenset({"READ_PROJECT_CONTENT"}), frozenset({"WRITE_PROJECT_CONTENT"}), frozenset({"WRITE_SAFE_CODE"})
MANAGE, GRANT, ADMIN = frozenset({"MANAGE_AUTHORIZED_OBJECTS"}), frozenset({"EDIT_PERMISSIONS"}), frozenset({"ADMIN"})
FREEZE: Final = CONTENT | CODE

_ALL: Final = SEE | WRITE | MODERATE | READ | CONTENT | MANAGE | GRANT | ADMIN
HELD: Final[Mapping[str, Names]] = {
    "stranger": ANY,
    "dash_reader": SEE,
    "dash_writer": SEE | WRITE,
    "dash_moderator": SEE | WRITE | MODERATE,
    "analyst": SEE | READ,
    "analyst_dash": SEE | WRITE | READ,
    "writer": SEE | WRITE | READ | CONTENT,
    "coder": SEE | WRITE | READ | CONTENT | CODE,
    "code_only": CODE,
    "dash_coder": SEE | WRITE | CODE,
    "auth_manager": SEE | READ | MANAGE,
    "project_admin": _ALL,
    "admin": _ALL | CODE,
}
"""What each role holds on the project, implied permissions included, and the code right."""

DOCUMENT: Final = make.notebook(make.markdown("# Results"), make.code("secret = 7", make.stream("shown\n")))
TEXT: Final = make.dump(DOCUMENT).decode()
CELLS: Final = {"nodes": [{"type": "MARKDOWN", "source": "# Results"}, {"type": "CODE", "source": None}]}
"""What anybody who may see an export of DOCUMENT reads of it without asking for code."""


class Deed(NamedTuple):
    """A mutation: its input and the key there of what may be hidden; where its effect shows and how; what it takes."""

    mutation: str
    given: Given
    hidden: str
    at: str
    effect: str
    after: object
    needs: tuple[Names, ...]
    """Asked for one after the other: the first that lacks something is the refusal."""
    seen_with: Names = SEE
    """What it takes to see the thing at all."""
    name: str | None = None
    """What `$name` is in the effect."""
    eyes: str = "admin"

    @property
    def variables(self) -> Given:
        """Those of the effect."""
        return {"id": self.at} if self.name is None else {"id": self.at, "name": self.name}


class Answer(NamedTuple):
    """What those are told who hold something: what FORBIDDEN requires if that comes along, and whether the row's thing is in it."""

    needs: Names
    data: object
    requires: Names = ANY
    there: bool = True


def lacking(needs: Names, data: object, requires: Names = ANY) -> Answer:
    """Make an answer without the row's thing in it."""
    return Answer(needs, data, requires, there=False)


class Look(NamedTuple):
    """A query, and its answers, those to the most powerful first."""

    query: str
    variables: Given
    answers: tuple[Answer, ...]


@dataclass(frozen=True, slots=True)
class Made:
    """What a row is made of, and the ids of what the role that asks must own, whatever it holds now."""

    deeds: list[Deed] = field(default_factory=list[Deed])
    looks: list[Look] = field(default_factory=list[Look])
    owned: tuple[str, ...] = ()


class Published(NamedTuple):
    """The ids of a notebook, its export, and an insight on it."""

    notebook: str
    export: str
    insight: str


def asking_for(mutation: str, selection: str = "") -> str:
    """Write a short document, as most of the time goes into reading it."""
    type_ = mutation[0].upper() + mutation[1:] + "Input"
    return f"mutation($input: {type_}!) {{ {mutation}(input: $input) {{ {selection} errors {{ __typename message code field }} }} }}"


@dataclass(slots=True)
class Stage:
    """A world under one policy: in SALES deeds are done; what LIBRARY holds never changes.

    In LIBRARY, all by `maker`: the notebooks `open` (authorized, published), `closed` (published), `draft` (authorized), and the
    dashboards `Dashboard`, which is listed, and `Unlisted`. In SALES: two published notebooks, of which readers see one.
    """

    world: World
    policy: str
    known: tuple[dict[str, list[str]], int] | None = None
    """What the database held after the last refusal, and how many events: to read it again before the next one takes longest."""
    kept: dict[tuple[str, str], Made] = field(default_factory=dict[tuple[str, str], Made])
    numbers: Iterator[int] = field(default_factory=count)
    opened: Published = field(init=False)
    closed: Published = field(init=False)
    draft: str = field(init=False)
    unlisted: str = field(init=False)
    seen: Published = field(init=False)
    unseen: Published = field(init=False)

    async def fill(self) -> None:
        """Make what all cells share."""
        world = self.world
        await world.person("maker", permissions=[P.ADMIN], globally=[G.WRITE_SAFE_CODE])
        await world.project("LIBRARY", world.ids["owner"])
        async with world.application.parts.database.writing() as session:
            library, roles = world.ids["LIBRARY"], (*((role, rights) for role, (rights, _) in ROLES.items()), ("maker", (P.ADMIN,)))
            for login, rights in roles:
                session.add_all(ProjectGrantRow(user_id=world.ids[login], project_id=library, permission=right) for right in rights)
                await session.flush()  # in this order
        for key in ("SALES", "LIBRARY"):
            await self.do("updateProject", projectKey=key, dashboardWritePolicy=self.policy)
        self.opened = await self.published("open", authorized=True, project="LIBRARY")
        self.closed = await self.published("closed", project="LIBRARY")
        self.draft = await self.notebook("draft", project="LIBRARY")
        await self.do("authorizeNotebook", notebookId=self.draft)
        self.unlisted = await self.board("Unlisted", project="LIBRARY")
        self.seen, self.unseen = await self.published(authorized=True), await self.published()
        await self.do("createExport", notebookId=self.seen.notebook)

    async def do(self, mutation: str, selection: str = "", **given: object) -> Any:  # noqa: ANN401  any payload
        """Do something as `maker`, who may do everything."""
        return (await self.world.ok("maker", asking_for(mutation, selection), input=given))[mutation]

    def name(self) -> str:
        """Make a name that nothing has."""
        return f"Name {next(self.numbers)}"

    async def notebook(self, name: str | None = None, *, project: str = "SALES") -> str:
        """Make a notebook of DOCUMENT; return its id."""
        given = {"projectKey": project, "name": name or self.name(), "content": TEXT}
        return str((await self.do("saveNotebook", "notebook { id }", **given))["notebook"]["id"])

    async def published(self, name: str | None = None, *, authorized: bool = False, project: str = "SALES") -> Published:
        """Make a notebook with an export, and an insight that follows it."""
        id_ = await self.notebook(name, project=project)
        given = {"notebookId": id_, "insightName": "Seen", "authorize": authorized}
        made = await self.do("publishNotebook", "export { id } insight { id }", **given)
        return Published(id_, made["export"]["id"], made["insight"]["id"])

    async def insight(self) -> str:
        """Make another insight on `seen`; return its id."""
        return str((await self.do("createInsight", "insight { id }", notebookId=self.seen.notebook))["insight"]["id"])

    async def board(self, name: str = "Board", project: str = "SALES") -> str:
        """Make an unlisted dashboard; return its id."""
        return str((await self.do("createDashboard", "dashboard { id }", projectKey=project, name=name))["dashboard"]["id"])

    def edits(self, *, own: bool) -> tuple[Names, ...]:
        """Say what it takes to edit a dashboard or an insight."""
        return (WRITE,) if own or self.policy == ANY_WRITER else (WRITE | MODERATE,)

    async def give(self, ids: tuple[str, ...], role: str) -> None:
        """Change owners beneath the API: those who own something may have lost their rights since."""
        async with self.world.application.parts.database.writing() as session:
            for id_ in ids:
                table = {Kind.INSIGHT: "insight", Kind.DASHBOARD: "dashboard"}[Kind(id_[0])]
                sql = f"UPDATE {table} SET owner_id = :owner WHERE id = :id"  # noqa: S608  a constant of ours
                await session.execute(text(sql), {"owner": self.world.ids[role], "id": id_})

    async def state(self) -> dict[str, list[str]]:
        """Return what `World.state` returns, at a third of its cost: all tables in one session."""
        async with self.world.application.parts.database.reading() as session:
            tables = {table: await session.execute(text(f"SELECT * FROM {table}")) for table in TABLES}  # noqa: S608  constants of ours
        return {
            table: sorted(repr(tuple(row)[:6] if table == "access_token" else tuple(row)) for row in rows)  # not when it was last used
            for table, rows in tables.items()
        }

    async def export(self, of: Published) -> str:
        """Make another export of a notebook; return its id."""
        return str((await self.do("createExport", "export { id }", notebookId=of.notebook))["export"]["id"])

    async def mend(self) -> None:
        """Put back what a failed cell may have left changed for all others."""
        async with self.world.application.parts.database.writing() as session:
            sql = "UPDATE project SET authorizes_all_objects = :off, owner_id = :owner"
            await session.execute(text(sql), {"off": False, "owner": self.world.ids["owner"]})
