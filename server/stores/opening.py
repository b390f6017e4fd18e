"""Which store an address means."""

from pathlib import Path
from typing import Final
from urllib.parse import SplitResult, urlsplit
from urllib.request import url2pathname

from server.stores.folder import FolderStore
from server.stores.memory import MemoryStore
from server.stores.port import BlobStore

_KNOWN: Final = "The stores are `file:///FOLDER` and `memory://`."


def open_store(url: str) -> BlobStore:
    """Open the store an address means; raises ValueError for an address of none, OSError where the folder cannot be made."""
    parts = urlsplit(url)
    match parts.scheme:
        case "file":
            return FolderStore(_folder(parts))
        case "memory":
            return MemoryStore()
        case scheme:
            # an address may hold a password: its scheme alone is repeated
            message = f"There is no blob store for addresses that start with {scheme!r}. {_KNOWN}"
            raise ValueError(message)


def _folder(parts: SplitResult) -> Path:
    if parts.netloc not in {"", "localhost"} or not parts.path.startswith("/") or parts.query or parts.fragment:
        message = f"A folder's address has three slashes, an absolute path and nothing more. {_KNOWN}"
        raise ValueError(message)
    return Path(url2pathname(parts.path))
