"""Whatever the domain forbids, the migrated database forbids too: each case spoils one row that is otherwise accepted."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy import ColumnElement, delete, func, insert, literal_column, select, update
from sqlalchemy.exc import IntegrityError

from server.db.models import (
    AuditEventRow,
    DashboardRow,
    Entity,
    ExportRow,
    GlobalGrantRow,
    GroupMemberRow,
    IdempotencyKeyRow,
    InsightRow,
    Model,
    NotebookRow,
    PageRow,
    ProjectGrantRow,
    TileRow,
)
from server.db.session import Database
from server.domain.dashboards import ExportSelectionMode, TileClickAction
from server.domain.grants import AuditOutcome, GlobalPermission, ProjectPermission
from server.domain.ids import Kind, new_id
from tests.integration.db import world as make
from tests.integration.db.world import AT, DIGEST, store

NONSENSE: ColumnElement[str] = literal_column("'NONSENSE'")  # no word of any list; an enum's column would refuse it before the database can
NOBODY = new_id(Kind.USER)


class World:
    """Two projects, each with a notebook, its export and a dashboard; and good rows that are not stored yet."""

    def __init__(self) -> None:
        self.ada, self.crew = make.user("ada"), make.group("crew")
        self.sales, self.stock = make.project(self.ada, "SALES"), make.project(self.ada, "STOCK")
        self.churn, self.other = make.notebook(self.sales, "churn"), make.notebook(self.sales, "other")
        self.foreign = make.notebook(self.stock, "churn")
        self.first, self.of_other = make.export(self.churn, 1), make.export(self.other, 1)
        self.insight = make.insight(self.churn, self.ada)
        self.pinned = make.insight(self.churn, self.ada, pins=self.first)
        self.insight_elsewhere = make.insight(self.foreign, self.ada)
        self.dashboard, self.elsewhere = make.dashboard(self.sales, "Sales"), make.dashboard(self.stock, "Stock")
        self.page, self.page_elsewhere = make.page(self.dashboard, 0), make.page(self.elsewhere, 0)
        self.tile = make.tile(self.page, self.insight)
        self.token, self.authorization = make.token(self.ada), make.authorization(self.other)
        self.member = GroupMemberRow(group_id=self.crew.id, user_id=self.ada.id)

    @property
    def stored(self) -> list[Model]:
        grants: list[Model] = [self._global(self.ada.id, None), self._global(None, self.crew.id)]
        grants += [self._granted(self.ada.id, None), self._granted(None, self.crew.id), self._answered("first")]
        content: list[Model] = [
            self.churn,
            self.other,
            self.foreign,
            self.first,
            self.of_other,
            self.insight,
            self.pinned,
            self.insight_elsewhere,
        ]
        shown: list[Model] = [self.dashboard, self.elsewhere, self.page, self.page_elsewhere, self.tile]
        return [self.ada, self.crew, self.member, self.token, self.sales, self.stock, *grants, *content, *shown, self.authorization]

    def good(self, name: str) -> Model:
        """Return a row that could be stored beside the others."""
        rows: dict[str, Callable[[], Model]] = {
            "user": lambda: make.user("grace"),
            "group": lambda: make.group("guests"),
            "member": lambda: GroupMemberRow(group_id=self.crew.id, user_id=self.ada.id),
            "token": lambda: make.token(self.ada, "1" * 64),
            "global grant": lambda: self._global(self.ada.id, None, GlobalPermission.CREATE_PROJECTS),
            "grant": lambda: self._granted(self.ada.id, None, ProjectPermission.READ_DASHBOARDS),
            "project": lambda: make.project(self.ada, "STAFF"),
            "notebook": lambda: make.notebook(self.sales, "third"),
            "export": lambda: make.export(self.churn, 2),
            "insight": lambda: make.insight(self.churn, self.ada),
            "dashboard": lambda: make.dashboard(self.sales, "Second"),
            "page": lambda: make.page(self.dashboard, 1),
            "insight tile": lambda: make.tile(self.page, self.insight),
            "text tile": lambda: make.tile(self.page, None),
            "authorization": lambda: make.authorization(self.churn),
            "answer": lambda: self._answered("second"),
            "event": lambda: AuditEventRow(
                id=new_id(Kind.AUDIT_EVENT), at=AT, actor_id=self.ada.id, action="publishNotebook", subject_id=None,
                project_id=None, outcome=AuditOutcome.ALLOWED,
            ),
        }  # fmt: skip
        return rows[name]()

    def _global(self, user_id: str | None, group_id: str | None, held: GlobalPermission = GlobalPermission.ADMINISTRATOR) -> GlobalGrantRow:
        return GlobalGrantRow(user_id=user_id, group_id=group_id, permission=held)

    def _granted(self, user_id: str | None, group_id: str | None, held: ProjectPermission = ProjectPermission.ADMIN) -> ProjectGrantRow:
        return ProjectGrantRow(project_id=self.sales.id, user_id=user_id, group_id=group_id, permission=held)

    def _answered(self, key: str) -> IdempotencyKeyRow:
        return IdempotencyKeyRow(user_id=self.ada.id, mutation="publishNotebook", key=key, input_digest=DIGEST, answer={}, created_at=AT)


Spoil = Callable[[World], dict[str, Any]]


@dataclass(frozen=True)
class Case:
    """A good row, what spoils it, and the constraint that says so."""

    row: str
    spoil: Spoil
    refused_by: str


PINNED, OPEN, OTHER = ExportSelectionMode.PINNED, TileClickAction.OPEN_INSIGHT, TileClickAction.OPEN_OTHER_INSIGHT
ADMIN, EVERYTHING = ProjectPermission.ADMIN, GlobalPermission.ADMINISTRATOR
GRID, CONTENT, CLICK = "ck_tile_box_inside_grid", "ck_tile_content_of_kind", "ck_tile_target_of_click"

CASES: dict[str, Case] = {
    "an insight PINNED without an export": Case("insight", lambda _: {"mode": PINNED}, "ck_insight_pinned_has_export"),
    "an insight LATEST with an export": Case("insight", lambda w: {"pinned_export_id": w.first.id}, "ck_insight_pinned_has_export"),
    "a pin of another notebook's export": Case(
        "insight", lambda w: {"mode": PINNED, "pinned_export_id": w.of_other.id}, "fk_insight_pinned_export"
    ),
    "a pin of no export": Case(
        "insight", lambda _: {"mode": PINNED, "pinned_export_id": new_id(Kind.EXPORT)}, "fk_insight_pinned_export"
    ),
    "an insight of another project's notebook": Case("insight", lambda w: {"notebook_id": w.foreign.id}, "fk_insight_notebook"),
    "an insight that takes its notebook for authorized": Case("insight", lambda _: {"authorized": True}, "fk_insight_notebook"),
    "an insight of nobody": Case("insight", lambda _: {"owner_id": NOBODY}, "fk_insight_owner_id"),
    "an insight in an unknown mode": Case("insight", lambda _: {"mode": NONSENSE}, "ck_insight_mode"),
    "a box left of the grid": Case("insight tile", lambda _: {"box_left": -1}, GRID),
    "a box above the grid": Case("insight tile", lambda _: {"box_top": -1}, GRID),
    "a box right of the grid": Case("insight tile", lambda _: {"box_left": 25}, GRID),
    "a box wider than the grid": Case("insight tile", lambda _: {"box_left": 0, "box_width": 37}, GRID),
    "a box without width": Case("insight tile", lambda _: {"box_width": 0}, GRID),
    "a box without height": Case("insight tile", lambda _: {"box_height": 0}, GRID),
    "a text tile with an insight": Case("text tile", lambda w: {"insight_id": w.insight.id}, CONTENT),
    "a text tile without text": Case("text tile", lambda _: {"markdown": None}, CONTENT),
    "a text tile that shows code": Case("text tile", lambda _: {"show_code": True}, CONTENT),
    "an insight tile with text": Case("insight tile", lambda _: {"markdown": "# Sales"}, CONTENT),
    "a target of a click that opens nothing": Case("insight tile", lambda w: {"target_insight_id": w.insight.id}, CLICK),
    "a target of a click that opens the tile's own insight": Case(
        "insight tile", lambda w: {"target_insight_id": w.insight.id, "click_action": OPEN}, CLICK
    ),
    "a tile on a page of another project": Case("insight tile", lambda w: {"page_id": w.page_elsewhere.id}, "fk_tile_page"),
    "a tile of an insight that does not exist": Case("insight tile", lambda _: {"insight_id": new_id(Kind.INSIGHT)}, "fk_tile_insight"),
    "a tile of another project's insight": Case("insight tile", lambda w: {"insight_id": w.insight_elsewhere.id}, "fk_tile_insight"),
    "a click that opens another project's insight": Case(
        "insight tile", lambda w: {"target_insight_id": w.insight_elsewhere.id, "click_action": OTHER}, "fk_tile_target_insight"
    ),
    "a text tile that opens something": Case("text tile", lambda _: {"click_action": OPEN}, CONTENT),
    "a pin without notebook": Case(
        "insight",
        lambda w: {"mode": PINNED, "pinned_export_id": w.first.id, "notebook_id": None},
        "ck_insight_pinned_has_notebook",
    ),
    "a tile of an unknown kind": Case("insight tile", lambda _: {"kind": NONSENSE, "insight_id": None}, "ck_tile_kind"),
    "a tile with an unknown title mode": Case("insight tile", lambda _: {"title_mode": NONSENSE}, "ck_tile_title_mode"),
    "a tile with an unknown click action": Case("insight tile", lambda _: {"click_action": NONSENSE}, "ck_tile_click_action"),
    "a page at a negative position": Case("page", lambda _: {"position": -1}, "ck_dashboard_page_position"),
    "a page on a dashboard of another project": Case("page", lambda w: {"dashboard_id": w.elsewhere.id}, "fk_page_dashboard"),
    "a dashboard of version 0": Case("dashboard", lambda _: {"version": 0}, "ck_dashboard_version"),
    "a dashboard without project": Case("dashboard", lambda _: {"project_id": new_id(Kind.PROJECT)}, "fk_dashboard_project_id"),
    "two notebooks of one name in a project": Case("notebook", lambda _: {"name": "churn"}, "uq_notebook_project_id_name"),
    "a notebook that counts exports below 0": Case("notebook", lambda _: {"last_sequence": -1}, "ck_notebook_sequence"),
    "a notebook without project": Case("notebook", lambda _: {"project_id": new_id(Kind.PROJECT)}, "fk_notebook_project_id"),
    "an export of sequence 0": Case("export", lambda _: {"sequence": 0}, "ck_export_sequence"),
    "two exports of one sequence": Case("export", lambda _: {"sequence": 1}, "uq_export_notebook_id_sequence"),
    "an export of another project's notebook": Case("export", lambda w: {"notebook_id": w.foreign.id}, "fk_export_notebook"),
    "an export of an unknown trigger": Case("export", lambda _: {"trigger": NONSENSE}, "ck_export_trigger"),
    "two authorizations of one notebook": Case(
        "authorization", lambda w: {"notebook_id": w.other.id}, "uq_authorized_object_notebook_id"
    ),
    "an authorization of another project's notebook": Case(
        "authorization", lambda w: {"notebook_id": w.foreign.id}, "fk_authorized_notebook"
    ),
    "an authorization of an unknown exposure": Case(
        "authorization", lambda _: {"code_exposure": NONSENSE}, "ck_authorized_object_code_exposure"
    ),
    "an authorization to do more than read": Case("authorization", lambda _: {"mode": NONSENSE}, "ck_authorized_object_mode"),
    "two grants the same to a user": Case(
        "grant", lambda _: {"permission": ADMIN}, "uq_project_grant_user_id_project_id_permission"
    ),
    "two grants the same to a group": Case(
        "grant",
        lambda w: {"permission": ADMIN, "user_id": None, "group_id": w.crew.id},
        "uq_project_grant_group_id_project_id_permission",
    ),
    "a grant to nobody": Case("grant", lambda _: {"user_id": None}, "ck_project_grant_one_principal"),
    "a grant to a user and a group": Case("grant", lambda w: {"group_id": w.crew.id}, "ck_project_grant_one_principal"),
    "a grant of an unknown permission": Case("grant", lambda _: {"permission": NONSENSE}, "ck_project_grant_permission"),
    "a grant on no project": Case("grant", lambda _: {"project_id": new_id(Kind.PROJECT)}, "fk_project_grant_project_id"),
    "two global grants the same to a user": Case(
        "global grant", lambda _: {"permission": EVERYTHING}, "uq_global_grant_user_id_permission"
    ),
    "two global grants the same to a group": Case(
        "global grant",
        lambda w: {"permission": EVERYTHING, "user_id": None, "group_id": w.crew.id},
        "uq_global_grant_group_id_permission",
    ),
    "a global grant to nobody": Case("global grant", lambda _: {"user_id": None}, "ck_global_grant_one_principal"),
    "a global grant to a user and a group": Case(
        "global grant", lambda w: {"group_id": w.crew.id}, "ck_global_grant_one_principal"
    ),
    "a global grant of a project's permission": Case(
        "global grant", lambda _: {"permission": literal_column("'ADMIN'")}, "ck_global_grant_permission"
    ),
    "two users of one login": Case("user", lambda _: {"login": "ada"}, "uq_user_account_login"),
    "two groups of one name": Case("group", lambda _: {"name": "crew"}, "uq_user_group_name"),
    "a user twice in a group": Case("member", lambda _: {}, "pk_group_member"),
    "two tokens of one digest": Case("token", lambda _: {"digest": DIGEST}, "uq_access_token_digest"),
    "a token of an unknown scope": Case("token", lambda _: {"scope": NONSENSE}, "ck_access_token_scope"),
    "a token of nobody": Case("token", lambda _: {"user_id": NOBODY}, "fk_access_token_user_id"),
    "two projects of one key": Case("project", lambda _: {"key": "SALES"}, "uq_project_key"),
    "a project of an unknown policy": Case(
        "project", lambda _: {"dashboard_write_policy": NONSENSE}, "ck_project_dashboard_write_policy"
    ),
    "a project of an unknown exposure": Case(
        "project", lambda _: {"all_objects_code_exposure": NONSENSE}, "ck_project_all_objects_code_exposure"
    ),
    "two answers to one key": Case("answer", lambda _: {"key": "first"}, "pk_idempotency_key"),
    "an event of an unknown outcome": Case("event", lambda _: {"outcome": NONSENSE}, "ck_audit_event_outcome"),
}  # fmt: skip

STILL_NEEDED: dict[str, tuple[type[Entity], Callable[[World], str], str]] = {
    "an export that an insight pins": (ExportRow, lambda w: w.first.id, "fk_insight_pinned_export"),
    "a notebook that insights show": (NotebookRow, lambda w: w.churn.id, "fk_"),
    "an insight that tiles show": (InsightRow, lambda w: w.insight.id, "fk_tile_insight"),
}


@pytest.fixture
async def world(database: Database) -> World:
    """Store a world to put rows into."""
    made = World()
    await store(database, *made.stored)
    return made


def columns_of(row: Model) -> dict[str, Any]:
    table = type(row).__table__
    return {column.key: getattr(row, column.key) for column in table.columns if getattr(row, column.key, None) is not None}


async def counts(database: Database) -> dict[str, int]:
    """Count the rows of every table."""
    tables = Model.metadata.sorted_tables
    async with database.reading() as session:
        row = (await session.execute(select(*(select(func.count()).select_from(table).scalar_subquery() for table in tables)))).one()
    return dict(zip((table.name for table in tables), row, strict=True))


def complaint(database: Database, constraint: str) -> str:
    """Return what the database says: SQLite names only its checks."""
    if not database.is_sqlite or constraint.startswith("ck_"):
        return constraint
    return "FOREIGN KEY constraint failed" if constraint.startswith("fk_") else "UNIQUE constraint failed"


@pytest.mark.parametrize("case", [pytest.param(case, id=sentence) for sentence, case in CASES.items()])
async def test_the_database_refuses(case: Case, database: Database, world: World) -> None:
    row, before = world.good(case.row), await counts(database)
    with pytest.raises(IntegrityError, match=complaint(database, case.refused_by)):
        async with database.writing() as session:
            await session.execute(insert(type(row)).values(columns_of(row) | case.spoil(world)))
    assert await counts(database) == before


@pytest.mark.parametrize("name", sorted({case.row for case in CASES.values()} - {"member"}))
async def test_the_row_that_cases_spoil_is_accepted_as_it_is(name: str, database: Database, world: World) -> None:
    row, before = world.good(name), await counts(database)
    async with database.writing() as session:
        await session.execute(insert(type(row)).values(columns_of(row)))
    table = type(row).__tablename__
    assert await counts(database) == before | {table: before[table] + 1}


@pytest.mark.parametrize("sentence", STILL_NEEDED)
async def test_the_database_refuses_to_delete(sentence: str, database: Database, world: World) -> None:
    model, key, constraint = STILL_NEEDED[sentence]
    before = await counts(database)
    with pytest.raises(IntegrityError, match=complaint(database, constraint)):
        async with database.writing() as session:
            await session.execute(delete(model).where(model.id == key(world)))
    assert await counts(database) == before


async def test_every_check_of_the_tables_has_a_case() -> None:
    checks = {str(check.name) for table in Model.metadata.tables.values() for check in table.constraints if "ck_" in str(check.name)}
    assert checks - {case.refused_by for case in CASES.values()} == set()


async def test_an_emptied_tile_keeps_its_box_when_its_insight_goes(database: Database, world: World) -> None:
    async with database.writing() as session:
        await session.execute(update(TileRow).where(TileRow.insight_id == world.insight.id).values(insight_id=None))
        await session.execute(delete(type(world.insight)).where(type(world.insight).id == world.insight.id))
    async with database.reading() as session:
        left = (await session.scalars(select(TileRow))).one()
    assert (left.id, left.insight_id, left.box_left, left.box_width) == (world.tile.id, None, 24, 12)


async def test_a_deleted_dashboard_takes_its_pages_and_tiles_along(database: Database, world: World) -> None:
    before = await counts(database)
    async with database.writing() as session:
        await session.execute(delete(DashboardRow).where(DashboardRow.id == world.dashboard.id))
    assert await counts(database) == before | {"dashboard": 1, PageRow.__tablename__: 1, "tile": 0}
