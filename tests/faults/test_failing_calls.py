"""System calls of the disk fail, one after the other: an error is told or all is done, and the next try works in the same process (R2)."""

import hashlib
import socket
import subprocess
import sys
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any, Final

import pytest

from tests.contract.stores import files_in, path_of
from tests.faults.conftest import Note
from tests.faults.publishers import PROJECT, PUBLISH, SAVE, WAIT_SECONDS, content_of, faults_in, given_by, wait_until
from tests.faults.readiness import unready
from tests.faults.stracing import failing, needs_strace
from tests.fixtures.running import ROOT, Running, environment, serving
from tests.fixtures.world import settings_for

pytestmark = [needs_strace, pytest.mark.timeout(1800)]

CALLS: Final = ("fsync", "fdatasync", "write", "pwrite64", "rename", "mkdir")
CALLS_OF_A_SERVER: Final = tuple(call for call in CALLS if call != "write")
"""With that one it also answers clients and wakes its own threads, which no disk disturbs; full disks are another test's."""
ERRORS: Final = {"EIO": "{}", "ENOSPC": "{}+"}
"""A disk that errs once; a disk that is full from then on."""

PUTTING: Final = """
import asyncio, socket, sys
from pathlib import Path
from server.stores.folder import FolderStore

store, line = FolderStore(Path(sys.argv[1])), socket.socket(fileno=int(sys.argv[2]))
while word := line.recv(100):
    try:
        asyncio.run(store.put(word * 1000))
        line.sendall(b"kept")
    except OSError as error:
        line.sendall(error.strerror.encode())
"""
TOLD: Final = {"EIO": b"Input/output error", "ENOSPC": b"No space left on device"}
EXPORTS: Final = "query($id: ID!) { notebook(id: $id) { exports(first: 1) { totalCount nodes { id label } } } }"
SHOWN: Final = "query($id: ID!) { export(id: $id) { rendering(format: MARKDOWN, showCode: true) { body } } }"


@contextmanager
def putting(root: Path) -> Generator[tuple[int, socket.socket]]:
    """Run a process that keeps what it is told in a folder; yield its id and the line to it."""
    ours, theirs = socket.socketpair()
    words = [sys.executable, "-c", PUTTING, str(root), str(theirs.fileno())]
    with ours, theirs, subprocess.Popen(words, cwd=ROOT, env=environment(), pass_fds=[theirs.fileno()]) as process:  # noqa: S603  our own words
        ours.settimeout(WAIT_SECONDS)
        assert told(ours, b"first") == b"kept"
        try:
            yield process.pid, ours
        finally:
            ours.close()
            theirs.close()
            process.kill()


def told(line: socket.socket, word: bytes) -> bytes:
    line.sendall(word)
    return line.recv(100)


def test_a_store_that_a_call_fails_tells_or_has_done_all_and_works_the_next_time(tmp_path: Path, note: Note) -> None:
    root, injected, refused = tmp_path / "blobs", 0, 0
    with putting(root) as (pid, line):
        for call, (error, form) in ((call, pair) for call in CALLS for pair in ERRORS.items()):
            for number in count(1):
                word = f"{call} {error} {number}".encode()
                before = files_in(root)
                with failing(pid, call, error, form.format(number), tmp_path / "log") as faults:
                    answer = told(line, word)
                if not faults.count:
                    assert answer == b"kept"
                    break
                injected += faults.count
                refused += answer != b"kept"
                assert answer in {b"kept", TOLD[error]}
                path = path_of(root, hashlib.sha256(word * 1000).hexdigest())
                now = files_in(root)
                assert now in (before, sorted([*before, path])), "only whole files, and nothing temporary"
                assert not path.exists() or path.read_bytes() == word * 1000
                assert told(line, word) == b"kept"
        assert all(hashlib.sha256(path.read_bytes()).hexdigest() == path.parent.name + path.name for path in files_in(root))
    assert refused >= 10
    note(failed_calls=injected, told_as_errors=refused, torn=0)


def numbers(*, is_long: bool) -> Iterator[int]:
    """Count; in short runs with growing steps."""
    number = 1
    while True:
        yield number
        number += 1 if is_long or number < 3 else number // 2


def attempt(server: Running, token: str, query: str, **variables: object) -> dict[str, Any] | None:
    """Return the payload of a mutation, or None where an error was told."""
    answer = server.post(query, token, **variables)
    content = answer.json()
    if "errors" in content:
        assert {error["extensions"]["code"] for error in content["errors"]} <= {"INTERNAL", "UNAVAILABLE"}, content
        return None
    [payload] = content["data"].values()
    assert payload["errors"] == []
    return dict(payload)


def test_a_publish_that_a_call_fails_tells_or_is_done_and_works_the_next_time(
    sqlite_url: str, tmp_path: Path, note: Note, *, is_long: bool
) -> None:
    settings = settings_for(sqlite_url, tmp_path, store_url=(tmp_path / "blobs").as_uri())
    injected = refused = expected = 0
    with serving(cwd=tmp_path, **given_by(settings)) as server:
        token, pid = server.token, server.process.pid
        server.data(PROJECT, token)
        saved = attempt(server, token, SAVE, name="Weekly", content=content_of("the first"))
        assert saved is not None
        notebook = saved["notebook"]["id"]
        for call, (error, form) in ((call, pair) for call in CALLS_OF_A_SERVER for pair in ERRORS.items()):
            for number in numbers(is_long=is_long):
                key = f"{call} {error} {number}"
                with failing(pid, call, error, form.format(number), tmp_path / "log") as faults:
                    saved = attempt(server, token, SAVE, name="Weekly", content=content_of(key))
                    made = attempt(server, token, PUBLISH, id=notebook, key=key)
                    server.post(SHOWN, token, id=(made or {"export": {"id": "x"}})["export"]["id"])
                injected += faults.count
                refused += (saved is None) + (made is None)
                assert server.process.poll() is None
                assert faults_in(settings) == []
                wait_until(lambda: not unready(server), "it does not become ready again")
                assert attempt(server, token, SAVE, name="Weekly", content=content_of(key)) is not None
                again = attempt(server, token, PUBLISH, id=notebook, key=key)
                assert again is not None
                assert made is None or made["export"] == again["export"], "what was told as done is what the key gives"
                expected += 1
                exports = server.data(EXPORTS, token, id=notebook)["notebook"]["exports"]
                assert exports["totalCount"] == expected
                if saved is not None:
                    assert key in server.data(SHOWN, token, id=again["export"]["id"])["export"]["rendering"]["body"]
                if not faults.count:
                    break
    assert faults_in(settings) == []
    assert refused >= 10
    note(failed_calls=injected, told_as_errors=refused, exports=expected, lost=0, torn=0)
