"""What runs in a child process. It is lent a notebook by path and writes the rendering to a path; only small values travel.

A child that hangs is killed three times over: by the pool's clock, by the signal of its own alarm, which needs no Python to run
(a server that was itself killed can kill nobody), and, should it grow, by the limit on its memory.
"""

import ctypes
import logging
import os
import resource
import signal
import sys
import warnings
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from hashlib import sha256
from pathlib import Path
from traceback import extract_tb
from typing import TypeVar

import orjson

from server.domain.notebooks import NotebookSummary
from server.domain.rendering import RenderFormat, RenderOptions
from server.render.cell_store import CellStore, NoCells, limit_cells, open_cells
from server.render.cells import cell_page
from server.render.formats import render_function
from server.render.formats.html import render as render_html
from server.render.load import Loaded, Unreadable, load
from server.render.markup import markdown_to_html
from server.render.nodes import Node
from server.render.notices import Notices
from server.render.outcomes import Done, Invalid, Trouble
from server.render.place import Place
from server.render.prepared import Prepared
from server.render.redact import redact
from server.render.sanitize import ID_PREFIX
from server.render.slots import Slots
from server.render.summary import summarize

_NICENESS = 5
"""The server goes first: it answers others while children are busy."""

GRACE_SECONDS = 0.5
"""How long after the pool's clock a child ends itself."""

_MMAP_THRESHOLD = -3
"""The number of that option in glibc's malloc.h."""

_COMMON_LANGUAGES = ("python", "r", "julia", "scala", "csharp", "bash", "sql")

_Result = TypeVar("_Result")

_log = logging.getLogger(__name__)


def warm() -> None:
    """Render a little, so that template, parsers and the commonest lexers are made once, before children are forked."""
    sources = {"markdown": "# $x$\n\n```python\nx\n```", "code": "x = 1"}
    for language in _COMMON_LANGUAGES:
        cells: list[Node] = [
            {"cell_type": kind, "id": kind, "metadata": {}, "source": source, "outputs": [], "execution_count": 1}
            for kind, source in sources.items()
        ]
        notebook: Node = {"cells": cells, "metadata": {"language_info": {"name": language}}}
        b"".join(render_html(Prepared(notebook, show_code=True, stored=None, notices=Notices())))


def start(memory_bytes: int, cells_bytes: int) -> None:
    """Limit the process; to be called once, when its imports are done: the limit is counted from what it holds then."""
    os.nice(_NICENESS)
    limit_cells(cells_bytes)
    give_memory_back()
    signal.signal(signal.SIGTERM, signal.SIG_DFL)  # pebble's own handler would wait for Python code to run
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    warnings.simplefilter("ignore")  # nbconvert's, about notebooks; ours are notices
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    limit = _address_space() + memory_bytes
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))


def give_memory_back() -> None:
    """Have large pieces of memory returned when they are freed: glibc keeps them otherwise, a fifth of a large rendering's peak."""
    with suppress(AttributeError, OSError):  # another C library
        ctypes.CDLL(None).mallopt(_MMAP_THRESHOLD, 1024 * 1024)


def render(source: str, digest: str, target: str, options: RenderOptions, timeout_seconds: float) -> Done | Invalid | Trouble:
    """Render the notebook file `source`, whose sha256 is `digest`, into the file `target`; drawn cells are kept beside it."""

    def job() -> Done | Trouble:
        notices = Notices()
        loaded = _load(source, digest, notices)
        if loaded is None:
            return Trouble.DAMAGED
        if options.format != RenderFormat.IPYNB:
            loaded = Loaded(loaded.notebook, None)  # nobody else needs the stored bytes, which may be 100 MB
        with open_cells(Path(target).parent, options.scope) as cells, open(target, "wb", opener=_open_as_it_is) as file:
            for piece in render_function(options.format)(_prepared(loaded, options, notices, cells)):
                file.write(piece)
                file.flush()  # others read along
        return Done(notices.all())

    return _guarded(job, timeout_seconds)


def page(
    source: str, digest: str, target: str, options: RenderOptions, first: int, after: int, timeout_seconds: float
) -> Done | Invalid | Trouble:
    """Draw the `first` cells whose index is greater than `after`, and write them into the file `target` as the JSON of a CellPage."""

    def job() -> Done | Trouble:
        notices = Notices()
        loaded = _load(source, digest, notices)
        if loaded is None:
            return Trouble.DAMAGED
        with open_cells(Path(target).parent, options.scope) as cells:
            Path(target).write_bytes(orjson.dumps(cell_page(_prepared(loaded, options, notices, cells), first=first, after=after)))
        return Done(notices.all())

    return _guarded(job, timeout_seconds)


def inspect(source: str, timeout_seconds: float) -> NotebookSummary | Invalid | Trouble:
    """Summarize the notebook file `source`."""
    return _guarded(lambda: summarize(load(Path(source).read_bytes(), Notices()).notebook), timeout_seconds)


def text(markdown: str, timeout_seconds: float) -> str | Invalid | Trouble:
    """Draw a dashboard's text as a Markdown cell is drawn; its ids are told from those of others by its hash."""

    def job() -> str:
        mark = sha256(markdown.encode()).hexdigest()[:40]
        return markdown_to_html(markdown, {}, Place(0, Notices(), prefix=f"{ID_PREFIX}{mark[:8]}-", alt="drawing"), Slots(mark))

    return _guarded(job, timeout_seconds)


def _guarded(job: Callable[[], _Result], timeout_seconds: float) -> _Result | Invalid | Trouble:
    """Do a job in limited time; return its result, or what went wrong."""
    with _alarm(timeout_seconds):
        try:
            return job()
        except Unreadable as error:
            return Invalid(error.reason, error.cell_index)
        except MemoryError:
            return Trouble.MEMORY
        except FileNotFoundError:
            return Trouble.MISSING
        except OSError as error:
            _log.error("a file could not be read or written: %s", error.strerror)
            return Trouble.DISK
        except BaseException as error:  # noqa: BLE001  nh3's panics are no Exception
            last = extract_tb(error.__traceback__)[-1]
            # The message of the error may hold notebook text, which no log may.
            _log.error("rendering failed: %s at %s:%d", type(error).__name__, Path(last.filename).name, last.lineno)
            return Trouble.FAULT


def _open_as_it_is(path: str, flags: int) -> int:
    """Open a file to write without emptying it: of a rendering that went back, others may be reading what is the same again."""
    return os.open(path, flags & ~os.O_TRUNC, 0o600)


def _load(source: str, digest: str, notices: Notices) -> Loaded | None:
    """Read a notebook file; None where its bytes are damaged."""
    data = Path(source).read_bytes()
    return load(data, notices) if sha256(data).hexdigest() == digest else None


def _prepared(loaded: Loaded, options: RenderOptions, notices: Notices, cells: CellStore | NoCells) -> Prepared:
    changed = redact(loaded.notebook, notices, show_code=options.show_code, profile=options.profile)
    return Prepared(loaded.notebook, options.show_code, None if changed else loaded.stored, notices, cells, options.profile)


@contextmanager
def _alarm(timeout_seconds: float) -> Generator[None]:
    """End this process by signal when the time is up, whatever it is busy with."""
    signal.setitimer(signal.ITIMER_REAL, timeout_seconds + GRACE_SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def _address_space() -> int:
    """Return the bytes of address space in use; 0 where the system does not say (its limit is not enforced there either)."""
    if sys.platform != "linux":
        return 0
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    return pages * resource.getpagesize()
