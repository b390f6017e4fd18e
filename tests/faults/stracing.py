"""Lets system calls of a running process fail, by strace, which Debian has as a package."""

import shutil
import signal
import subprocess
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest

ATTACH_SECONDS: Final = 20


def _can_trace() -> bool:
    strace = shutil.which("strace")
    if strace is None:
        return False
    tried = subprocess.run([strace, "-qq", "-e", "trace=none", "true"], capture_output=True, check=False)  # noqa: S603  our own words
    return tried.returncode == 0


needs_strace = pytest.mark.skipif(not _can_trace(), reason="needs strace, and the right to trace processes (SYS_PTRACE)")


@dataclass(slots=True)
class Injected:
    """How many calls failed, known once the block ends."""

    count: int = 0


@contextmanager
def failing(pid: int, call: str, error: str, when: str, log: Path) -> Generator[Injected]:
    """Let a system call of a process and its threads fail, each thread counting for itself: `3` the third, `3+` from the third on."""
    injected = Injected()
    log.unlink(missing_ok=True)
    words = ["strace", "-f", "-qq", "-o", str(log), "-p", str(pid), "-e", f"trace={call}", "-e", f"inject={call}:error={error}:when={when}"]
    with subprocess.Popen(words) as strace:  # noqa: S603  our own words
        try:
            _wait_until_traced(pid, strace)
            yield injected
        finally:
            strace.send_signal(signal.SIGINT)  # it lets go
            strace.wait(ATTACH_SECONDS)
    injected.count = log.read_text(encoding="utf-8").count("(INJECTED)")


def _wait_until_traced(pid: int, strace: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + ATTACH_SECONDS
    while any("TracerPid:\t0\n" in task.read_text(encoding="utf-8") for task in Path(f"/proc/{pid}/task").glob("*/status")):
        assert strace.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.005)
