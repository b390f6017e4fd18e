"""Dashboards to edit, and what every edit of one is held to: who may do it, and that a stale version changes nothing."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Final

from tests.fixtures.world import World
from tests.integration.mutations.asking import ask, check_refusals, do, fault, moderate, pages, version

WRITE, MODERATE = ["WRITE_DASHBOARDS"], ["MODERATE_DASHBOARDS"]
READERS: Final = ("dash_reader", "analyst", "auth_manager")
WRITERS: Final = ("dash_writer", "analyst_dash", "writer", "coder", "dash_coder")
MODERATORS: Final = ("dash_moderator", "project_admin", "admin")
NOBODY: Final = {"stranger": None, "code_only": None}
STALE: Final = (0, -1, 99, 2**31 - 1)

BOARD: Final = """query($id: ID!) { dashboard(id: $id) { version pages { id index title visible tiles { __typename id
    box { left top width height } } } } }"""

Place = tuple[int, int, int, int]
GivenOf = Callable[[str], Awaitable[dict[str, object]]]
"""Makes what somebody owns, and returns the input that edits it."""


@dataclass(frozen=True, slots=True)
class Board:
    """A dashboard's id and that of its first page."""

    id: str
    page: str


async def make_board(world: World, who: str = "writer") -> Board:
    """Make a dashboard in SALES that somebody owns."""
    made = (await do(world, who, "createDashboard", projectKey="SALES", name="Board"))["dashboard"]["id"]
    return Board(made, (await pages(world, who, made))[0])


async def add_page(world: World, board: Board, who: str = "writer", **given: object) -> str:
    """Add a page; return its id."""
    return str((await do(world, who, "addDashboardPage", dashboardId=board.id, **given))["page"]["id"])


async def add_text(world: World, board: Board, place: Place | None = None, *, page: str | None = None, who: str = "writer") -> str:
    """Put a text on a page, the first one by default; return the tile's id."""
    given = {"dashboardId": board.id, "pageId": page, "markdown": "Words", "box": None if place is None else box(place)}
    return str((await do(world, who, "addTextTile", **given))["tile"]["id"])


def box(place: Place) -> dict[str, int]:
    """Write left, top, width and height as a TileBoxInput."""
    return dict(zip(("left", "top", "width", "height"), place, strict=True))


async def layout(world: World, board: Board, who: str = "admin") -> list[dict[str, Place]]:
    """Return where each tile lies, page by page."""
    found = (await world.ok(who, BOARD, id=board.id))["dashboard"]["pages"]
    return [{tile["id"]: tuple(tile["box"].values()) for tile in page["tiles"]} for page in found]


async def shown_pages(world: World, board: Board, who: str = "admin") -> list[dict[str, Any]]:
    """Return the pages of a dashboard, whose indexes must be 0, 1, 2 …"""
    found: list[dict[str, Any]] = (await world.ok(who, BOARD, id=board.id))["dashboard"]["pages"]
    assert [page["index"] for page in found] == list(range(len(found)))
    return found


async def check_editors(world: World, field: str, given_of: GivenOf, *, hidden: str) -> None:
    """Hold all roles to the right to edit, under both policies; under the narrow one an owner still edits what is theirs."""
    allowed = [*WRITERS, *MODERATORS]
    await check_refusals(
        world, field, await given_of("writer"), {**NOBODY, **dict.fromkeys(READERS, WRITE)}, hidden=hidden, allowed=allowed
    )
    for who in allowed:
        await do(world, who, field, **await given_of("writer"))
    own = {who: await given_of(who) for who in WRITERS}
    others = await given_of("project_admin")
    await moderate(world)
    refused = {**NOBODY, **dict.fromkeys(WRITERS, MODERATE), **dict.fromkeys(READERS, MODERATE + WRITE)}
    await check_refusals(world, field, others, refused, hidden=hidden, allowed=MODERATORS)
    for who, given in own.items():
        await do(world, who, field, **given)
    await do(world, "dash_moderator", field, **others)


async def check_versions(world: World, field: str, given: dict[str, object], board: Board, *, key: str = "expectedVersion") -> None:
    """Refuse every version but that of now, which is shown; of several who send that one at once, one wins, and it counts once."""
    now = await version(world, board.id)
    for stale in (now - 1, now + 1, *STALE):
        error = await fault(world, "writer", field, **given, **{key: stale})
        assert (error["__typename"], error["code"], error["field"]) == ("VersionConflict", "CONFLICT", ["input", key])
        assert error["current"] == {"id": board.id, "version": now}
    answers = await asyncio.gather(*(ask(world, "writer", field, {**given, key: now}) for _ in range(4)))
    assert [answer for answer in answers if "errors" in answer] == []
    faults = sorted(error["__typename"] for answer in answers for error in answer["data"][field]["errors"])
    assert len(faults) == 3
    assert set(faults) <= {"VersionConflict", "NotFound"}, "a thing that is gone is not found"
    if field != "deleteDashboard":
        assert await version(world, board.id) == now + 1
