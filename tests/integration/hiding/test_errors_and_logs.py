"""Texts of errors and lines of logs: no SQL, no path, nothing hidden; no token, no address, no text of a notebook.

Hidden names and ids in errors are looked for in `test_paths.py` and `test_mutations.py`, which read everything; a database that
fails is in `http/test_faults.py`, what the log takes out by itself in `unit/cli/test_logs.py`.
"""

import logging
import re
from typing import Any, Final

import pytest
from structlog.testing import capture_logs

from tests.integration.hiding.crawl import crawl
from tests.integration.hiding.scene import TYPES, WORDS, Scene
from tests.integration.hiding.test_mutations import GIVEN, PLACES, filled, replaced
from tests.integration.matrix.stage import asking_for

pytestmark = pytest.mark.asyncio(loop_scope="session")

INSIDES: Final = re.compile(
    r"\b(SELECT|INSERT|UPDATE|DELETE|WHERE|JOIN|CONSTRAINT|FOREIGN KEY)\b|sqlite|postgres|asyncpg|sqlalchemy|Traceback|\.py\b|"
    r"\b(fk|uq|ck|pk|ix)_\w+|(?<![\w/])/(?!graphql|content|static)\w+/\w+|user_account|authorized_object|IntegrityError"
)
"""What tells of how the server is made."""
STRANGE: Final = ("' OR 1=1 --", "../../etc/passwd", "%s%n", "\0", "💥", "x" * 10_000, "n" + "0" * 26, '"; DROP TABLE tile; --')


def texts(answer: dict[str, Any]) -> list[str]:
    """Return the texts of all errors, the user's and the server's."""
    found = [str(error) for error in answer.get("errors", [])]
    payloads = (answer.get("data") or {}).values()
    return found + [str(payload["errors"]) for payload in payloads if payload]


@pytest.mark.parametrize("who", [None, "dash_writer", "admin"])
async def test_what_is_no_id_is_refused_without_a_word_of_how_the_server_is_made(scene: Scene, who: str | None) -> None:
    state = await scene.world.state()
    for number, (mutation, path) in enumerate(PLACES):
        for value in (STRANGE[number % len(STRANGE)], STRANGE[(number + 3) % len(STRANGE)]):
            given = replaced(filled(scene, GIVEN[mutation]), path, value)
            answer = await scene.world.run(who, asking_for(mutation), input=given)
            found = texts(answer)
            assert len(found) == 1, (mutation, value)
            assert INSIDES.search(found[0]) is None, (mutation, value, found)
            assert "INTERNAL" not in found[0], (mutation, value)
            assert value not in found[0] or len(value) < 3, "no error repeats what it was told"
    assert await scene.world.state() == state


@pytest.mark.parametrize("who", ["dash_reader", "writer", "admin"])
async def test_nothing_secret_is_logged_whatever_is_read(scene: Scene, caplog: pytest.LogCaptureFixture, who: str) -> None:
    """Read everything and be refused much; neither our own events nor the lines of libraries may tell of it."""
    known = {id_: TYPES[id_[0]] for label, id_ in scene.visible(who).items() if not label.startswith(("text", "event", "token"))}
    with capture_logs() as ours, caplog.at_level(logging.INFO):
        reached = await crawl(scene.world, who, known)
        await scene.world.client.post(
            "/graphql", json={"query": "{ viewer { canWriteCode } }"}, headers={"authorization": "Bearer nbi_wrong"}
        )
    theirs = [record.getMessage() for record in caplog.records if not record.name.startswith("httpx")]  # the client of this test
    logged = str(ours) + "\n".join(theirs)
    assert [token for token in scene.world.tokens.values() if token in logged] == []
    assert [word for word in WORDS if word in logged] == []
    assert [url for url in reached.urls if url in logged] == []
    assert "nbi_" not in logged
