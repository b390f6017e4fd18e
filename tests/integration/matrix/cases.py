"""What each row of the permission matrix is through the API: what to ask, where its effect shows, and what stands in its way.

Whether somebody may is not said here: the cells of `tests/contract/permission_matrix.py` say it.
"""

from collections.abc import Awaitable, Callable, Mapping
from operator import attrgetter
from typing import Final

from server.domain.grants import ProjectPermission
from tests.fixtures import make
from tests.integration.matrix.stage import (
    ADMIN,
    ANY,
    CELLS,
    CONTENT,
    DOCUMENT,
    FREEZE,
    GRANT,
    HELD,
    MANAGE,
    READ,
    SEE,
    WRITE,
    Answer,
    Deed,
    Look,
    Made,
    Names,
    Published,
    Stage,
    lacking,
)
from tests.integration.mutations.asking import Given

Case = Callable[[Stage], Awaitable[Made]]
Looking = Callable[[Stage], Look]
Step = tuple[str, Given, str, str, str, object]
"""A deed but for what it takes."""

LATER: Final = make.notebook(make.markdown("# Later"), kernel="ir", language="R")
TEXT_OF_LATER: Final = make.dump(LATER).decode()


def looking(*looks: Looking) -> Case:
    """Make a case of queries alone."""

    async def made(stage: Stage) -> Made:
        return Made(looks=[look(stage) for look in looks])

    return made


def _library(selection: str, *answers: Answer) -> Looking:
    """Look at LIBRARY; to whoever holds nothing on it, it does not exist."""
    nothing = lacking(ANY, {"project": None})
    return lambda _: Look(f'{{ project(key: "LIBRARY") {{ {selection} }} }}', {}, (*answers, nothing))


def _list(connection: str, *answers: tuple[bool, Names, list[str]]) -> Looking:
    """Look at a list of LIBRARY, whole and in order."""
    lists = [
        Answer(needs, {"project": {connection: {"totalCount": len(names), "nodes": [{"name": name} for name in names]}}}, there=there)
        for there, needs, names in answers
    ]
    return _library(f"{connection} {{ totalCount nodes {{ name }} }}", *lists)


def _one(field: str, id_of: Callable[[Stage], str], selection: str, *answers: Answer) -> Looking:
    """Look at something in LIBRARY by its id; for all others it does not exist."""
    query = f"query($id: ID!) {{ {field}(id: $id) {{ {selection} }} node(id: $id) {{ __typename }} }}"
    seen = [answer._replace(data={field: answer.data, "node": {"__typename": field.title()}}) for answer in answers]
    nothing = lacking(ANY, {field: None, "node": None})
    return lambda stage: Look(query, {"id": id_of(stage)}, (*seen, nothing))


def _source(of: Callable[[Stage], Published], *answers: Answer) -> Looking:
    return _one("notebook", lambda stage: of(stage).notebook, "source", Answer(READ, {"source": DOCUMENT}), *answers)


def _exports(of: Callable[[Stage], Published], needs: Names) -> tuple[Looking, Looking]:
    selection, export = "sequence cells { nodes { type source } }", {"sequence": 1, "cells": CELLS}
    listed = Answer(needs, {"exports": {"totalCount": 1, "nodes": [export]}})
    return (
        _one("export", lambda stage: of(stage).export, selection, Answer(needs, export)),
        _one("notebook", lambda stage: of(stage).notebook, f"exports {{ totalCount nodes {{ {selection} }} }}", listed),
    )


def _insight(of: Callable[[Stage], Published], needs: Names) -> Looking:
    shown = {"name": "Seen", "accessState": "ACCESSIBLE", "displayedExport": {"sequence": 1, "cells": CELLS}}
    selection = "name accessState displayedExport { sequence cells { nodes { type source } } }"
    return _one("insight", lambda stage: of(stage).insight, selection, Answer(needs, shown))


def _unlisted(needs: Names) -> Looking:
    shown = {"name": "Unlisted", "listed": False, "pages": [{"index": 0}]}
    return _one("dashboard", lambda stage: stage.unlisted, "name listed pages { index }", Answer(needs, shown))


OPENED: Final[Callable[[Stage], Published]] = attrgetter("opened")
CLOSED: Final[Callable[[Stage], Published]] = attrgetter("closed")


def _opening(_: Stage) -> Look:
    query = '{ project(key: "LIBRARY") { key name } projects { totalCount nodes { key } } }'
    found = {
        "project": {"key": "LIBRARY", "name": "Library"},
        "projects": {"totalCount": 2, "nodes": [{"key": "SALES"}, {"key": "LIBRARY"}]},
    }
    return Look(query, {}, (Answer(SEE, found), lacking(ANY, {"project": None, "projects": {"totalCount": 0, "nodes": []}})))


HOLDERS: Final = [{"principal": {"login": login}} for login, held in {**HELD, "maker": SEE}.items() if held & SEE and login != "admin"]
PERMISSIONS: Final = _library(
    "permissionGrants { principal { ... on User { login } } }",
    Answer(GRANT, {"project": {"permissionGrants": HOLDERS}}),
    lacking(SEE, {"project": {"permissionGrants": None}}, GRANT),
)


async def save_notebook(stage: Stage) -> Made:
    new, known, here = stage.name(), stage.name(), {"projectKey": "SALES", "content": TEXT_OF_LATER}
    id_, project = await stage.notebook(known), stage.world.ids["SALES"]
    found, source = "Project { notebook(name: $name) { source } }", {"source": LATER}
    return Made([
        Deed("saveNotebook", here | {"name": new}, "projectKey", project, found, {"notebook": source}, (FREEZE,), name=new),
        Deed("saveNotebook", here | {"name": known}, "projectKey", id_, "Notebook { source }", source, (FREEZE,)),
    ])  # fmt: skip


async def delete_notebook(stage: Stage) -> Made:
    closed, opened = await stage.notebook(), (await stage.published(authorized=True)).notebook
    gone = ("Notebook { id }", None, (CONTENT,))
    return Made([
        Deed("deleteNotebook", {"notebookId": closed}, "notebookId", closed, *gone, READ),
        Deed("deleteNotebook", {"notebookId": opened, "force": True}, "notebookId", opened, *gone),
    ])  # fmt: skip


async def publish_first(stage: Stage) -> Made:
    id_, board = await stage.notebook(), await stage.board()
    given = {"notebookId": id_, "targets": [{"dashboardId": board, "showCode": True}]}
    effect = "Notebook { exports { nodes { sequence } } insights { nodes { selectionMode tiles { showCode page { index } } } } }"
    tile = {"showCode": True, "page": {"index": 0}}
    after = {"exports": {"nodes": [{"sequence": 1}]}, "insights": {"nodes": [{"selectionMode": "LATEST", "tiles": [tile]}]}}
    return Made([Deed("publishNotebook", given, "notebookId", id_, effect, after, (FREEZE,), READ)], owned=(board,))


async def publish_again(stage: Stage) -> Made:
    id_, _, insight = await stage.published(authorized=True)
    effect = "Notebook { exports { totalCount } insights { totalCount } }"
    again, into = ({"exports": {"totalCount": number}, "insights": {"totalCount": 2}} for number in (2, 3))
    return Made(
        [
            Deed("publishNotebook", {"notebookId": id_}, "notebookId", id_, effect, again, (FREEZE,)),
            Deed("publishNotebook", {"notebookId": id_, "insightId": insight}, "notebookId", id_, effect, into, (FREEZE,)),
        ],
        owned=(insight,),
    )


async def publish_and_authorize(stage: Stage) -> Made:
    id_ = await stage.notebook()
    effect = "Notebook { isDashboardAuthorized exports { totalCount } insights { totalCount } }"
    after = {"isDashboardAuthorized": True, "exports": {"totalCount": 1}, "insights": {"totalCount": 1}}
    given = {"notebookId": id_, "authorize": True}
    return Made([Deed("publishNotebook", given, "notebookId", id_, effect, after, (FREEZE, MANAGE), READ)])


async def create_export(stage: Stage) -> Made:
    opened, closed = (await stage.published(authorized=True)).notebook, await stage.notebook()
    effect, one, two = "Notebook { exports { totalCount } }", {"exports": {"totalCount": 1}}, {"exports": {"totalCount": 2}}
    return Made([
        Deed("createExport", {"notebookId": opened}, "notebookId", opened, effect, two, (FREEZE,)),
        Deed("createExport", {"notebookId": closed}, "notebookId", closed, effect, one, (FREEZE,), READ),
    ])  # fmt: skip


async def delete_export(stage: Stage) -> Made:
    opened, closed = await stage.export(stage.seen), await stage.export(stage.unseen)
    gone = ("Export { id }", None, (FREEZE,))
    return Made([
        Deed("deleteExport", {"exportId": opened}, "exportId", opened, *gone),
        Deed("deleteExport", {"exportId": closed}, "exportId", closed, *gone, READ),
    ])  # fmt: skip


def creating_insight(source: Callable[[Stage], Awaitable[str]], seen_with: Names, *, first_export: bool = False) -> Case:
    """Make a case of a new insight, with its tile on a dashboard of one's own."""

    async def made(stage: Stage) -> Made:
        id_, board = await source(stage), await stage.board()
        given = {"notebookId": id_, "name": "Made", "createExport": first_export, "targets": [{"dashboardId": board}]}
        effect = "Dashboard { pages { tiles { ... on InsightTile { accessState insight { name } } } } }"
        after = {"pages": [{"tiles": [{"accessState": "ACCESSIBLE", "insight": {"name": "Made"}}]}]}
        needs = (WRITE, FREEZE) if first_export else (WRITE,)
        return Made([Deed("createInsight", given, "notebookId", board, effect, after, needs, seen_with)], owned=(board,))

    return made


async def _seen(stage: Stage) -> str:
    return stage.seen.notebook


async def _unseen(stage: Stage) -> str:
    return stage.unseen.notebook


def editing_insight(*, own: bool) -> Case:
    """Make a case of an insight's name and export."""

    async def made(stage: Stage) -> Made:
        id_, first, needs = await stage.insight(), stage.seen.export, stage.edits(own=own)
        chosen = {"selectionMode": "PINNED", "pinnedExport": {"sequence": 1}}
        renamed, pin = {"insightId": id_, "name": "Renamed"}, {"insightId": id_, "mode": "PINNED", "exportId": first}
        deeds = [
            Deed("updateInsight", renamed, "insightId", id_, "Insight { name }", {"name": "Renamed"}, needs),
            Deed("selectExport", pin, "insightId", id_, "Insight { selectionMode pinnedExport { sequence } }", chosen, needs),
        ]
        return Made(deeds, owned=(id_,) if own else ())

    return made


async def delete_insight(stage: Stage) -> Made:
    id_ = await stage.insight()
    return Made([Deed("deleteInsight", {"insightId": id_}, "insightId", id_, "Insight { id }", None, (WRITE,))], owned=(id_,))


async def list_insight(stage: Stage) -> Made:
    """One's own, and somebody else's: that makes no difference."""
    own, other, needs = await stage.insight(), await stage.insight(), stage.edits(own=False)
    listed = {"listed": True}
    deeds = [
        Deed("setInsightListed", {"insightId": id_, **listed}, "insightId", id_, "Insight { listed }", listed, needs)
        for id_ in (own, other)
    ]
    return Made(deeds, owned=(own,))


async def create_dashboard(stage: Stage) -> Made:
    name = stage.name()
    effect = "Project { dashboards(filter: {nameContains: $name}) { nodes { name pages { index } } } }"
    after = {"dashboards": {"nodes": [{"name": name, "pages": [{"index": 0}]}]}}
    given = {"projectKey": "SALES", "name": name}
    return Made([Deed("createDashboard", given, "projectKey", stage.world.ids["SALES"], effect, after, (WRITE,), name=name)])


def editing_dashboard(*, own: bool) -> Case:
    """Make a case of a dashboard that is deleted at the end; one's own is edited in every way."""

    async def made(stage: Stage) -> Made:
        given = {"projectKey": "SALES", "name": "Board"}
        new = (await stage.do("createDashboard", "dashboard { id pages { id } }", **given))["dashboard"]
        board, page, insight = new["id"], new["pages"][0]["id"], {"insightId": stage.seen.insight}
        here, shown = {"dashboardId": board}, {"showCode": True}
        tile = (await stage.do("addInsightTile", "tile { id }", **here, **insight))["tile"]["id"]
        steps: list[Step] = [
            ("updateDashboard", {**here, "name": "New"}, "dashboardId", board, "Dashboard { name }", {"name": "New"}),
            ("updateTile", {"tileId": tile, **shown}, "tileId", tile, "InsightTile { showCode }", shown),
            *(_moving(here, insight, page, tile) if own else []),
            ("removeTile", {"tileId": tile}, "tileId", tile, "Tile { id }", None),
            *(_paging(here, page) if own else []),
            ("deleteDashboard", here, "dashboardId", board, "Dashboard { id }", None),
        ]
        return Made([Deed(*step, stage.edits(own=own)) for step in steps], owned=(board,) if own else ())

    return made


def _moving(here: Given, insight: Given, page: str, tile: str) -> list[Step]:
    moved = {"box": {"left": 20, "top": 9, "width": 10, "height": 8}}
    tiles, text, shown = "DashboardPage { tiles { __typename } }", {"__typename": "TextTile"}, {"__typename": "InsightTile"}
    return [
        ("moveTile", {"tileId": tile, **moved}, "tileId", tile, "Tile { box { left top width height } }", moved),
        ("addTextTile", {**here, "markdown": "Words"}, "dashboardId", page, tiles, {"tiles": [text, shown]}),
        ("addInsightTile", {**here, **insight}, "dashboardId", page, tiles, {"tiles": [text, shown, shown]}),
    ]


def _paging(here: dict[str, str], page: str) -> list[Step]:
    [board] = here.values()
    pages, first, second = "Dashboard { pages { title } }", {"title": "First"}, {"title": "Second"}
    return [
        ("updateDashboardPage", {"pageId": page, **first}, "pageId", board, pages, {"pages": [first]}),
        ("addDashboardPage", {**here, **second}, "dashboardId", board, pages, {"pages": [first, second]}),
        ("removeDashboardPage", {"pageId": page}, "pageId", board, pages, {"pages": [second]}),
    ]


async def list_dashboard(stage: Stage) -> Made:
    """One's own, and somebody else's: that makes no difference."""
    own, other, needs = await stage.board(), await stage.board(), stage.edits(own=False)
    effect, yes, no = "Dashboard { listed }", {"listed": True}, {"listed": False}
    deeds = [
        Deed("setDashboardListed", {"dashboardId": id_, "listed": after["listed"]}, "dashboardId", id_, effect, after, needs)
        for id_, after in ((own, yes), (other, yes), (own, no))
    ]
    return Made(deeds, owned=(own,))


async def add_insight_tile(stage: Stage) -> Made:
    board, insight = await stage.board(), stage.unseen.insight
    given = {"dashboardId": board, "insightId": insight}
    after = {"pages": [{"tiles": [{"insight": {"id": insight}}]}]}
    effect = "Dashboard { pages { tiles { ... on InsightTile { insight { id } } } } }"
    return Made([Deed("addInsightTile", given, "insightId", board, effect, after, (WRITE,), READ)], owned=(board,))


async def authorize(stage: Stage) -> Made:
    closed, opened, project = await stage.notebook(), (await stage.published(authorized=True)).notebook, stage.world.ids["SALES"]
    single, whole = "Notebook { isDashboardAuthorized }", "Project { authorizesAllObjects }"
    yes, no = ({"isDashboardAuthorized": there} for there in (True, False))
    return Made([
        Deed("authorizeNotebook", {"notebookId": closed}, "notebookId", closed, single, yes, (MANAGE,), READ),
        Deed("revokeAuthorization", {"notebookId": opened}, "notebookId", opened, single, no, (MANAGE,)),
        *(
            Deed(
                "setAuthorizeAllObjects", {"projectKey": "SALES", "enabled": enabled}, "projectKey",
                project, whole, {"authorizesAllObjects": enabled}, (MANAGE,),
            )
            for enabled in (True, False)
        ),
    ])  # fmt: skip


async def set_permissions(stage: Stage) -> Made:
    login = f"newcomer{next(stage.numbers)}"
    await stage.world.person(login)
    project, effect = stage.world.ids["SALES"], "Project { viewerPermissions }"
    held = [ProjectPermission.READ_DASHBOARDS.value]
    deeds = [
        Deed(
            "setProjectPermissions", {"projectKey": "SALES", "userLogin": login, "permissions": given}, "projectKey",
            project, effect, after, (GRANT,), eyes=login,
        )
        for given, after in ((held, {"viewerPermissions": held}), ([], None))
    ]  # fmt: skip
    return Made(deeds, [PERMISSIONS(stage)])


async def transfer(stage: Stage) -> Made:
    """The project comes back to its owner at once."""
    board, insight, project = await stage.board(), await stage.insight(), stage.world.ids["SALES"]
    targets = ((project, "maker", "Project"), (project, "owner", "Project"), (board, "writer", "Dashboard"), (insight, "writer", "Insight"))
    return Made([
        Deed(
            "transferOwnership", {"id": id_, "newOwnerLogin": login}, "id",
            id_, f"{type_} {{ owner {{ login }} }}", {"owner": {"login": login}}, (ADMIN,),
        )
        for id_, login, type_ in targets
    ])  # fmt: skip


DASHBOARDS: Final = ["Dashboard", "Unlisted"]
CASES: Final[Mapping[tuple[str, str], Case]] = {
    ("LIST_NOTEBOOKS", "all of the project"): looking(
        _list("notebooks", (True, READ, ["open", "closed", "draft"]), (False, SEE, ["open"]))
    ),
    ("LIST_INSIGHT_SOURCES", "authorized and published ones (the picker)"): looking(
        _list("insightSources", (True, FREEZE, ["open", "closed", "draft"]), (True, READ, ["open", "closed"]), (True, SEE, ["open"]))
    ),
    ("READ_NOTEBOOK_SOURCE", ""): looking(_source(OPENED, lacking(SEE, {"source": None}, READ)), _source(CLOSED)),
    ("SAVE_NOTEBOOK", "create or edit"): save_notebook,
    ("DELETE_NOTEBOOK", ""): delete_notebook,
    ("PUBLISH_NOTEBOOK", "first time"): publish_first,
    ("PUBLISH_NOTEBOOK", "again"): publish_again,
    ("CREATE_EXPORT", ""): create_export,
    ("READ_EXPORT", "notebook authorized"): looking(*_exports(OPENED, SEE)),
    ("READ_EXPORT", "notebook not authorized"): looking(*_exports(CLOSED, READ)),
    ("DELETE_EXPORT", ""): delete_export,
    ("CREATE_INSIGHT", "notebook authorized and published"): creating_insight(_seen, SEE),
    ("CREATE_INSIGHT", "notebook published, not authorized"): creating_insight(_unseen, READ),
    ("CREATE_INSIGHT", "never published: createExport true"): creating_insight(Stage.notebook, READ, first_export=True),
    ("VIEW_INSIGHT", "notebook authorized"): looking(_insight(OPENED, SEE)),
    ("VIEW_INSIGHT", "notebook not authorized"): looking(_insight(CLOSED, READ)),
    ("SELECT_EXPORT UPDATE_INSIGHT", "own"): editing_insight(own=True),
    ("SELECT_EXPORT UPDATE_INSIGHT", "someone else's"): editing_insight(own=False),
    ("DELETE_INSIGHT", "own"): delete_insight,
    ("SET_INSIGHT_LISTED", ""): list_insight,
    ("LIST_DASHBOARDS", "listed ones"): looking(_list("dashboards", (True, WRITE, DASHBOARDS), (True, SEE, DASHBOARDS[:1]))),
    ("LIST_DASHBOARDS", "everyone's unlisted ones"): looking(_list("dashboards", (True, WRITE, DASHBOARDS), (False, SEE, DASHBOARDS[:1]))),
    ("OPEN_DASHBOARD", "unlisted, by id"): looking(_unlisted(SEE)),
    ("CREATE_DASHBOARD", ""): create_dashboard,
    ("EDIT_DASHBOARD", "own: edit, delete, pages, tiles, showCode"): editing_dashboard(own=True),
    ("EDIT_DASHBOARD", "someone else's"): editing_dashboard(own=False),
    ("SET_DASHBOARD_LISTED", ""): list_dashboard,
    ("ADD_INSIGHT_TILE", "of an insight whose notebook is not authorized"): add_insight_tile,
    ("AUTHORIZE_NOTEBOOK", "authorize or revoke; authorize-all"): authorize,
    ("PUBLISH_NOTEBOOK AUTHORIZE_NOTEBOOK", "publish with authorize: true"): publish_and_authorize,
    ("SET_PROJECT_PERMISSIONS", "see and change"): set_permissions,
    ("TRANSFER_OWNERSHIP", "of project, dashboard, insight"): transfer,
    ("OPEN_PROJECT", ""): looking(_opening),
}  # fmt: skip
"""By a row's actions and situation."""
