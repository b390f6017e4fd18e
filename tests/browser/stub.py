"""A server that shows our GraphiQL page over a small schema, so that the page is tried without the rest of nbinsight."""

import contextlib
import socket
import threading
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Annotated

import strawberry
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Mount, Route, WebSocketRoute
from strawberry.asgi import GraphQL
from strawberry.subscriptions import GRAPHQL_TRANSPORT_WS_PROTOCOL

from server.http.graphiql import graphiql_page, graphiql_routes

TOKEN = "nbi_stub_token_of_ada"
PREFIX = "/behind/a/proxy"


@strawberry.type
class User:
    """Someone."""

    login: str
    display_name: str


@strawberry.type
class Viewer:
    """Who asks."""

    user: User
    global_permissions: list[str]
    can_write_code: bool


@strawberry.type
class Export:
    """A frozen copy."""

    id: strawberry.ID
    sequence: int
    created_at: str = "2026-01-01T00:00:00Z"


@strawberry.type
class ExportConnection:
    """Some exports."""

    nodes: list[Export]


@strawberry.type
class Notebook:
    """A notebook."""

    id: strawberry.ID
    name: str

    @strawberry.field
    def exports(self, first: int = 20) -> ExportConnection:
        """Newest first."""
        return ExportConnection(nodes=[Export(id=strawberry.ID(f"export-{n}"), sequence=n) for n in (3, 2, 1)][:first])


@strawberry.type
class NotebookConnection:
    """Some notebooks."""

    nodes: list[Notebook]


@strawberry.type
class Dashboard:
    """A dashboard."""

    id: strawberry.ID
    name: str
    version: int = 1


@strawberry.type
class DashboardConnection:
    """Some dashboards."""

    nodes: list[Dashboard]


@strawberry.type
class Insight:
    """An insight."""

    id: strawberry.ID
    name: str
    notebook: Notebook | None
    access_state: str = "ACCESSIBLE"


@strawberry.type
class InsightConnection:
    """Some insights."""

    nodes: list[Insight]


NOTEBOOK = Notebook(id=strawberry.ID("notebook-of-the-demo"), name="sales.ipynb")
DASHBOARD = Dashboard(id=strawberry.ID("dashboard-of-the-demo"), name="Sales")
INSIGHT = Insight(id=strawberry.ID("insight-of-the-demo"), name="Sales by month", notebook=NOTEBOOK)


@strawberry.type
class Project:
    """The demo project."""

    key: str
    name: str
    viewer_permissions: list[str]

    @strawberry.field
    def notebooks(self, first: int = 20) -> NotebookConnection:
        """One."""
        return NotebookConnection(nodes=[NOTEBOOK][:first])

    @strawberry.field
    def dashboards(self, first: int = 20) -> DashboardConnection:
        """One."""
        return DashboardConnection(nodes=[DASHBOARD][:first])

    @strawberry.field
    def insights(self, first: int = 20) -> InsightConnection:
        """One."""
        return InsightConnection(nodes=[INSIGHT][:first])


@strawberry.type
class ProjectConnection:
    """Some projects."""

    nodes: list[Project]


DEMO = Project(key="DEMO", name="Demo", viewer_permissions=["ADMIN"])
Info = strawberry.Info[dict[str, object], None]


def _is_anonymous(info: Info) -> bool:
    request = info.context["request"]
    return not (isinstance(request, Request) and "authorization" in request.headers)


@strawberry.type
class Query:
    """What can be read."""

    @strawberry.field
    def viewer(self, info: Info) -> Viewer | None:
        """Whose token it is."""
        ada = User(login="ada", display_name="Ada")
        return None if _is_anonymous(info) else Viewer(user=ada, global_permissions=["ADMINISTRATOR"], can_write_code=True)

    @strawberry.field
    def project(self, info: Info, key: str) -> Project | None:
        """The demo project, to those who are signed in."""
        return None if _is_anonymous(info) or key != DEMO.key else DEMO

    @strawberry.field
    def projects(self, info: Info, first: int = 20) -> ProjectConnection | None:
        """The demo project, to those who are signed in."""
        return None if _is_anonymous(info) else ProjectConnection(nodes=[DEMO][:first])


@strawberry.input
class PinTargetInput:
    """Where a tile goes."""

    dashboard_id: strawberry.ID
    show_code: bool = False


@strawberry.input
class PublishNotebookInput:
    """What to publish."""

    notebook_id: strawberry.ID
    insight_name: str | None = None
    label: str | None = None
    targets: list[PinTargetInput] = strawberry.field(default_factory=list)
    authorize: bool = False


@strawberry.type
class Rendering:
    """Where bytes are."""

    url: str


@strawberry.type
class InsightTile:
    """A tile."""

    id: strawberry.ID
    displayed_title: str
    rendering: Rendering | None = None


@strawberry.type
class Warned:
    """What is worth knowing."""

    code: str
    message: str
    can_fix: bool


@strawberry.type
class UserError:
    """What to put right."""

    code: str
    field: list[str]
    message: str


@strawberry.type
class PublishNotebookPayload:
    """What came of it."""

    export: Export | None
    insight: Insight | None
    tiles: list[InsightTile]
    warnings: list[Warned]
    errors: list[UserError]


@strawberry.type
class Mutation:
    """What can be changed."""

    @strawberry.mutation
    def publish_notebook(self, input: PublishNotebookInput) -> PublishNotebookPayload:  # noqa: A002  the API's name
        """Publish if the ids are the demo's."""
        known = input.notebook_id == NOTEBOOK.id and [target.dashboard_id for target in input.targets] == [DASHBOARD.id]
        if not known:
            missing = UserError(code="NOT_FOUND", field=["notebookId"], message="No such notebook.")
            return PublishNotebookPayload(export=None, insight=None, tiles=[], warnings=[], errors=[missing])
        tile = InsightTile(id=strawberry.ID("tile-new"), displayed_title=input.insight_name or NOTEBOOK.name)
        export = Export(id=strawberry.ID("export-4"), sequence=4)
        return PublishNotebookPayload(export=export, insight=INSIGHT, tiles=[tile], warnings=[], errors=[])


@strawberry.type
class Subscription:
    """What can be listened to."""

    @strawberry.subscription
    async def dashboard_changed(
        self, info: Info, dashboard_id: Annotated[strawberry.ID, strawberry.argument()]
    ) -> AsyncIterator[Dashboard]:
        """Tell of one change, by the name that the socket's connection came with."""
        parameters = info.context.get("connection_params")
        authorization = parameters.get("Authorization", "nobody") if isinstance(parameters, dict) else "nobody"
        yield Dashboard(id=dashboard_id, name=f"changed by {authorization}", version=2)


def _routes(root_path: str, bundle: Path | None) -> list[BaseRoute]:
    schema = strawberry.Schema(query=Query, mutation=Mutation, subscription=Subscription)
    graphql: GraphQL[object, None] = GraphQL(schema, graphql_ide=None, subscription_protocols=[GRAPHQL_TRANSPORT_WS_PROTOCOL])

    async def answer(request: Request) -> Response:
        if request.method == "GET":
            return graphiql_page(root_path) if bundle is None else graphiql_page(root_path, bundle=bundle)
        if request.headers.get("authorization", f"Bearer {TOKEN}") != f"Bearer {TOKEN}":
            return JSONResponse({"errors": [{"message": "This token is not valid."}]}, 401)
        return await graphql.run(request)

    return [Route("/graphql", answer, methods=["GET", "POST"]), WebSocketRoute("/graphql", graphql), *graphiql_routes()]


def make_app() -> Starlette:
    """Make the app: the page at /graphql, behind a proxy's path, and, at /unbuilt, as it is without a bundle."""
    return Starlette(
        routes=[
            Mount(PREFIX, routes=_routes(PREFIX, None)),
            Mount("/unbuilt", routes=_routes("/unbuilt", Path("absent"))),
            *_routes("", None),
        ]
    )


@contextlib.contextmanager
def serving() -> Iterator[str]:
    """Serve the app on a free port in a thread; give its address."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = uvicorn.Server(uvicorn.Config(make_app(), log_level="warning", ws="websockets-sansio", lifespan="off"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join(10)
