"""What a bucket of blobs promises besides what every store does, tried on a real S3: races, crashes, and a bucket that is not there."""

import asyncio
import hashlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

import pytest

from server.stores import buckets, object_store
from server.stores.opening import open_store
from server.stores.port import BlobStore
from tests.contract.stores import ABSENT, CONTENT, DIGEST, LARGE, other_client
from tests.fixtures.seaweedfs import BUCKET, SECRET, Seaweed, bucket_url, seaweed

__all__ = ["bucket_url", "seaweed"]

Patch = pytest.MonkeyPatch
ROOT = Path(__file__).resolve().parents[2]
MEBIBYTE = 1024 * 1024
PUT_A_FILE = """
import asyncio, sys
from pathlib import Path
from server.stores.opening import open_store
asyncio.run(open_store(sys.argv[1]).put_file(Path(sys.argv[2])))
"""
MEASURE = """
import asyncio, re, sys
from pathlib import Path
from server.stores.opening import open_store

def most_bytes():
    return 1024 * int(re.search(r"VmHWM:\\s+(\\d+) kB", Path("/proc/self/status").read_text())[1])

async def main():
    store, file = open_store(sys.argv[1]), Path(sys.argv[2])
    await store.put(b"what is loaded on first use")
    before = most_bytes()
    digest = await store.put_file(file)
    async with store.local_file(digest) as copy:
        assert copy.stat().st_size == file.stat().st_size
    print(most_bytes() - before)

asyncio.run(main())
"""


@pytest.fixture
def bucket(bucket_url: str) -> BlobStore:
    return open_store(bucket_url)


def killed_while_it_puts(file: Path, bucket_url: str, seaweed: Seaweed) -> int:
    """Have a process put a file, kill it when the first part has arrived, and return what it left with."""
    with subprocess.Popen([sys.executable, "-c", PUT_A_FILE, bucket_url, str(file)], cwd=ROOT) as writer:  # noqa: S603  our own words
        deadline = time.monotonic() + 60
        while not seaweed.uploads():
            assert writer.poll() is None
            assert time.monotonic() < deadline
        writer.send_signal(signal.SIGKILL)
    return writer.returncode


async def failures(store: BlobStore) -> list[str]:
    """Return what every operation says of a bucket that cannot be used."""
    said: list[str] = []
    calls: list[Callable[[], Awaitable[object]]] = [
        *(store.check, lambda: store.put(CONTENT), lambda: store.put(LARGE), lambda: store.get(DIGEST), lambda: store.has(ABSENT)),
        *(lambda: store.delete(DIGEST), lambda: store.delete(DIGEST, ABSENT), lambda: store.local_file(DIGEST).__aenter__()),
        lambda: anext(store.walk()),
    ]
    for call in calls:
        with pytest.raises(OSError, match="The blob store s3://") as caught:
            await call()
        assert not isinstance(caught.value, FileNotFoundError), "that would be an absent blob"
        said.append(str(caught.value))
    return said


async def test_of_twenty_writers_on_four_machines_one_writes(bucket_url: str, monkeypatch: Patch) -> None:
    machines = [open_store(bucket_url) for _ in range(4)]
    answers: list[str] = []
    client = type(other_client(bucket_url))
    put = client.put_async

    async def noted(self: object, path: str, content: object, **given: object) -> object:
        try:
            result = await put(self, path, content, **given)  # type: ignore[arg-type]
        except Exception as error:
            answers.append(type(error).__name__)
            raise
        answers.append(str(given.get("mode")))
        return result

    monkeypatch.setattr(client, "put_async", noted)
    assert await asyncio.gather(*(machine.put(CONTENT) for machine in machines * 5)) == [DIGEST] * 20
    assert sorted(answers) == ["AlreadyExistsError"] * 19 + ["create"]
    assert [await machine.get(DIGEST) for machine in machines] == [CONTENT] * 4


async def test_twenty_writers_of_the_same_large_bytes_leave_them_whole(bucket: BlobStore, bucket_url: str) -> None:
    digest = hashlib.sha256(LARGE).hexdigest()
    machines = [open_store(bucket_url) for _ in range(4)]
    seen: set[bytes | None] = set()

    async def look() -> None:
        while not done.is_set():
            seen.add(await bucket.get(digest))

    done = asyncio.Event()
    looking = asyncio.create_task(look())
    assert await asyncio.gather(*(machine.put(LARGE) for machine in machines * 5)) == [digest] * 20
    done.set()
    await looking
    assert seen <= {None, LARGE}
    assert await bucket.get(digest) == LARGE


async def test_large_bytes_that_are_there_are_not_sent_again(bucket: BlobStore, tmp_path: Path, monkeypatch: Patch) -> None:
    file = tmp_path / "large"
    file.write_bytes(LARGE)
    await bucket.put_file(file)

    def forbidden(*_: object) -> None:
        pytest.fail("sent again")

    monkeypatch.setattr(object_store, "_pieces", forbidden)
    assert await bucket.put_file(file) == await bucket.put(LARGE) == hashlib.sha256(LARGE).hexdigest()


async def test_a_server_without_conditions_is_asked_whether_it_has_the_bytes(bucket_url: str, monkeypatch: Patch) -> None:
    monkeypatch.setenv("AWS_CONDITIONAL_PUT", "disabled")
    store = open_store(bucket_url)
    for _ in range(2):
        assert await store.put(CONTENT) == DIGEST
    other_client(bucket_url).put(f"{DIGEST[:2]}/{DIGEST[2:]}", b"damaged")
    assert await store.put(CONTENT) == DIGEST
    assert await store.get(DIGEST) == CONTENT


async def test_a_writer_that_is_killed_midway_leaves_no_torn_blob(
    bucket: BlobStore, bucket_url: str, seaweed: Seaweed, tmp_path: Path
) -> None:
    file = tmp_path / "large"
    file.write_bytes(os.urandom(96 * MEBIBYTE))
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    assert await asyncio.to_thread(killed_while_it_puts, file, bucket_url, seaweed) == -signal.SIGKILL
    assert not await bucket.has(digest)
    assert await bucket.get(digest) is None
    assert [blob async for blob in bucket.walk()] == []
    assert await bucket.put_file(file) == digest
    async with bucket.local_file(digest) as copy:
        assert copy.read_bytes() == file.read_bytes()


async def test_a_file_that_changes_while_it_is_stored_is_not_kept(bucket: BlobStore, tmp_path: Path, monkeypatch: Patch) -> None:
    file = tmp_path / "large"
    file.write_bytes(LARGE)
    with monkeypatch.context() as patch:
        patch.setattr(hashlib, "file_digest", lambda *_: hashlib.sha256(b"what it was before"))
        with pytest.raises(OSError, match="The file has changed while it was stored"):
            await bucket.put_file(file)
    assert [blob async for blob in bucket.walk()] == []


def test_a_large_file_goes_to_a_bucket_and_back_piece_by_piece(bucket_url: str, tmp_path: Path) -> None:
    file = tmp_path / "large"
    with file.open("wb") as large:
        large.truncate(128 * MEBIBYTE)
    command = [sys.executable, "-c", MEASURE, bucket_url, str(file)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)  # noqa: S603  our own words
    assert int(done.stdout) < 64 * MEBIBYTE


async def test_objects_of_others_below_the_prefix_are_none_of_ours(bucket: BlobStore, bucket_url: str) -> None:
    client = other_client(bucket_url)
    for path in ("readme", f"{DIGEST[:3]}/{DIGEST[3:]}", f"{DIGEST[:2]}/deeper/{DIGEST[2:]}", "tmp/check", DIGEST):
        client.put(path, CONTENT)
    assert [blob async for blob in bucket.walk()] == []
    assert not await bucket.has(DIGEST)


async def test_a_walk_goes_on_after_the_first_page(bucket: BlobStore, bucket_url: str) -> None:
    client = other_client(bucket_url)
    names = {hashlib.sha256(str(number).encode()).hexdigest() for number in range(1100)}
    limit = asyncio.Semaphore(20)

    async def place(name: str) -> None:
        async with limit:
            await client.put_async(f"{name[:2]}/{name[2:]}", b"")

    await asyncio.gather(*map(place, names))
    found = [blob.digest async for blob in bucket.walk()]
    assert len(found) == len(names)
    assert set(found) == names


async def test_wrong_credentials_are_said_and_kept_secret(bucket_url: str, monkeypatch: Patch) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "hunter2")
    said = await failures(open_store(bucket_url))
    assert {text.partition(" (")[0] for text in said} == {f"The blob store {bucket_url} refuses these credentials"}
    assert said[0].endswith("(SignatureDoesNotMatch)")
    assert not any("hunter2" in text or SECRET in text for text in said)


@pytest.mark.usefixtures("bucket_url")
async def test_a_bucket_that_is_not_there_is_no_absent_blob() -> None:
    said = await failures(open_store("s3://no-such-bucket/prefix"))
    what = "The blob store s3://no-such-bucket/prefix is not there (NoSuchBucket): make the bucket, or put its name right"
    assert set(said) == {what}


@pytest.fixture
def stopped(seaweed: Seaweed) -> Iterator[Seaweed]:
    seaweed.stop()
    yield seaweed
    seaweed.stop()
    seaweed.start()


async def test_a_store_that_is_stopped_is_unreachable_and_back_when_it_is_started(
    bucket: BlobStore, bucket_url: str, request: pytest.FixtureRequest
) -> None:
    await bucket.put(CONTENT)
    server: Seaweed = request.getfixturevalue("stopped")
    assert set(await failures(bucket)) == {f"The blob store {bucket_url} cannot be reached"}
    server.start()
    await bucket.check()
    assert await bucket.get(DIGEST) == CONTENT
    assert await bucket.put(b"again") == hashlib.sha256(b"again").hexdigest()


async def test_a_store_that_hangs_is_given_up_and_used_again_when_it_goes_on(
    bucket: BlobStore, bucket_url: str, seaweed: Seaweed, monkeypatch: Patch
) -> None:
    await bucket.put(CONTENT)
    with monkeypatch.context() as patch:
        patch.setattr(object_store, "PATIENCE_SECONDS", 0.5)
        seaweed.hang()
        try:
            assert set(await failures(bucket)) == {f"The blob store {bucket_url} gave no answer within 0.5 s"}
        finally:
            seaweed.go_on()
    assert await bucket.get(DIGEST) == CONTENT
    assert await bucket.put(LARGE) == hashlib.sha256(LARGE).hexdigest()


def test_patience_with_a_bucket_ends_before_an_operation_does() -> None:
    assert buckets.PATIENCE_SECONDS < 10


def test_the_bucket_of_these_tests_is_the_servers(bucket_url: str) -> None:
    assert bucket_url.startswith(f"s3://{BUCKET}/")
