"""Which store an address means."""

from pathlib import Path
from typing import Final
from urllib.parse import SplitResult, urlsplit
from urllib.request import url2pathname

from server.domain.measures import UNMEASURED, Measures
from server.stores.counted import CountedStore
from server.stores.folder import FolderStore
from server.stores.memory import MemoryStore
from server.stores.port import BlobStore

_KNOWN: Final = "The stores are `file:///FOLDER` and `memory://`."


def open_store(url: str, measures: Measures = UNMEASURED) -> BlobStore:
    """Open the store an address means; raises ValueError for an address of none, OSError where the folder cannot be made."""
    store = _opened(url, measures)
    return store if measures is UNMEASURED else CountedStore(store, measures)


def _opened(url: str, measures: Measures) -> BlobStore:
    parts = urlsplit(url)
    match parts.scheme:
        case "file":
            return FolderStore(_folder(parts), measures)
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
