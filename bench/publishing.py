"""Measures what one more export costs: CPU of the server, statements, rows and bytes in the database, bytes in the store.

`python -m bench.publishing --count 200` saves and publishes a notebook of some 22 kB again and again, changed each time, and reads it
through its address. The server is a process of its own; its CPU is what the system says of it, rendering children apart.
"""

# ruff: noqa: D103  a script that is read as a whole

import argparse
import json
import os
import sqlite3
import tempfile
from pathlib import Path
from typing import Any

import httpx2

from bench.notebooks import changed, mixed
from bench.tables import quiet, table
from tests.fixtures.running import Running, serving

CELLS = 60
PROJECT = 'mutation { createProject(input: {key: "SALES", name: "Sales"}) { project { id } } }'
SAVE = """mutation($content: String!) { saveNotebook(input: {projectKey: "SALES", name: "Report", content: $content}) {
    notebook { id } errors { message } } }"""
PUBLISH = """mutation($id: ID!, $insight: ID) { publishNotebook(input: {notebookId: $id, insightId: $insight}) {
    insight { id } export { rendering(showCode: true) { url } } errors { message } } }"""
TICKS = os.sysconf("SC_CLK_TCK")


def cpu_seconds(pid: int) -> float:
    """Return what a process itself has used."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def rows_of(folder: Path) -> dict[str, int]:
    with sqlite3.connect(folder / "nbinsight-data" / "nbinsight.db") as database:
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        names = [name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")]
        return {name: database.execute(f"SELECT count(*) FROM {name}").fetchone()[0] for name in names}  # noqa: S608  our own names


def bytes_of(folder: Path) -> tuple[int, int]:
    """Return how large database and store are."""
    data = folder / "nbinsight-data"
    return (data / "nbinsight.db").stat().st_size, sum(path.stat().st_size for path in (data / "blobs").rglob("*") if path.is_file())


def publish(server: Running, folder: Path, count: int) -> list[list[object]]:
    first, token = mixed(CELLS), server.token
    server.data(PROJECT, token)
    spent, insight, seen = dict.fromkeys(("save", "publish", "read, rendered", "read again"), 0.0), None, dict[str, Any]()
    rows, sizes = rows_of(folder), bytes_of(folder)
    for number in range(count + 1):
        if number == 1:  # the first one starts children, and makes what later ones find
            rows, sizes, spent = rows_of(folder), bytes_of(folder), dict.fromkeys(spent, 0.0)
        content = changed(first, number).decode()
        for what in spent:
            begin = cpu_seconds(server.process.pid)
            match what:
                case "save":
                    seen["id"] = server.data(SAVE, token, content=content)["saveNotebook"]["notebook"]["id"]
                case "publish":
                    made = server.data(PUBLISH, token, id=seen["id"], insight=insight)["publishNotebook"]
                    insight = made["insight"]["id"]
                case _:
                    url = server.address.removesuffix("/graphql") + made["export"]["rendering"]["url"]
                    assert httpx2.get(url, timeout=30).status_code == httpx2.codes.OK
            spent[what] += cpu_seconds(server.process.pid) - begin
    grown = {name: now - rows[name] for name, now in rows_of(folder).items() if now != rows[name]}
    database, store = (after - before for after, before in zip(bytes_of(folder), sizes, strict=True))
    return [
        *([f"CPU of the server: {what}", f"{1000 * seconds / count:.1f} ms"] for what, seconds in spent.items()),
        ["rows", ", ".join(f"{name} {number / count:.2f}" for name, number in sorted(grown.items()))],
        ["bytes in the database", f"{database / count:,.0f}"],
        ["bytes in the store", f"{store / count:,.0f}, of which the notebook {len(json.dumps(json.loads(content)).encode()):,}"],
    ]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--count", type=int, default=200)
    given = parser.parse_args()
    quiet()
    with tempfile.TemporaryDirectory() as name, serving(cwd=Path(name), NBINSIGHT_RATE_LIMIT="off") as server:
        table(["of one export", "measured"], publish(server, Path(name), given.count))


if __name__ == "__main__":
    main()
