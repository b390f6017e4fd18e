"""Which store an address means."""

from pathlib import Path
from typing import Final
from urllib.parse import SplitResult, urlsplit
from urllib.request import url2pathname

from server.config import REMOTE_STORES, unreadable
from server.domain.measures import UNMEASURED, Measures
from server.stores.counted import CountedStore
from server.stores.folder import FolderStore
from server.stores.memory import MemoryStore
from server.stores.port import BlobStore

_SETTING: Final = "NBINSIGHT_STORE_URL"
_KNOWN: Final = "The stores are `file:///FOLDER`, `s3://BUCKET/PREFIX`, `gs://BUCKET/PREFIX`, `az://CONTAINER/PREFIX` and `memory://`."


def open_store(url: str, measures: Measures = UNMEASURED) -> BlobStore:
    """Open the store an address means; a bucket is not asked for yet.

    Raises ValueError for an address of none and for a package that is missing, OSError where a folder cannot be made.
    """
    store = _opened(url, measures)
    return store if measures is UNMEASURED else CountedStore(store, measures)


def folder_of(url: str) -> Path | None:
    """Return where a store in a folder lies, and make nothing; None for one of another kind. Raises ValueError likewise."""
    parts = _split(url)
    return _folder(parts) if parts.scheme == "file" else None


def _split(url: str) -> SplitResult:
    try:
        return urlsplit(url)
    except ValueError:  # its text may repeat a part of the password
        raise unreadable(_SETTING) from None


def _opened(url: str, measures: Measures) -> BlobStore:
    parts = _split(url)
    match parts.scheme:
        case "file":
            return FolderStore(_folder(parts), measures)
        case "memory":
            return MemoryStore()
        case scheme if scheme in REMOTE_STORES:
            return _bucket(parts, measures)
        case "":
            message = f"The blob store's address does not say of which kind it is. {_KNOWN}"
            raise ValueError(message)
        case scheme:
            # an address may hold a password: its scheme alone is repeated
            message = f"There is no blob store for addresses that start with {scheme!r}. {_KNOWN}"
            raise ValueError(message)


def _bucket(parts: SplitResult, measures: Measures) -> BlobStore:
    try:
        from server.stores.buckets import open_bucket  # noqa: PLC0415  what these import is an extra
        from server.stores.object_store import ObjectStore  # noqa: PLC0415
    except ModuleNotFoundError as error:
        message = f"{parts.scheme}:// as NBINSIGHT_STORE_URL needs the package obstore: pip install 'nbinsight[s3]'."
        raise ValueError(message) from error
    return ObjectStore(open_bucket(parts), measures)


def _folder(parts: SplitResult) -> Path:
    if parts.netloc not in {"", "localhost"} or not parts.path.startswith("/") or parts.query or parts.fragment:
        message = f"A folder's address has three slashes, an absolute path and nothing more. {_KNOWN}"
        raise ValueError(message)
    return Path(url2pathname(parts.path))
