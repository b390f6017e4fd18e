"""Types named before they are defined, so that types may refer to each other without import knots."""

from typing import TYPE_CHECKING, Annotated

import strawberry

if TYPE_CHECKING:
    from server.schema.types.dashboard import Dashboard
    from server.schema.types.export import Export
    from server.schema.types.insight import Insight
    from server.schema.types.notebook import Notebook
    from server.schema.types.page import DashboardPage
    from server.schema.types.project import Project
    from server.schema.types.tile import InsightTile, Tile
    from server.schema.types.user import User

ProjectRef = Annotated["Project", strawberry.lazy("server.schema.types.project")]
NotebookRef = Annotated["Notebook", strawberry.lazy("server.schema.types.notebook")]
ExportRef = Annotated["Export", strawberry.lazy("server.schema.types.export")]
InsightRef = Annotated["Insight", strawberry.lazy("server.schema.types.insight")]
DashboardRef = Annotated["Dashboard", strawberry.lazy("server.schema.types.dashboard")]
PageRef = Annotated["DashboardPage", strawberry.lazy("server.schema.types.page")]
TileRef = Annotated["Tile", strawberry.lazy("server.schema.types.tile")]
InsightTileRef = Annotated["InsightTile", strawberry.lazy("server.schema.types.tile")]
UserRef = Annotated["User", strawberry.lazy("server.schema.types.user")]
