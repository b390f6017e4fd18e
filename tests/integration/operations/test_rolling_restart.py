"""Two servers over one PostgreSQL behind a balancer are restarted one after the other while people publish: nobody notices."""

import json
from contextlib import ExitStack
from pathlib import Path
from threading import Event, Thread

import httpx2
import pytest

from tests.fixtures.balancing import Balancer, balancing
from tests.fixtures.running import Running, serving
from tests.integration.operations.test_stopping import wait_until

PUBLISHERS = 3
PROJECT = 'mutation { createProject(input: {key: "K", name: "K"}) { errors { message } } }'
SAVE = """mutation($content: String!) { saveNotebook(input: {projectKey: "K", name: "N", content: $content}) {
    notebook { id } errors { message } } }"""
PUBLISH = """mutation($id: ID!, $key: String!) { publishNotebook(input: {notebookId: $id, idempotencyKey: $key}) {
    export { id } errors { message } } }"""
EXPORTS = "query($id: ID!) { notebook(id: $id) { exports(first: 1) { totalCount } } }"
EXPORT = "query($id: ID!) { export(id: $id) { id } }"


@pytest.mark.timeout(600)
def test_a_rolling_restart_loses_no_publish_and_refuses_nobody(tmp_path: Path, postgresql_url: str) -> None:
    given = {"NBINSIGHT_DATABASE_URL": postgresql_url, "NBINSIGHT_DATA_DIR": str(tmp_path / "data"), "NBINSIGHT_RATE_LIMIT": "off"}
    delayed = ("--stop-delay-seconds", "3", "--no-log-requests")
    with ExitStack() as stack:
        running = [stack.enter_context(serving(*delayed, cwd=tmp_path, **given)) for _ in range(2)]
        token = running[0].token
        notebook = notebook_by(running[0], token)
        balancer = stack.enter_context(balancing(lambda: [server.address for server in running]))
        ended, acknowledged = Event(), list[str]()
        publishers = [Thread(target=publish, args=(balancer, token, notebook, number, ended, acknowledged)) for number in range(PUBLISHERS)]
        try:
            wait_until(lambda: len(balancer.ready) == 2)
            for thread in publishers:
                thread.start()
            for place in range(2):
                wait_until(lambda: len(balancer.ready) == 2)
                at_least(acknowledged, len(acknowledged) + 5)
                running[place].process.terminate()
                assert running[place].process.wait(60) == 0
                at_least(acknowledged, len(acknowledged) + 5)
                running[place] = stack.enter_context(serving(*delayed, cwd=tmp_path, **given))
            wait_until(lambda: len(balancer.ready) == 2)
        finally:
            ended.set()
            for thread in publishers:
                thread.join()
        assert set(balancer.statuses) == {200}
        assert len(set(acknowledged)) == len(acknowledged) == len(balancer.statuses) >= 20
        count = running[1].data(EXPORTS, token, id=notebook)["notebook"]["exports"]["totalCount"]
        assert count == len(acknowledged)
        for export in acknowledged:
            assert running[0].data(EXPORT, token, id=export)["export"] == {"id": export}


def at_least(acknowledged: list[str], count: int) -> None:
    wait_until(lambda: len(acknowledged) >= count)


def notebook_by(server: Running, token: str) -> str:
    """Save a notebook; return its id."""
    server.data(PROJECT, token)
    content = json.dumps({"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5})
    return str(server.data(SAVE, token, content=content)["saveNotebook"]["notebook"]["id"])


def publish(balancer: Balancer, token: str, notebook: str, number: int, ended: Event, acknowledged: list[str]) -> None:
    """Publish until the end; note each export that was acknowledged. A server that breaks a connection ends the thread, and the test."""
    turn = 0
    while not ended.is_set():
        turn += 1
        variables = {"id": notebook, "key": f"{number}-{turn}"}
        sent = {"query": PUBLISH, "variables": variables}
        answer = httpx2.post(balancer.url, json=sent, headers={"authorization": f"Bearer {token}"}, timeout=60)
        made = answer.json()["data"]["publishNotebook"]
        assert made["errors"] == []
        acknowledged.append(made["export"]["id"])
