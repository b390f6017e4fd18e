"""Workers are killed in the middle of renderings: each rendering is made in the end, once, and nothing is left waiting (R1)."""

import signal
import sqlite3
import time
from functools import partial
from pathlib import Path
from random import Random

import pytest

from tests.faults.conftest import Note
from tests.fixtures import make
from tests.fixtures.running import Running, serving
from tests.integration.workers.test_workers import ask, export_of, is_empty, kept, until, working

LINES = 1000
FORMATS = ("HTML", "MARKDOWN", "SCRIPT", "SLIDES", "IPYNB")
MOST_SECONDS = 1.0


def rendered(server: Running, export: str, asked: str) -> str | None:
    return ask(server, export, asked)[0]


@pytest.mark.timeout(2700)
def test_what_killed_workers_had_in_hand_is_rendered_once(
    tmp_path: Path, queue_url: str, life: int, kills: int, chance: Random, note: Note
) -> None:
    given = {"NBINSIGHT_RENDER_WAIT_SECONDS": "0.5", "NBINSIGHT_RATE_LIMIT": "off", "NBINSIGHT_REQUEST_TIMEOUT_SECONDS": "60"}
    with serving(cwd=tmp_path, NBINSIGHT_QUEUE_URL=queue_url, **given) as server:
        cells = [make.code(f"x = {number + life}\nprint(x)", make.stream(f"{number + life}\n")) for number in range(LINES)]
        export = export_of(server, make.notebook(*cells))
        in_the_middle = 0
        for number in range(kills):
            asked = FORMATS[number % len(FORMATS)]
            ask(server, export, asked)
            with working(tmp_path, queue_url) as worker:
                time.sleep(chance.uniform(0, MOST_SECONDS))
                worker.stop(signal.SIGKILL)
            in_the_middle += not is_empty(queue_url)
        wanted = FORMATS[: min(kills, len(FORMATS))]
        with working(tmp_path, queue_url):
            for asked in wanted:
                body = until(partial(rendered, server, export, asked), f"a rendering as {asked}")
                assert str(LINES - 1 + life) in body
            until(lambda: is_empty(queue_url), "an empty queue")
        digests = kept(tmp_path)
        assert len(digests) == len(wanted), "a record for each format, and no more"
        blobs = tmp_path / "nbinsight-data" / "blobs"
        assert all((blobs / digest[:2] / digest[2:]).is_file() for digest in digests)
        with sqlite3.connect(tmp_path / "nbinsight-data" / "nbinsight.db") as database:
            [(source,)] = database.execute("SELECT digest FROM export").fetchall()
        found = {path.parent.name + path.name for path in blobs.rglob("*") if path.is_file() and path.parent.name != "tmp"}
        assert found == {source, *digests}, "one blob for each record, the notebook, and nothing else"
    note(kills=kills, in_the_middle=in_the_middle, renderings=len(digests), lost=0, twice=0)
