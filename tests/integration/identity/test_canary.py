"""Secrets are shown to a running server in every way, good ones and bad ones: then they lie in nothing that it prints, keeps or answers.
What people have written it keeps, and shows those who may see it: in no log, metric, trace and report.

What is looked for are pieces of 16 characters, as they are, in hexadecimal digits and in base64, so that half a secret is found too.
"""

import asyncio
import json
import secrets
import sqlite3
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import httpx2
import pytest
from sqlalchemy import make_url
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.sql import text

from tests.fixtures import make
from tests.fixtures.collector import collecting
from tests.fixtures.databases import Postgres
from tests.fixtures.hub import small_hub
from tests.fixtures.issuer import Issuer, issuing
from tests.fixtures.listening import calling, hearing
from tests.fixtures.running import Running, run, serving
from tests.fixtures.valkey import valkey_address

__all__ = ["valkey_address"]

PIECE: Final = 16
WHO: Final = "{ viewer { user { login } } }"
NAMES: Final = (
    *("access token", "JWT", "Hub token", "gateway secret", "secret key", "database password", "Redis password"),
    *("queue password", "collector's token"),
)
WRITTEN: Final = "what people have written"
TOLD: Final = ("what is printed", "traces", "metrics", "doctor ", "serve ", "worker ")
"""Where operators look."""
SAVE: Final = """mutation($file: Upload!) { saveNotebook(input: { projectKey: "CANARY", name: "yellow", file: $file }) {
    notebook { id } errors { message } } }"""
PUBLISH: Final = """mutation($id: ID!) { publishNotebook(input: { notebookId: $id }) {
    export { id rendering(format: HTML) { url } } errors { message } } }"""
PROJECT: Final = 'mutation { createProject(input: { key: "CANARY", name: "Canary" }) { project { id } errors { message } } }'
WRITE: Final = """mutation($dashboard: ID!, $text: String!, $notebook: String!) {
    addTextTile(input: { dashboardId: $dashboard, markdown: $text, box: { left: 0, top: 0, width: 2, height: 2 } }) { errors { message } }
    saveNotebook(input: { projectKey: "CANARY", name: "broken", content: $notebook }) { errors { message } }
    createUser(input: { login: $text }) { errors { message } } }"""
CELLS: Final = "query($id: ID!) { export(id: $id) { cells(first: 2, showCode: true) { nodes { html } } } }"
FOLLOW: Final = "subscription($id: ID!) { dashboardChanged(dashboardId: $id) { name } }"
BOARD: Final = '{ project(key: "CANARY") { dashboards(first: 1) { nodes { id } } } }'


@dataclass(slots=True)
class Cage:
    """What was secret, and all that the server has let out: texts and bytes by where they were found."""

    secrets: dict[str, list[str]] = field(default_factory=dict[str, list[str]])
    found: dict[str, bytes] = field(default_factory=dict[str, bytes])
    answers: list[httpx2.Response] = field(default_factory=list[httpx2.Response])

    def keep(self, name: str, secret: str) -> str:
        """Remember a secret; return it."""
        self.secrets.setdefault(name, []).append(secret)
        return secret

    def leaks(self, name: str) -> list[str]:
        """Return where any piece of a secret was found."""
        pieces = {
            piece
            for secret in self.secrets[name]
            for spelled in _spellings(secret)
            for piece in (spelled[start : start + PIECE].encode() for start in range(len(spelled) - PIECE + 1))
        }
        return sorted(place for place, content in self.found.items() if any(piece in content for piece in pieces))


def _spellings(secret: str) -> list[str]:
    _, dot, claims_and_signature = secret.partition(".")  # the head of a JWT is the same for all, and in every error about one
    core = claims_and_signature if dot else secret
    raw = core.encode()
    return [core, raw.hex(), b64encode(raw).decode().rstrip("="), urlsafe_b64encode(raw).decode().rstrip("=")]


def secret() -> str:
    """Make one that nothing else looks like."""
    return secrets.token_urlsafe(36)


def cut(good: str) -> list[str]:
    """Return wrong tokens with much of a right one in them."""
    return [good[:-4], f"x{good}", f"{good} {good}"]


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> Iterator[tuple[str | None, str]]:
    """An address with a password that the database does not ask for, and how to read it all; None: the file in the data folder."""
    if request.param == "sqlite":
        yield None, ""
        return
    postgres: Postgres = request.getfixturevalue("postgres")
    name = postgres.create(request.getfixturevalue("postgres_template"))
    yield postgres.url(name).replace("postgres@", "postgres:{password}@"), name
    postgres.drop(name)


@pytest.fixture
async def cage(database: tuple[str | None, str], valkey_address: str, tmp_path: Path) -> Cage:
    """Run a server that believes everybody who can vouch, and show it everything."""
    folder, cage = tmp_path, Cage()
    password = cage.keep("database password", secret())
    url = database[0] and database[0].format(password=password)
    redis = make_url(valkey_address).set(username="default", password=cage.keep("Redis password", secret()))
    collector_token = cage.keep("collector's token", secret())
    queue = redis.set(password=cage.keep("queue password", secret()))
    async with small_hub() as hub:
        with issuing() as issuer, collecting() as collector:
            given = {
                "NBINSIGHT_LOG_SQL": "1",
                "NBINSIGHT_SECRET_KEY": cage.keep("secret key", secret()),
                "NBINSIGHT_GATEWAY_SECRET": cage.keep("gateway secret", secret()),
                "NBINSIGHT_REDIS_URL": redis.render_as_string(hide_password=False),
                "NBINSIGHT_QUEUE_URL": queue.render_as_string(hide_password=False),
                "NBINSIGHT_RENDER_WAIT_SECONDS": "1",
                "NBINSIGHT_REQUEST_TIMEOUT_SECONDS": "60",
                "OTEL_EXPORTER_OTLP_ENDPOINT": collector.address,
                "OTEL_EXPORTER_OTLP_HEADERS": f"authorization=Bearer%20{collector_token}",
                "NBINSIGHT_HUB_API_URL": hub.url,
                "NBINSIGHT_ISSUERS": issuer.setting(),
                **({} if url is None else {"NBINSIGHT_DATABASE_URL": url}),
            }
            running = serving(cwd=folder, **given)
            server = await asyncio.to_thread(running.__enter__)
            try:
                await _show_everything(cage, server, issuer, hub.give, folder)
                cage.found |= {f"{path} while it runs": path.read_bytes() for path in _files(folder)}
            finally:
                await asyncio.to_thread(running.__exit__, None, None, None)
            cage.found["what is printed"] = "\n".join(
                line for line in [*server.out, *server.err] if not line.startswith("token: ")
            ).encode()
            await _fail(cage, folder, given)
            cage.found["traces"] = b"\n".join(collector.bodies)
    cage.found |= {str(path): path.read_bytes() for path in _files(folder)}
    cage.found["answers"] = b"\n".join(f"{answer.url} {answer.headers}".encode() + answer.content for answer in cage.answers)
    cage.found["tables"] = await _tables(folder, url)
    return cage


def _files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file() and path.name != "admin-token"]


async def _show_everything(cage: Cage, server: Running, issuer: Issuer, give: Callable[..., str], folder: Path) -> None:
    hub_token = cage.keep("Hub token", secret())
    give(hub_token, "hanna")
    tokens = [cage.keep("access token", server.token), cage.keep("JWT", issuer.token()), hub_token]
    address = server.address.removeprefix("http://").removesuffix("/graphql")
    async with httpx2.AsyncClient(timeout=120) as client:
        url, ids = await _published(cage, client, server, folder)
        for good in tokens:
            for token in [good, *cut(good)]:
                await _ask(cage, client, server, {"authorization": f"Bearer {token}"})
                await _ask(cage, client, server, {"authorization": token})
                await _upload(cage, client, server, token)
            await _by_socket(cage, address, good)
            await _by_socket(cage, address, good[:-4])
            async with hearing(address, FOLLOW, authorization=f"Bearer {good}", id=ids) as events:
                cage.found[f"stream {len(cage.found)}"] = str(events.response.headers).encode()
        for given in cage.secrets["gateway secret"] + cut(cage.secrets["gateway secret"][0]):
            for more in ({"x-nbinsight-user": "greta"}, {"x-nbinsight-user": ""}):
                await _ask(cage, client, server, {"x-nbinsight-gateway-secret": given, **more})
        await _misplace(cage, client, server, [*tokens, cage.secrets["gateway secret"][0]])
        cage.answers += [await client.get(f"http://{address}{place}") for place in (url, f"{url}x", "/metrics", "/readyz")]
    metrics = cage.answers[-2]
    assert metrics.status_code == 200
    cage.found["metrics"] = metrics.content
    assert {answer.status_code for answer in cage.answers} >= {200, 401}


async def _ask(cage: Cage, client: httpx2.AsyncClient, server: Running, headers: dict[str, str], query: str = WHO) -> Any:  # noqa: ANN401  any JSON
    answer = await client.post(server.address, json={"query": query}, headers=headers)
    cage.answers.append(answer)
    return answer.json()


async def _upload(cage: Cage, client: httpx2.AsyncClient, server: Running, token: str, query: str = SAVE, text: str = "1") -> Any:  # noqa: ANN401  any JSON
    fields = {"operations": json.dumps({"query": query, "variables": {"file": None}}), "map": json.dumps({"0": ["variables.file"]})}
    headers = {"authorization": f"Bearer {token}", "graphql-require-preflight": "1"}
    notebook = make.dump(make.notebook(make.code(text), make.markdown(text)))
    answer = await client.post(server.address, data=fields, files={"0": ("a.ipynb", notebook)}, headers=headers)
    cage.answers.append(answer)
    return answer.json()


async def _published(cage: Cage, client: httpx2.AsyncClient, server: Running, folder: Path) -> tuple[str, str]:
    """Return an address of content, and a dashboard's id."""
    admin = {"authorization": f"Bearer {server.token}"}
    await _ask(cage, client, server, admin, PROJECT)
    saved = await _upload(cage, client, server, server.token, text=cage.keep(WRITTEN, secret()))
    variables = {"id": saved["data"]["saveNotebook"]["notebook"]["id"]}
    answer = await client.post(server.address, json={"query": PUBLISH, "variables": variables}, headers=admin)
    export = answer.json()["data"]["publishNotebook"]["export"]
    board = (await _ask(cage, client, server, admin, BOARD))["data"]["project"]["dashboards"]["nodes"][0]["id"]
    await _write(cage, client, server, board, export["id"], folder)
    return export["rendering"]["url"], board


async def _write(cage: Cage, client: httpx2.AsyncClient, server: Running, board: str, export: str, folder: Path) -> None:
    """Say something that only readers may see, in a text, in what is no notebook, and in one that cannot be rendered any more."""
    admin, text = {"authorization": f"Bearer {server.token}"}, cage.secrets[WRITTEN][0]
    broken = f'{{"cells": ["{text}"'
    variables = {"dashboard": board, "text": text, "notebook": broken}
    written = (await client.post(server.address, json={"query": WRITE, "variables": variables}, headers=admin)).json()["data"]
    assert written["addTextTile"]["errors"] == []
    assert written["saveNotebook"]["errors"] != []
    shown = {"query": CELLS, "variables": {"id": export}}
    assert text in (await client.post(server.address, json=shown, headers=admin)).text
    [blob] = [path for path in _files(folder) if path.parts[-3] == "blobs"]
    await asyncio.to_thread(blob.write_bytes, b"damaged")
    failed = (await client.post(server.address, json={"query": CELLS.replace("2", "1"), "variables": {"id": export}}, headers=admin)).json()
    assert failed["errors"][0]["extensions"]["code"] == "RENDER_FAILED"


async def _by_socket(cage: Cage, address: str, token: str) -> None:
    async with calling(address) as line:
        await line.send(type="connection_init", payload={"Authorization": f"Bearer {token}"})
        try:
            async with asyncio.timeout(20):
                cage.found[f"socket {len(cage.found)}"] = str(await line.socket.recv()).encode()
        except Exception as end:  # noqa: BLE001  whatever closes it, and says why
            cage.found[f"socket {len(cage.found)}"] = repr(end).encode()


async def _misplace(cage: Cage, client: httpx2.AsyncClient, server: Running, shown: list[str]) -> None:
    """Send secrets where none belong; the answer may say what was wrong, and not what was sent."""
    for each in shown:
        name = each.replace("-", "_").replace(".", "_")[:60]
        bodies = [
            {"query": WHO, "operationName": name},
            {"query": "query($id: ID!) { node(id: $id) { id } }", "variables": {"id": each}},
            {"query": "query($id: ID!) { viewer { user { login } } }", "variables": {"id": {each: each}}},
            {"query": WHO, "extensions": {"persistedQuery": {"version": 1, "sha256Hash": each}}},
            {"documentId": each},
            {"query": "mutation($l: String!) { createUser(input: { login: $l }) { errors { message } } }", "variables": {"l": f"{each}!"}},
        ]
        for body in bodies:
            for headers in ({}, {"authorization": f"Bearer {server.token}"}):
                answer = await client.post(server.address, json=body, headers=headers)
                cage.found[f"misplaced {len(cage.found)}"] = answer.content
        for place in (f"/content/{each}", f"/static/{each}", f"/{each}"):
            answer = await client.get(server.address.removesuffix("/graphql") + place)
            cage.found[f"misplaced {len(cage.found)}"] = answer.content


async def _fail(cage: Cage, folder: Path, given: dict[str, str]) -> None:
    """Have commands look at what works, and at what does not answer."""
    away = {
        "NBINSIGHT_DATABASE_URL": f"postgresql://postgres:{cage.secrets['database password'][0]}@127.0.0.1:9/none",
        "NBINSIGHT_REDIS_URL": f"redis://default:{cage.secrets['Redis password'][0]}@127.0.0.1:9",
    }
    short = {"NBINSIGHT_SECRET_KEY": cage.secrets["secret key"][0][:31], "NBINSIGHT_GATEWAY_SECRET": cage.secrets["gateway secret"][0][:31]}
    queue_away = {"NBINSIGHT_QUEUE_URL": f"redis://default:{cage.secrets['queue password'][0]}@127.0.0.1:9"}
    commands = [("doctor", {}), ("doctor", away), ("serve", away), ("serve", short), ("worker", queue_away)]
    for number, (command, settings) in enumerate(commands):
        done = await asyncio.to_thread(run, command, cwd=folder, **(given | settings))
        assert (done.returncode == 0) is (not settings), done
        cage.found[f"{command} {number}"] = f"{done.stdout}{done.stderr}".encode()


async def _tables(folder: Path, url: str | None) -> bytes:
    if url is None:
        with closing(sqlite3.connect(folder / "nbinsight-data" / "nbinsight.db")) as file:
            return "\n".join(file.iterdump()).encode()
    engine = create_async_engine(make_url(url).set(drivername="postgresql+asyncpg"))
    async with engine.connect() as connection:
        names = await connection.scalars(text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'"))
        rows = [row for name in names.all() for row in await connection.execute(text(f'SELECT t::text FROM "{name}" t'))]  # noqa: S608
    await engine.dispose()
    return str(rows).encode()


async def test_no_secret_lies_in_what_is_printed_kept_or_answered(cage: Cage) -> None:
    assert {name: cage.leaks(name) for name in NAMES} == {name: [] for name in NAMES}
    written = cage.leaks(WRITTEN)
    assert [place for place in written if place.startswith(TOLD)] == []
    assert "tables" in written
    for word in (b"greta", b"hanna"):  # else nothing was looked at
        assert word in cage.found["tables"]
        assert word in cage.found["answers"]
    assert b"sql: " in cage.found["what is printed"]
    for word in (b"query viewer", b"mutation saveNotebook", b"render inspect", b"INSERT INTO"):
        assert word in cage.found["traces"]
    assert b"sign-in refused" in cage.found["what is printed"]
