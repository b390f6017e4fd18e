"""A server's folders in the system's temporary one, where its children write: renderings, and figures for metrics.

| file | what it is |
|---|---|
| `nbinsight-render-X.lock` | locked by the server that made it for as long as its process lives, however that ends |
| `nbinsight-render-X/` | made only when that lock is held, so whoever gets the lock knows that nobody uses the folder |

`nbinsight-metrics-X` likewise.
"""

import logging
import shutil
import stat
from os import geteuid
from pathlib import Path
from tempfile import gettempdir
from typing import Literal
from uuid import uuid4

from filelock import FileLock, Timeout

_PREFIXES = {"render": "nbinsight-render-", "metrics": "nbinsight-metrics-"}

_log = logging.getLogger("server.render")


class OwnFolder:
    """A folder of one renderer, or of one server's metrics, made when it is first asked for."""

    def __init__(self, use: Literal["render", "metrics"] = "render") -> None:
        """Make nothing yet."""
        self._prefix = _PREFIXES[use]
        self._lock: FileLock | None = None

    def path(self) -> Path:
        """Return the folder. Raises OSError where none can be made."""
        if self._lock is None:
            self._lock = _new_lock(self._prefix)
        folder = _folder_of(self._lock)
        folder.mkdir(mode=0o700, exist_ok=True)
        return folder

    def remove(self) -> None:
        """Delete it with all that is in it."""
        lock, self._lock = self._lock, None
        if lock is not None:
            _remove(lock)


def remove_abandoned() -> None:
    """Delete the folders of servers of this user that ended without doing so; those of servers that live stay."""
    for file in [file for prefix in _PREFIXES.values() for file in Path(gettempdir()).glob(f"{prefix}*.lock")]:
        lock = _lock_at(file) if _is_ours(file) else None
        if lock is not None:
            _remove(lock)


def _new_lock(prefix: str) -> FileLock:
    while True:  # until no other server's start took the lock before us, for abandoned
        lock = _lock_at(Path(gettempdir()) / f"{prefix}{uuid4().hex}.lock")
        if lock is not None:
            if Path(lock.lock_file).exists():
                return lock
            lock.release()


def _lock_at(file: Path) -> FileLock | None:
    """Lock a file; None where another process, or another part of this one, has it locked."""
    lock = FileLock(file, mode=0o600, timeout=0, thread_local=False)
    try:
        lock.acquire()
    except Timeout:
        return None
    return lock


def _remove(lock: FileLock) -> None:
    """Delete a folder whose lock is held, and the lock after it; what cannot be deleted stays for another start to try."""
    folder = _folder_of(lock)
    try:
        if folder.exists():
            shutil.rmtree(folder)
        Path(lock.lock_file).unlink(missing_ok=True)
    except OSError as error:
        _log.warning("a temporary folder could not be deleted: %s: %s", folder, error.strerror)
    finally:
        lock.release()


def _folder_of(lock: FileLock) -> Path:
    return Path(lock.lock_file).with_suffix("")


def _is_ours(file: Path) -> bool:
    """Whether a file is a lock that a server of this user made: others may put anything into the temporary folder."""
    try:
        found = file.lstat()
    except FileNotFoundError:
        return False
    return stat.S_ISREG(found.st_mode) and found.st_uid == geteuid() and found.st_nlink == 1 and found.st_size == 0
