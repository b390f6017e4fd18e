"""Two providers of identities, and a server that believes both."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

import hatch_build
from tests.fixtures.running import Running, serving
from tests.identity.providers import HERE, Provider, provider


@pytest.fixture(scope="session")
def node() -> Path:
    """Install what the lock file names, unless it lies there; return Node."""
    found, npm = hatch_build.find_node()
    hatch_build.install_packages(HERE, found, npm)
    return found


@pytest.fixture(scope="session")
def corp(node: Path) -> Iterator[Provider]:
    """The first provider."""
    with provider(node) as running:
        yield running


@pytest.fixture(scope="session")
def other(node: Path) -> Iterator[Provider]:
    """The second one."""
    with provider(node) as running:
        yield running


@dataclass(frozen=True, slots=True)
class Site:
    """The server, where its data lie, and the tokens that were shown to it."""

    server: Running
    folder: Path
    admin: str
    shown: list[str]

    def login(self, token: str) -> str | None:
        """Return whose token it is, and remember it."""
        self.shown.append(token)
        return self.server.login(token)

    def refuses(self, token: str, operation: str = "{ viewer { user { login } } }") -> None:
        """Send a token that must be refused before anything is executed."""
        self.shown.append(token)
        answer = self.server.post(operation, token)
        assert (answer.status_code, answer.json()["errors"][0]["extensions"]) == (401, {"code": "UNAUTHENTICATED"})
        assert token not in answer.text

    def people(self) -> dict[str, list[str]]:
        """Map logins to groups, as an administrator sees them."""
        found = self.server.data("{ groups { nodes { name members { nodes { login } } } } users { nodes { login } } }", self.admin)
        groups: list[Any] = found["groups"]["nodes"]
        return {
            user["login"]: sorted(group["name"] for group in groups if user in group["members"]["nodes"])
            for user in found["users"]["nodes"]
        }


def issuers(*settings: dict[str, object]) -> str:
    """Write the setting."""
    return json.dumps(settings)


def trusted(name: str, running: Provider, **more: object) -> dict[str, object]:
    """Return what an operator would write of a provider."""
    return {"name": name, "issuer": running.issuer, "audience": running.audience, **more}


@pytest.fixture(scope="session")
def site(corp: Provider, other: Provider, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A server that believes both; of the second, tokens without a scope only read."""
    folder = tmp_path_factory.mktemp("site")
    given = issuers(trusted("corp", corp), trusted("other", other, write_scope="nbinsight:write"))
    with serving(cwd=folder, NBINSIGHT_ISSUERS=given, NBINSIGHT_LIVE_CHECK_SECONDS="0.2") as running:
        yield Site(running, folder, running.token, [])
