"""Fifty calls at once with one idempotency key, through a relay that loses answers: one export, and all are told the same."""

import asyncio
import json
from pathlib import Path
from random import Random
from typing import Any, Final

import httpx2
from sqlalchemy import text

from server.db.session import Database
from tests.fixtures import make
from tests.fixtures.relaying import LOSE, PASS, Fate, relaying
from tests.fixtures.running import serving

CALLS, LOST, KEY = 50, 40, "one-key"
SAVE: Final = """mutation($content: String!) { saveNotebook(input: {projectKey: "SALES", name: "Weekly", content: $content}) {
    notebook { id } errors { message } } }"""
PUBLISH: Final = """mutation($input: PublishNotebookInput!) { publishNotebook(input: $input) { export { id sequence } insight { id }
    errors { __typename } } }"""


def retried(url: str, token: str, given: dict[str, object]) -> dict[str, Any]:
    """Publish, again and again until there is an answer."""
    while True:
        try:
            answer = httpx2.post(
                url, json={"query": PUBLISH, "variables": {"input": given}}, headers={"authorization": f"Bearer {token}"}, timeout=60
            )
        except httpx2.RequestError:
            continue
        payload: dict[str, Any] = answer.json()["data"]["publishNotebook"]
        return payload


async def counted(url: str) -> list[tuple[int, ...]]:
    database = Database(url)
    async with database.reading() as session:
        rows = await session.execute(text("SELECT (SELECT count(*) FROM export), (SELECT count(*) FROM insight)"))
        found = [tuple(row) for row in rows]
    await database.close()
    return found


async def test_calls_whose_answers_are_lost_publish_once(database_url: str, tmp_path: Path) -> None:
    with serving(cwd=tmp_path, NBINSIGHT_DATABASE_URL=database_url) as server:
        token = server.token
        server.data('mutation { createProject(input: {key: "SALES", name: "Sales"}) { errors { message } } }', token)
        saved = server.data(SAVE, token, content=json.dumps(make.notebook(make.code("x = 1"))))
        given: dict[str, object] = {"notebookId": saved["saveNotebook"]["notebook"]["id"], "idempotencyKey": KEY}
        fates: list[Fate] = [*[LOSE] * LOST, *[PASS] * CALLS]
        Random(5).shuffle(fates)  # noqa: S311  no secret
        with relaying(server.address, {"publishNotebook": fates}) as relay:
            answers = await asyncio.gather(*(asyncio.to_thread(retried, relay.url, token, given) for _ in range(CALLS)))
            assert len(relay.seen) == CALLS + LOST - fates.count(LOSE)
        assert answers == [answers[0]] * CALLS
        assert (answers[0]["export"]["sequence"], answers[0]["errors"]) == (1, [])
        other = retried(server.address, token, given | {"label": "another"})
        assert other == {"export": None, "insight": None, "errors": [{"__typename": "IdempotencyKeyReused"}]}
    assert await counted(database_url) == [(1, 1)]
