"""The clients that the protocols come from: npm's graphql-ws and graphql-sse."""

from tests.conformance.conftest import RunScript
from tests.fixtures.running import Running

BOARD = '{ project(key: "DEMO") { dashboards(first: 1) { nodes { id } } } }'
HIDDEN = {"message": "There is no such dashboard, or you may not see it.", "extensions": {"code": "NOT_FOUND"}}


def board_of(server: Running) -> str:
    """Return a dashboard of the demo."""
    return str(server.data(BOARD, server.token)["project"]["dashboards"]["nodes"][0]["id"])


def test_the_client_graphql_ws(script: RunScript, server: Running) -> None:
    told = script("ws.mjs", server.address, server.token, board_of(server))
    assert told["who"] == {"data": {"viewer": {"user": {"login": "admin"}}}}
    assert told["errors"] == []
    assert told["event"]["data"]["dashboardChanged"]["name"].startswith("By socket ")
    assert told["hidden"] == [[HIDDEN]]
    assert told["closed"] == 4403


def test_the_client_graphql_sse(script: RunScript, server: Running) -> None:
    told = script("sse.mjs", server.address, server.token, board_of(server))
    assert told["who"] == {"data": {"viewer": {"user": {"login": "admin"}}}}
    assert told["event"]["data"]["dashboardChanged"]["name"].startswith("By stream ")
    assert told["hidden"] == {"errors": [HIDDEN]}
