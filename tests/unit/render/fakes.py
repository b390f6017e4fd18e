"""In-memory stand-ins for the ports of rendering, and a renderer with them."""

import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from hashlib import sha256
from pathlib import Path

from server.domain.rendering import RenderFormat, RenderingRecord, RenderOptions, RenderProfile
from server.render.formats import render_function
from server.render.load import load
from server.render.notices import Notices
from server.render.pool import RenderLimits
from server.render.prepared import Prepared
from server.render.redact import redact
from server.render.renderer import Renderer
from tests.fixtures import make

MIB = 1024 * 1024
HTML = RenderOptions(RenderFormat.HTML, show_code=True)
HTML_WITHOUT_CODE = RenderOptions(RenderFormat.HTML, show_code=False)


class InMemoryBlobs:
    """A blob store that lends its bytes through a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.kept: dict[str, bytes] = {}
        self.puts = self.lent = 0

    async def put(self, content: bytes, *, durable: bool = True) -> str:
        del durable
        digest = sha256(content).hexdigest()
        self.kept[digest] = content
        self.puts += 1
        return digest

    async def get(self, digest: str) -> bytes | None:
        return self.kept.get(digest)

    @asynccontextmanager
    async def local_file(self, digest: str) -> AsyncIterator[Path]:
        if digest not in self.kept:
            raise FileNotFoundError(digest)
        self.lent += 1
        path = self.folder / f"{digest}-{self.lent}"
        path.write_bytes(self.kept[digest])
        yield path


class InMemoryRecords:
    """Records of renderings; `order` tells what was kept when."""

    def __init__(self) -> None:
        self.kept: dict[str, RenderingRecord] = {}
        self.keeps = 0

    async def find(self, key: str) -> RenderingRecord | None:
        return self.kept.get(key)

    async def keep(self, record: RenderingRecord) -> None:
        self.kept[record.key] = record
        self.keeps += 1


class House:
    """A renderer with its fakes."""

    def __init__(self, folder: Path, limits: RenderLimits) -> None:
        self.blobs, self.records = InMemoryBlobs(folder), InMemoryRecords()
        self.renderer = Renderer(self.blobs, self.records, limits)


Open = Callable[[RenderLimits], House]
"""Opens a renderer that is closed after the test."""

NOTEBOOK = make.dump(make.notebook(make.markdown("# Words"), make.code("print(1)", make.stream("1\n"))))
SLOW = make.dump(make.notebook(make.markdown("\\begin{a}" * 60_000)))
"""Markdown for which nbconvert's parser needs minutes, inside one regular expression."""
HUNGRY = make.dump(make.notebook(make.code("1", make.html_output("<table>" + "<tr><td>x</td></tr>" * 400_000 + "</table>"))))


def limits(
    *, timeout: float = 30.0, memory: int = 2048 * MIB, workers: int = 2, queue: int = 200, wait: float = 30.0, kept: int = 0
) -> RenderLimits:
    """Return limits; nothing stays in memory, so that tests see what the store is asked for."""
    return RenderLimits(timeout, memory, workers, queue, wait, kept)


def rendered(
    data: bytes, format_: RenderFormat = RenderFormat.HTML, *, show_code: bool = True, profile: RenderProfile = RenderProfile.STATIC
) -> tuple[str, Notices]:
    """Render in this process, step by step as a child does."""
    notices = Notices()
    loaded = load(data, notices)
    changed = redact(loaded.notebook, notices, show_code=show_code, profile=profile)
    prepared = Prepared(loaded.notebook, show_code, None if changed else loaded.stored, notices, profile=profile)
    return b"".join(render_function(format_)(prepared)).decode(), notices


def without_mark(html: str) -> str:
    """Return HTML whose ids have no part that tells notebooks apart."""
    return re.sub(r"\bnb-[0-9a-f]{8}-", "nb-", html)
