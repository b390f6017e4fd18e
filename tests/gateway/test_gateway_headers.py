"""A gateway that signs people in itself, and says in headers who they are."""

from pathlib import Path
from typing import Any, Final

import httpx2

from tests.fixtures.running import VIEWER, serving
from tests.gateway.conftest import SDL
from tests.gateway.programs import compose, listening_node

SECRET: Final = "a-secret-of-the-gateway-and-of-ours"


def test_a_cookie_of_the_gateway_signs_in_and_headers_of_clients_do_not(tmp_path: Path) -> None:
    with serving(cwd=tmp_path, NBINSIGHT_GATEWAY_SECRET=SECRET) as server:
        supergraph = tmp_path / "supergraph.graphql"
        sdl = server.data(SDL)["_service"]["sdl"]
        supergraph.write_text(compose("apollo", {"nbinsight": (server.address, sdl)})["supergraph"], "utf-8")
        with listening_node("apollo.mjs", str(supergraph), SECRET) as gateway:

            def who(**headers: str) -> Any:  # noqa: ANN401  any JSON
                return httpx2.post(gateway.address, json={"query": VIEWER}, headers=headers, timeout=30).json()

            forged = {"x-nbinsight-user": "admin", "x-nbinsight-gateway-secret": SECRET}
            ana = {"data": {"viewer": {"user": {"login": "ana"}}}}
            assert who(cookie="session=ana") == ana
            assert who(cookie="session=ana", **forged) == ana
            assert who() == who(**forged) == {"data": {"viewer": None}}
            admin = {"data": {"viewer": {"user": {"login": "admin"}}}}
            assert who(cookie="session=ana", authorization=f"Bearer {server.token}") == admin
