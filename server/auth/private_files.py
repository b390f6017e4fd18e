"""Files that hold secrets: whole or absent, and for their owner alone."""

import os
from pathlib import Path

from server.stores.durable import make_folders, sync


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner may read (0600), in place of what was there; it survives a crash, and so does its name."""
    make_folders(path.parent)
    made = path.with_name(f"{path.name}.new")
    made.unlink(missing_ok=True)
    with os.fdopen(os.open(made, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    made.replace(path)
    sync(path.parent)
