"""A format whose pieces come when a test lets them: each cell's source is a word, and perhaps the path of a file to wait for."""

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

from server.domain.rendering import RenderFormat, RenderOptions
from server.render.prepared import Prepared
from tests.fixtures import make

TRICKLE = RenderOptions(RenderFormat("TRICKLE", "text/plain", "txt", f"{__name__}:render", "Pieces."), show_code=True)


def trickling(*cells: str | tuple[str, Path]) -> bytes:
    """Return a notebook of words, each with the gate that it waits for."""
    return make.dump(make.notebook(*[make.raw(cell if isinstance(cell, str) else f"{cell[0]} {cell[1]}") for cell in cells]))


def render(prepared: Prepared) -> Iterator[bytes]:
    """Yield the words; `fail` and `die` do so."""
    for cell in prepared.notebook["cells"]:
        word, _, gate = cell["source"].partition(" ")
        while gate and not Path(gate).exists():
            time.sleep(0.01)
        match word:
            case "fail":
                raise ValueError
            case "die":
                os.kill(os.getpid(), signal.SIGKILL)
            case _:
                yield word.encode()
