"""What every blob store promises (R1, R2, R10): a folder, memory, and a bucket of a real S3."""

import asyncio
import hashlib
import logging
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from server.render.ports import Blobs
from server.stores.folder import FolderStore
from server.stores.memory import MemoryStore
from server.stores.opening import open_store
from server.stores.port import BlobStore
from tests.contract.stores import ABSENT, CONTENT, DIGEST, LARGE, Subject, files_in, path_of, root, store, subject
from tests.fixtures.seaweedfs import bucket_url, seaweed

__all__ = ["bucket_url", "root", "seaweed", "store", "subject"]

Log = pytest.LogCaptureFixture

NO_DIGESTS = ["", "../../etc/passwd", "..%2f" * 12 + "abcd", DIGEST.upper(), DIGEST[:-1], DIGEST + "\n", "/" + DIGEST[1:], "." * 64]


def test_a_store_is_what_the_render_room_asks_for(store: BlobStore) -> None:
    blobs: Blobs = store  # mypy is the judge
    assert blobs is store


@pytest.mark.parametrize("content", [CONTENT, b"", bytes(range(256)) * 5000, LARGE], ids=["small", "empty", "1.3 MB", "11 MB"])
async def test_bytes_come_back_under_their_sha256(store: BlobStore, content: bytes) -> None:
    digest = await store.put(content)
    assert digest == hashlib.sha256(content).hexdigest()
    assert await store.get(digest) == content
    assert await store.has(digest)
    await store.check()


async def test_putting_the_same_bytes_again_gives_the_same_digest(store: BlobStore) -> None:
    assert [await store.put(CONTENT), await store.put(CONTENT)] == [DIGEST, DIGEST]
    assert await store.get(DIGEST) == CONTENT


async def test_what_was_never_put_is_absent(store: BlobStore) -> None:
    assert await store.get(ABSENT) is None
    assert not await store.has(ABSENT)
    with pytest.raises(FileNotFoundError):
        await store.local_file(ABSENT).__aenter__()


async def test_deleted_bytes_are_absent_and_may_be_deleted_again(store: BlobStore) -> None:
    await store.put(CONTENT)
    await store.put(b"another")
    for _ in range(2):
        await store.delete(DIGEST, ABSENT)
        await store.delete(DIGEST)
    assert await store.get(DIGEST) is None
    assert await store.get(hashlib.sha256(b"another").hexdigest()) == b"another"


@pytest.mark.parametrize("damaged", [b"", CONTENT[:-1], CONTENT + b"\0", b"[" + CONTENT[1:]])
async def test_damaged_bytes_are_never_returned_and_are_logged_once(subject: Subject, damaged: bytes, caplog: Log) -> None:
    store = subject.store
    await store.put(CONTENT)
    subject.damage(DIGEST, damaged)
    for _ in range(2):
        assert await store.get(DIGEST) is None
        with pytest.raises(FileNotFoundError):
            await store.local_file(DIGEST).__aenter__()
    assert await store.has(DIGEST)
    (record,) = caplog.records
    assert (record.name, record.levelno, DIGEST in record.getMessage()) == ("server.stores", logging.ERROR, True)


@pytest.mark.parametrize("content", [CONTENT, LARGE], ids=["small", "11 MB"])
@pytest.mark.parametrize("by_file", [False, True], ids=["put", "put_file"])
async def test_putting_bytes_again_heals_damage(subject: Subject, tmp_path: Path, caplog: Log, *, by_file: bool, content: bytes) -> None:
    store = subject.store
    source = tmp_path / "upload"
    source.write_bytes(content)
    for _ in range(2):
        digest = await store.put(content)
        subject.damage(digest, b"x" * len(content))
        assert await store.get(digest) is None
        await (store.put_file(source) if by_file else store.put(content))
        assert await store.get(digest) == content
    assert len(caplog.records) == 2  # damage after healing is news


async def test_a_file_is_kept_and_stays_the_callers(store: BlobStore, tmp_path: Path) -> None:
    source = tmp_path / "upload"
    source.write_bytes(CONTENT)
    assert await store.put_file(source) == DIGEST
    assert source.read_bytes() == CONTENT
    source.write_bytes(b"changed afterwards")
    assert await store.get(DIGEST) == CONTENT
    with pytest.raises(FileNotFoundError):
        await store.put_file(tmp_path / "nothing")


async def test_twenty_writers_of_the_same_bytes_and_readers_between_agree(store: BlobStore, tmp_path: Path) -> None:
    content = CONTENT * 10_000
    digest = hashlib.sha256(content).hexdigest()
    source = tmp_path / "upload"
    source.write_bytes(content)
    writers = [store.put(content) if turn % 2 else store.put_file(source) for turn in range(20)]
    *digests, seen = await asyncio.gather(*writers, store.get(digest))
    assert digests == [digest] * 20
    assert seen in {None, content}
    assert await store.get(digest) == content


async def test_a_walk_tells_name_size_and_age_of_all_there_is_damaged_or_not(subject: Subject) -> None:
    store, before = subject.store, datetime.now(UTC)
    assert [blob async for blob in store.walk()] == []
    sizes = {await store.put(content): len(content) for content in (CONTENT, b"", b"another", b"third")}
    subject.damage(DIGEST, b"x")
    await store.check()
    blobs = [blob async for blob in store.walk()]
    assert {blob.digest: blob.size_bytes for blob in blobs} == sizes | {DIGEST: 1}
    assert len(blobs) == len(sizes)
    for blob in blobs:
        assert abs(blob.modified_at - before) < timedelta(hours=1)


async def test_a_local_file_holds_the_bytes_and_outlives_its_loan_only_if_the_store_owns_it(store: BlobStore) -> None:
    await store.put(CONTENT)
    async with store.local_file(DIGEST) as path:
        assert path.is_absolute()
        assert path.read_bytes() == CONTENT
    assert path.exists() == isinstance(store, FolderStore)
    assert await store.get(DIGEST) == CONTENT


async def test_a_temporary_local_file_goes_when_its_borrower_fails(store: BlobStore) -> None:
    await store.put(CONTENT)
    if isinstance(store, FolderStore):
        return  # lends its own
    loan = store.local_file(DIGEST)
    path = await loan.__aenter__()
    assert not await loan.__aexit__(RuntimeError, RuntimeError(), None)
    assert not path.parent.exists()


@pytest.mark.parametrize("name", NO_DIGESTS)
async def test_a_name_that_is_no_digest_is_refused(store: BlobStore, name: str) -> None:
    for refused in (store.get, store.has, store.delete):
        with pytest.raises(ValueError, match="64 lower-case hex digits"):
            await refused(name)
    with pytest.raises(ValueError, match="64 lower-case hex digits"):
        await store.local_file(name).__aenter__()


async def test_each_store_opens_by_its_address(tmp_path: Path) -> None:
    root = tmp_path / "a folder, 100 % ours"
    await open_store(root.as_uri()).put(CONTENT)
    assert files_in(root) == [path_of(root, DIGEST)]
    assert isinstance(open_store("memory://"), MemoryStore)


@pytest.mark.parametrize("url", ["http://user:hunter2@bucket/path", "", "blobs", "FTP://example.org"])
def test_an_address_of_no_store_is_refused_with_those_that_exist_and_without_its_secrets(url: str) -> None:
    with pytest.raises(ValueError, match=r"The stores are `file:///FOLDER`, `s3://BUCKET/PREFIX`, .* and `memory://`") as caught:
        open_store(url)
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize("url", ["file:blobs", "file://blobs", "file://host/blobs", "file:///blobs?x=1", "file:///blobs#x"])
def test_a_folder_without_an_absolute_path_of_this_machine_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="three slashes"):
        open_store(url)
