"""Clients that publish without pause, try again with the same key until they are told, and remember what they were told."""

import asyncio
import json
import time
from collections import Counter
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Event, Thread
from typing import Any, Final

import httpx2

from server.backup.verifying import Findings, verify
from server.config import Settings
from server.db.session import Database
from server.stores.opening import open_store
from tests.fixtures import make

WAIT_SECONDS: Final = 180
NOTEBOOKS: Final = 3
PROJECT: Final = 'mutation { createProject(input: {key: "SALES", name: "Sales"}) { errors { message } } }'
SAVE: Final = """mutation($name: String!, $content: String!) {
    saveNotebook(input: {projectKey: "SALES", name: $name, content: $content}) { notebook { id } errors { message } } }"""
PUBLISH: Final = """mutation($id: ID!, $key: String!) {
    publishNotebook(input: {notebookId: $id, idempotencyKey: $key}) { export { id } errors { message } } }"""
THERE: Final = "query($ids: [ID!]!) { nodes(ids: $ids) { id } }"
SHOWN: Final = """query($ids: [ID!]!) { nodes(ids: $ids) { ... on Export {
    source: rendering(format: IPYNB, showCode: true) { body } page: rendering(format: HTML, showCode: true) { body } } } }"""
COUNTED: Final = "query($id: ID!) { notebook(id: $id) { exports(first: 1) { totalCount } } }"


def content_of(title: str) -> str:
    """Return a notebook of that title."""
    return json.dumps(make.notebook(make.markdown(f"# {title}"), make.code("1 + 1", make.stream("2\n" * 500))))


def given_by(settings: Settings) -> dict[str, str]:
    """Return the environment of a server with these settings that nobody holds up."""
    return {
        "NBINSIGHT_DATABASE_URL": settings.database,
        "NBINSIGHT_STORE_URL": settings.store,
        "NBINSIGHT_DATA_DIR": str(settings.data_dir),
        "NBINSIGHT_SECRET_KEY": "k" * 64,
        "NBINSIGHT_RATE_LIMIT": "off",
        "NBINSIGHT_LOG_REQUESTS": "0",
        "NBINSIGHT_REQUEST_TIMEOUT_SECONDS": "60",
        "NBINSIGHT_RENDER_WAIT_SECONDS": "50",
    }


@dataclass(slots=True)
class Publishers:
    """Several clients of one server, wherever that is now."""

    address: str
    token: str
    pause_seconds: float = 0.02
    ended: Event = field(default_factory=Event)
    given_up: Event = field(default_factory=Event)
    client: httpx2.Client = field(default_factory=lambda: httpx2.Client(verify=False, timeout=WAIT_SECONDS))
    told: dict[str, str] = field(default_factory=dict[str, str])
    """The export of each key that was acknowledged."""
    notebooks: Counter[str] = field(default_factory=Counter[str])
    """How many exports of each notebook were acknowledged."""
    tries: int = 0
    unanswered: int = 0
    """How often a request was taken, and the connection ended without an answer."""
    refused: int = 0
    """How often the answer was to come again."""
    failures: list[str] = field(default_factory=list[str])

    def publish(self, number: int) -> None:
        """Save and publish until the end; a key that was once sent is told, or sent again."""
        turn = 0
        while not self.ended.is_set():
            turn += 1
            try:
                self._publish_once(f"{number} {turn % NOTEBOOKS}", f"client {number} turn {turn}")
            except AssertionError as error:
                self.failures.append(str(error))
                return
            time.sleep(self.pause_seconds)

    def _publish_once(self, name: str, key: str) -> None:
        notebook = self._insist(SAVE, name=name, content=content_of(key))["saveNotebook"]["notebook"]["id"]
        export = self._insist(PUBLISH, id=notebook, key=key)["publishNotebook"]["export"]["id"]
        assert export not in self.told.values(), f"{key} was told an export of another key"
        self.told[key] = export
        self.notebooks[notebook] += 1

    def _insist(self, query: str, **variables: object) -> dict[str, Any]:
        """Ask until there is an answer."""
        deadline = time.monotonic() + 2 * WAIT_SECONDS
        while True:
            assert time.monotonic() < deadline, "there was never an answer"
            assert not self.given_up.is_set(), "the test has failed already"
            self.tries += 1
            try:
                answer = self.ask(query, **variables)
                if (data := answered(answer)) is not None:
                    return data
                self.refused += 1
            except httpx2.ConnectError:
                self.tries -= 1  # nobody is there
            except httpx2.RequestError:
                self.unanswered += 1
            time.sleep(0.1)

    def ask(self, query: str, **variables: object) -> httpx2.Response:
        """Send an operation."""
        sent = {"query": query, "variables": variables}
        return self.client.post(self.address, json=sent, headers={"authorization": f"Bearer {self.token}"})

    def wait_for_more(self) -> None:
        """Wait until one more publish is acknowledged."""
        before = len(self.told)
        wait_until(lambda: len(self.told) > before or bool(self.failures), "nothing is published")

    def require_presence(self) -> None:
        """See by the API that whatever was acknowledged is there."""
        told = list(self.told.items())
        for start in range(0, len(told), 100):
            part = dict(told[start : start + 100])
            nodes = self._asked(THERE, ids=list(part.values()))["nodes"]
            assert [node and node["id"] for node in nodes] == list(part.values()), "what was acknowledged is lost"

    def require_content(self, most: int) -> None:
        """Read the newest of what was acknowledged by the API, as the notebook and as a page."""
        told = list(self.told.items())[-most:]
        for start in range(0, len(told), 10):
            part = dict(told[start : start + 10])
            for key, node in zip(part, self._asked(SHOWN, ids=list(part.values()))["nodes"], strict=True):
                assert json.loads(node["source"]["body"])["cells"][0]["source"] == f"# {key}"
                assert key in node["page"]["body"]

    def _asked(self, query: str, **variables: object) -> dict[str, Any]:
        """Return the data of an operation that must be done in the end."""
        deadline = time.monotonic() + WAIT_SECONDS
        while True:
            answer = self.ask(query, **variables).json()
            if "errors" not in answer:
                data: dict[str, Any] = answer["data"]
                return data
            assert {error["extensions"]["code"] for error in answer["errors"]} == {"RENDER_PENDING"}, answer
            assert time.monotonic() < deadline, answer

    def require_each_once(self) -> None:
        """See by the API that each notebook has as many exports as were acknowledged."""
        for notebook, count in self.notebooks.items():
            assert self._asked(COUNTED, id=notebook)["notebook"]["exports"]["totalCount"] == count


def answered(answer: httpx2.Response) -> dict[str, Any] | None:
    """Return what was done; None where the answer says that it was not, and to come again."""
    content = answer.json()
    if "errors" in content:
        codes = {error["extensions"]["code"] for error in content["errors"]}
        assert codes <= {"UNAVAILABLE", "QUERY_TOO_COMPLEX", "INTERNAL"}, content
        return None
    [payload] = content["data"].values()
    assert payload["errors"] == [], payload
    data: dict[str, Any] = content["data"]
    return data


@contextmanager
def publishing(publishers: Publishers, count: int) -> Generator[Publishers]:
    """Let clients publish; at the end each finishes what it has begun, so a server must be there."""
    threads = [Thread(target=publishers.publish, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    try:
        yield publishers
    except BaseException:
        publishers.given_up.set()
        raise
    finally:
        publishers.ended.set()
        for thread in threads:
            thread.join(3 * WAIT_SECONDS)
    assert publishers.failures == []


def wait_until(is_so: Callable[[], bool], what: str) -> None:
    """Wait for something to be so."""
    deadline = time.monotonic() + WAIT_SECONDS
    while not is_so():
        assert time.monotonic() < deadline, what
        time.sleep(0.02)


def faults_in(settings: Settings) -> list[str]:
    """Look through all rows and blobs, as `nbinsight verify` does.

    That takes no rendering that is missing or torn for a fault. Here it is one: no machine crashes, and nothing is collected.
    """

    async def look() -> Findings:
        database = Database(settings.database)
        try:
            return await verify(database, open_store(settings.store), lambda *_: lambda _: None)
        finally:
            await database.close()

    found = asyncio.run(look())
    assert found.rows > 0
    return [*found.faults, *found.spoilt]
