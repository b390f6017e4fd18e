"""What survives a crash: file names too, which a synced file alone does not bring along."""

import os
from contextlib import suppress
from pathlib import Path
from typing import Final

_PRIVATE: Final = 0o700


def sync(path: Path, flags: int = os.O_RDONLY | os.O_DIRECTORY) -> None:
    """Make a folder's entries survive a crash, or with other flags a file's bytes."""
    descriptor = os.open(path, flags)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def make_folders(path: Path) -> None:
    """Make a folder and those above it, private and durable."""
    if path.is_dir():
        return
    make_folders(path.parent)
    with suppress(FileExistsError):
        path.mkdir(_PRIVATE)
    sync(path.parent)
