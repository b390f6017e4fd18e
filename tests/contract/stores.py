"""Stores to try the contract on: a folder, memory, and a bucket of a real S3."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from obstore.store import S3Store

from server.stores.folder import FolderStore
from server.stores.memory import MemoryStore
from server.stores.opening import open_store
from server.stores.port import BlobStore

CONTENT = b'{"cells": []}'
DIGEST = hashlib.sha256(CONTENT).hexdigest()
ABSENT = hashlib.sha256(b"never stored").hexdigest()
LARGE = b"eleven byte" * 1_000_000
"""Goes to a bucket in parts."""


@dataclass(frozen=True)
class Subject:
    """A store, and a way to damage what it holds behind its back."""

    store: BlobStore
    damage: Callable[[str, bytes], object]


def path_of(root: Path, digest: str) -> Path:
    return root / digest[:2] / digest[2:]


def files_in(root: Path) -> list[Path]:
    return sorted(path for path in root.rglob("*") if path.is_file())


def other_client(bucket_url: str) -> S3Store:
    """Return a client of the same prefix that is not ours."""
    return S3Store.from_url(bucket_url, client_options={"allow_http": True})


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "data" / "blobs"


@pytest.fixture
def folder(root: Path) -> FolderStore:
    return FolderStore(root)


@pytest.fixture(params=["folder", "memory", "bucket"])
def subject(request: pytest.FixtureRequest, root: Path) -> Subject:
    match request.param:
        case "folder":
            return Subject(FolderStore(root), lambda digest, content: path_of(root, digest).write_bytes(content))
        case "memory":
            memory = MemoryStore()
            return Subject(memory, memory.blobs.__setitem__)
        case _:
            bucket_url: str = request.getfixturevalue("bucket_url")
            client = other_client(bucket_url)
            return Subject(open_store(bucket_url), lambda digest, content: client.put(f"{digest[:2]}/{digest[2:]}", content))


@pytest.fixture
def store(subject: Subject) -> BlobStore:
    return subject.store
