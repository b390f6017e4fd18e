"""Gateways that sign people in themselves and say in headers who they are, and one that forwards the JWT, beside clients who forge."""

from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import httpx2
import pytest

from tests.fixtures.issuer import issuing
from tests.fixtures.running import VIEWER, Running, serving
from tests.gateway.conftest import SDL
from tests.gateway.programs import Listening, compose, configurations, listening_hive, listening_node

SECRET: Final = "a-secret-of-the-gateway-and-of-ours"
NOBODY: Final = {"data": {"viewer": None}}
COOKIE_NAMES_WHO: Final = """export function whoSent(request: Request): string | undefined {
  return /(?:^|; )session=([^;]+)/.exec(request.headers.get("cookie") ?? "")?.[1];
}
"""
FORGED: Final = [
    {"x-nbinsight-user": "admin"},
    {"x-nbinsight-user": "admin", "x-nbinsight-gateway-secret": SECRET},
    {"X-NBInsight-User": "admin", "X-NBINSIGHT-GATEWAY-SECRET": SECRET, "X-NBInsight-Groups": "admins"},
]


def supergraph_of(server: Running, composer: str) -> str:
    """Compose nbinsight alone."""
    sdl = server.data(SDL)["_service"]["sdl"]
    return str(compose(composer, {"nbinsight": (server.address, sdl)})["supergraph"])


@contextmanager
def apollo(server: Running, folder: Path) -> Generator[Listening]:
    """Run `@apollo/gateway`, with lines of ours that do what the page says of headers."""
    supergraph = folder / "supergraph.graphql"
    supergraph.write_text(supergraph_of(server, "apollo"), "utf-8")
    with listening_node("apollo.mjs", str(supergraph), SECRET) as gateway:
        yield gateway


@contextmanager
def hive(server: Running, folder: Path) -> Generator[Listening]:
    """Run Hive Gateway, with what the page prints for headers."""
    (folder / "who-sent.ts").write_text(COOKIE_NAMES_WHO, "utf-8")
    configuration = configurations("Hive Gateway")[1]
    with listening_hive(folder, supergraph_of(server, "guild"), configuration, NBINSIGHT_GATEWAY_SECRET=SECRET) as gateway:
        yield gateway


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A server that believes headers of a gateway."""
    with serving(cwd=tmp_path_factory.mktemp("server"), NBINSIGHT_GATEWAY_SECRET=SECRET) as running:
        yield running


@pytest.fixture(scope="module", params=[apollo, hive])
def gateway(request: pytest.FixtureRequest, server: Running, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Listening]:
    """Each gateway in front of it."""
    with request.param(server, tmp_path_factory.mktemp("gateway")) as running:
        yield running


def who(gateway: Listening, **headers: str) -> Any:  # noqa: ANN401  any JSON
    """Ask a gateway who one is."""
    return httpx2.post(gateway.address, json={"query": VIEWER}, headers=headers, timeout=30).json()


def named(login: str) -> dict[str, Any]:
    """Return the answer that names somebody."""
    return {"data": {"viewer": {"user": {"login": login}}}}


def test_a_cookie_of_the_gateway_signs_in(gateway: Listening) -> None:
    assert who(gateway, cookie="session=ana") == named("ana")
    assert who(gateway) == NOBODY


@pytest.mark.parametrize("forged", FORGED, ids=["name", "name and secret", "another case, and groups"])
def test_headers_of_clients_name_nobody_and_add_nothing(gateway: Listening, server: Running, forged: dict[str, str]) -> None:
    assert who(gateway, **forged) == NOBODY
    assert who(gateway, cookie="session=ana", **forged) == named("ana")
    assert server.data("{ groups { nodes { name } } }", server.token) == {"groups": {"nodes": []}}


def test_a_gateway_that_forwards_an_authorization_leaves_the_word_to_it(server: Running, tmp_path: Path) -> None:
    with apollo(server, tmp_path) as gateway:
        assert who(gateway, cookie="session=ana", authorization=f"Bearer {server.token}") == named("admin")


def test_hive_gateway_forwards_a_jwt_as_the_page_says(tmp_path: Path) -> None:
    (tmp_path / "gateway").mkdir()
    with issuing() as issuer, serving(cwd=tmp_path, NBINSIGHT_ISSUERS=issuer.setting(), NBINSIGHT_GATEWAY_SECRET=SECRET) as server:
        supergraph = supergraph_of(server, "guild")
        with listening_hive(tmp_path / "gateway", supergraph, configurations("Hive Gateway")[0]) as gateway:
            assert who(gateway, authorization=f"Bearer {issuer.token()}") == named("ana")
            for forged in FORGED:
                assert who(gateway, **forged) == NOBODY
                assert who(gateway, authorization=f"Bearer {issuer.token()}", **forged) == named("ana")
            refused = who(gateway, authorization=f"Bearer {issuer.token(exp=1)}")
            assert (refused["data"], len(refused["errors"])) == ({"viewer": None}, 1)
