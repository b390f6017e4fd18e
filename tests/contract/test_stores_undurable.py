"""Bytes that can be made again: kept like any others, but for the fsyncs."""

from pathlib import Path

import pytest

from server.stores.folder import FolderStore
from server.stores.memory import MemoryStore
from tests.contract.stores import CONTENT, DIGEST
from tests.contract.test_folder_store import recorded


async def test_what_need_not_be_durable_is_kept_like_anything_else(tmp_path: Path) -> None:
    for store in (FolderStore(tmp_path), MemoryStore()):
        assert await store.put(CONTENT, durable=False) == DIGEST
        assert await store.get(DIGEST) == CONTENT


async def test_what_need_not_be_durable_costs_no_fsync_until_it_must(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder, calls = FolderStore(tmp_path), recorded(monkeypatch, tmp_path)
    calls.clear()
    for _ in range(2):
        assert await folder.put(CONTENT, durable=False) == DIGEST
    assert calls == ["rename"]
    assert await folder.get(DIGEST) == CONTENT
    await folder.put(CONTENT)
    assert calls == ["rename", "fsync file", "fsync shard", "fsync root"]
