"""The floor that bench/graphql.py measures from: the same part of the schema in plain Strawberry, its answers in memory.

No rights, no limits, no database; Strawberry's own view, with nothing switched on or off.
"""

# ruff: noqa: D101, D102, D103  a script that is read as a whole

from datetime import datetime
from pathlib import Path
from typing import Any

import orjson
import strawberry
from starlette.applications import Starlette
from starlette.routing import Route
from strawberry.asgi import GraphQL


@strawberry.interface
class Node:
    id: strawberry.ID


@strawberry.type
class User:
    login: str


@strawberry.type
class Viewer:
    user: User


@strawberry.type
class Notebook(Node):
    name: str
    created_at: datetime
    modified_at: datetime | None
    is_published: bool


@strawberry.type
class NotebookConnection:
    nodes: list[Notebook]


@strawberry.type
class Project:
    kept: strawberry.Private[NotebookConnection]

    @strawberry.field
    async def notebooks(self, first: int = 20) -> NotebookConnection:
        return NotebookConnection(nodes=self.kept.nodes[:first])


@strawberry.type
class Insight(Node):
    name: str


@strawberry.type
class Rendering:
    url: str
    media_type: str
    code_included: bool


@strawberry.type
class TileBox:
    left: int
    top: int
    width: int
    height: int


@strawberry.interface
class Tile(Node):
    displayed_title: str | None
    box: TileBox


@strawberry.type
class InsightTile(Tile):
    access_state: str
    show_code: bool
    insight: Insight | None
    rendering: Rendering | None


@strawberry.type
class Page:
    displayed_title: str
    tiles: list[Tile]


@strawberry.type
class Dashboard:
    name: str
    version: int
    owner: User
    pages: list[Page]


def _notebook(given: dict[str, Any]) -> Notebook:
    times = {name: datetime.fromisoformat(given[name]) for name in ("createdAt", "modifiedAt")}
    return Notebook(
        id=given["id"],
        name=given["name"],
        created_at=times["createdAt"],
        modified_at=times["modifiedAt"],
        is_published=given["isPublished"],
    )


def _tile(given: dict[str, Any]) -> InsightTile:
    rendering = given["rendering"]
    return InsightTile(
        id=given["id"],
        displayed_title=given["displayedTitle"],
        box=TileBox(**given["box"]),
        access_state=given["accessState"],
        show_code=given["showCode"],
        insight=Insight(**given["insight"]),
        rendering=Rendering(url=rendering["url"], media_type=rendering["mediaType"], code_included=rendering["codeIncluded"]),
    )


def floor_application(answers: Path) -> Starlette:
    viewer, listing, board = orjson.loads(answers.read_bytes()).values()
    user = User(login=viewer["viewer"]["user"]["login"])
    project = Project(kept=NotebookConnection(nodes=[_notebook(entry) for entry in listing["project"]["notebooks"]["nodes"]]))
    shown = board["dashboard"]
    pages = [Page(displayed_title=page["displayedTitle"], tiles=[_tile(entry) for entry in page["tiles"]]) for page in shown["pages"]]
    kept = Dashboard(name=shown["name"], version=shown["version"], owner=User(**shown["owner"]), pages=pages)

    @strawberry.type
    class Query:
        @strawberry.field
        async def viewer(self) -> Viewer:
            return Viewer(user=user)

        @strawberry.field
        async def project(self, key: str) -> Project:
            del key
            return project

        @strawberry.field
        async def dashboard(self, id: strawberry.ID) -> Dashboard:  # noqa: A002  its name in the schema
            del id
            return kept

    return Starlette(routes=[Route("/graphql", GraphQL(strawberry.Schema(Query, types=[InsightTile])))])
