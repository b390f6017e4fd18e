"""Measures the renderer beside stock nbconvert, in one run and in turns, so that a busy machine slows both alike.

    python -m bench.render [FOLDER] [--rounds N] [--only first,next,growth,memory,weight] [--worst N]

FOLDER holds notebooks, at any depth; the tables it prints are Markdown, and what they mean is in docs/explanation/rendering.md.
"""

# ruff: noqa: D102, D103, D107  a script that is read as a whole

import argparse
import asyncio
import gc
import json
import logging
import multiprocessing
import resource
import sqlite3
import statistics
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from functools import partial
from hashlib import sha256
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import nbformat
from nbconvert.exporters import HTMLExporter

from server.domain.rendering import RenderFormat, RenderingRecord, RenderOptions, RenderTheme
from server.render import worker
from server.render.cell_store import open_cells
from server.render.outcomes import Done
from server.render.page import Page, document
from server.render.renderer import Renderer, RenderLimits
from server.stores.folder import FolderStore

CORPUS = Path(__file__).parents[1].parent / "shared" / "corpus"
OPTIONS = RenderOptions(RenderFormat.HTML, show_code=True)
PAGE = Page("", RenderTheme.LIGHT, "/static")
MIB = 1024 * 1024
MANY = 50
PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="


class Records:
    """Records of renderings, in memory."""

    def __init__(self) -> None:
        self.kept: dict[str, RenderingRecord] = {}

    async def find(self, key: str) -> RenderingRecord | None:
        return self.kept.get(key)

    async def keep(self, record: RenderingRecord) -> None:
        self.kept[record.key] = record


@dataclass(frozen=True)
class Pair:
    """One notebook rendered both ways; seconds."""

    name: str
    cells: int
    stock: float
    ours: float

    @property
    def ratio(self) -> float:
        return self.stock / self.ours


def seconds(deed: Callable[[], object]) -> float:
    gc.collect()
    start = time.perf_counter()
    deed()
    return time.perf_counter() - start


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    print(f"| {' | '.join(head)} |\n|{'---|' * len(head)}")
    for row in rows:
        print(f"| {' | '.join(str(cell) for cell in row)} |")
    print(flush=True)


class Stock:
    """Stock nbconvert, in this process, used before."""

    def __init__(self) -> None:
        self.exporter = HTMLExporter(template_name="lab")

    def render(self, data: bytes) -> str:
        html, _ = self.exporter.from_notebook_node(nbformat.reads(data.decode(), as_version=4))
        return str(html)


class Ours:
    """A child's work, in this process: from file to file, and the document around it."""

    def __init__(self, folder: str) -> None:
        self.target, self.count = Path(folder) / "out", 0

    def forget(self) -> None:
        """Let go of all cells drawn so far; the store itself stays, as a child finds it."""
        with open_cells(self.target.parent):
            pass
        with closing(sqlite3.connect(self.target.parent / "cells.sqlite")) as connection, connection:
            connection.execute("DELETE FROM cells")

    def render(self, source: Path, digest: str) -> bytes:
        self.count += 1
        target = self.target.with_suffix(
            "." + str(self.count)
        )  # a new file each time, as in a server: to overwrite one costs a millisecond
        outcome = worker.render(str(source), digest, str(target), OPTIONS, 600.0)
        assert isinstance(outcome, Done), outcome
        return document(PAGE, target.read_bytes(), outcome.notices)


def compare_first(paths: list[Path], rounds: int, refused: list[str], failed: list[str]) -> Iterator[Pair]:
    stock = Stock()
    with tempfile.TemporaryDirectory() as folder:
        ours = Ours(folder)
        for path in paths:
            data = path.read_bytes()
            digest = sha256(data).hexdigest()
            try:
                ours.render(path, digest)
            except AssertionError as error:
                failed.append(f"{path.name}: {error}")
                continue
            try:
                stock.render(data)
            except Exception as error:  # noqa: BLE001  whatever stock raises
                refused.append(f"{path.name}: {type(error).__name__}")
                continue
            times = []
            for _ in range(rounds):
                ours.forget()
                times.append((seconds(partial(stock.render, data)), seconds(partial(ours.render, path, digest))))
            median = [statistics.median(column) for column in zip(*times, strict=True)]
            yield Pair(path.name, len(nbformat.reads(data.decode(), as_version=4).cells), *median)


def measure_first(paths: list[Path], rounds: int, worst: int) -> None:
    """G1: the first render of each notebook, warm, beside stock."""
    refused, failed = list[str](), list[str]()
    pairs = list(compare_first(paths, rounds, refused, failed))
    ratios = sorted(pair.ratio for pair in pairs)
    print(f"## First render, nothing kept ({len(pairs)} notebooks, {rounds} rounds, stock and ours in turns)\n")
    print(f"Stock refuses {len(refused)}: {'; '.join(refused) or '-'}. We refuse {len(failed)}: {'; '.join(failed) or '-'}.\n")
    table(
        ("", "median", "worst", "10th percentile", "best", "total stock s", "total ours s"),
        [
            (
                "stock ÷ ours",
                f"{statistics.median(ratios):.1f}",
                f"{ratios[0]:.1f}",
                f"{ratios[len(ratios) // 10]:.1f}",
                f"{ratios[-1]:.1f}",
                f"{sum(pair.stock for pair in pairs):.1f}",
                f"{sum(pair.ours for pair in pairs):.1f}",
            )
        ],
    )
    rows = sorted(pairs, key=lambda pair: pair.ratio)[:worst]
    table(
        ("worst notebooks", "cells", "stock ms", "ours ms", "ratio"),
        [(p.name, p.cells, f"{p.stock * 1e3:.0f}", f"{p.ours * 1e3:.1f}", f"{p.ratio:.1f}") for p in rows],
    )


def changed(data: bytes, number: int) -> bytes:
    """Return the notebook with one cell in the middle changed, as its next export would be."""
    notebook: dict[str, Any] = json.loads(data)
    cells = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"] or notebook["cells"]
    cell = cells[len(cells) // 2]
    source = cell["source"] if isinstance(cell["source"], str) else "".join(cell["source"])
    cell["source"] = f"{source}\n# change {number}"
    return json.dumps(notebook).encode()


async def measure_next(paths: list[Path], rounds: int, worst: int) -> None:
    """G2: the next export of a notebook, with one cell of at least fifty changed: queue, child, store, document and all."""
    stock, pairs = Stock(), []
    with tempfile.TemporaryDirectory() as folder:
        store = FolderStore(Path(folder) / "blobs")
        renderer = Renderer(store, Records(), RenderLimits(600.0, 4096 * MIB, 2, 100, 600.0))

        async def next_render(digest: str) -> float:
            gc.collect()
            start = time.perf_counter()
            rendered = await renderer.render(digest, OPTIONS)
            document(PAGE, rendered.content, rendered.notices)
            return time.perf_counter() - start

        for path in paths:
            data = path.read_bytes()
            try:
                notebook = json.loads(data)
                if len(notebook.get("cells", ())) < MANY:
                    continue
                stock.render(data)
            except Exception:  # noqa: BLE001, S112  not one that stock renders
                continue
            await next_render(await store.put(data))
            times = []
            for number in range(rounds):
                export = changed(data, number)
                digest = await store.put(export)
                times.append((seconds(partial(stock.render, export)), await next_render(digest)))
            median = [statistics.median(column) for column in zip(*times, strict=True)]
            pairs.append(Pair(path.name, len(notebook["cells"]), *median))
        await renderer.close()
    ratios = sorted(pair.ratio for pair in pairs)
    print(f"## Next export, one cell of {MANY} or more changed, end to end ({len(pairs)} notebooks, {rounds} rounds)\n")
    table(("", "median", "worst", "best"), [("stock ÷ ours", f"{statistics.median(ratios):.0f}", f"{ratios[0]:.0f}", f"{ratios[-1]:.0f}")])
    table(
        ("worst notebooks", "cells", "stock ms", "ours ms", "ratio"),
        [
            (p.name, p.cells, f"{p.stock * 1e3:.0f}", f"{p.ours * 1e3:.1f}", f"{p.ratio:.0f}")
            for p in sorted(pairs, key=lambda pair: pair.ratio)[:worst]
        ],
    )


def notebook_of(cells: list[dict[str, Any]]) -> bytes:
    for index, cell in enumerate(cells):
        cell["id"] = f"id-{index}"
    metadata = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}, "language_info": {"name": "python"}}
    return json.dumps({"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}).encode()


def code(source: str, *outputs: dict[str, Any]) -> dict[str, Any]:
    return {"cell_type": "code", "metadata": {}, "execution_count": 1, "source": source, "outputs": list(outputs)}


def shown(mime_type: str, data: str) -> dict[str, Any]:
    return {"output_type": "display_data", "metadata": {}, "data": {mime_type: data}}


def mixed(count: int) -> bytes:
    """Return a notebook of so many cells: prose with maths, code, text, small tables."""
    kinds = (
        lambda n: {"cell_type": "markdown", "metadata": {}, "source": f"## Part {n}\n\nWords with *stress* and $x_{{{n}}}^2$.\n\n- a\n- b"},
        lambda n: code(
            f"import math\n\n\ndef f_{n}(x: int) -> float:\n    '''Say.'''\n    return math.sqrt(x) + {n}\n\n\nprint(f_{n}(3))",
            {"output_type": "stream", "name": "stdout", "text": f"{n}.7320508\n" * 5},
        ),
        lambda n: code(f"frame_{n}.head()", shown("text/html", f"<table>{rows(5, n)}</table>")),
    )
    return notebook_of([kinds[n % 3](n) for n in range(count)])


def rows(count: int, start: int = 0) -> str:
    return "\n".join(
        f"    <tr>\n      <th>{n}</th>\n      <td>{n * 1.37:.6f}</td>\n      <td>name {n}</td>\n    </tr>"
        for n in range(start, start + count)
    )


def heavy(kind: str, size: int) -> bytes:
    """Return a notebook of about so many bytes, all in outputs of one kind, in pieces of at most 5 MB."""
    pieces = max(1, size // (5 * MIB))
    each = size // pieces
    match kind:
        case "image":
            output = shown("image/png", PNG * (each // len(PNG)))
        case "html table":
            row = rows(1)
            output = shown("text/html", f'<table class="dataframe">\n<tbody>\n{rows(each // len(row))}\n</tbody>\n</table>')
        case "html prose":
            output = shown("text/html", "<p>Words <b>in</b> a row, and again <i>words</i>, for a whole line of them.</p>\n" * (each // 84))
        case _:
            output = {
                "output_type": "stream",
                "name": "stdout",
                "text": "a line of what a program prints, \x1b[31mred\x1b[0m\n" * (each // 46),
            }
    return notebook_of([code(f"x = {n}", output) for n in range(pieces)])


def timed_child(data: bytes, answer: Connection) -> None:
    """Render once in a process of its own; tell seconds and how far memory rose above what the process held when warm."""
    quiet()
    worker.give_memory_back()
    with tempfile.TemporaryDirectory() as folder:
        small, source = Path(folder) / "small.ipynb", Path(folder) / "a.ipynb"
        small.write_bytes(mixed(9))
        source.write_bytes(data)
        digests = [sha256(path.read_bytes()).hexdigest() for path in (small, source)]
        del data
        gc.collect()
        worker.render(str(small), digests[0], str(Path(folder) / "out"), OPTIONS, 600.0)
        base = peak()
        taken = seconds(lambda: worker.render(str(source), digests[1], str(Path(folder) / "out"), OPTIONS, 600.0))
        answer.send((taken, peak() - base, (Path(folder) / "out").stat().st_size))


def peak() -> int:
    """Return the most memory that this process ever held; starting anew where the system lets it."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    high = int(status.split("VmHWM:")[1].split()[0]) * 1024
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
    return high if sys.platform == "linux" else resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def in_child(data: bytes) -> tuple[float, int, int]:
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    child = context.Process(target=timed_child, args=(data, there))
    child.start()
    answer: tuple[float, int, int] = here.recv()
    child.join()
    return answer


def measure_growth() -> None:
    print("## Growth\n")
    results = []
    for count in (10, 100, 1000, 5000):
        data = mixed(count)
        taken, _, _ = in_child(data)
        results.append((f"{count:,} mixed cells", f"{len(data) / 1e6:.2f}", f"{taken * 1e3:.0f}", f"{taken / count * 1e3:.2f} ms a cell"))
    for kind in ("image", "html table", "html prose", "text"):
        for size in (1, 10, 50):
            data = heavy(kind, size * MIB)
            taken, _, _ = in_child(data)
            results.append((f"{kind}, {size} MB", f"{len(data) / 1e6:.1f}", f"{taken * 1e3:.0f}", f"{taken / size * 1e3:.0f} ms a MB"))
    table(("notebook", "MB", "ms", "growth"), results)


def measure_memory() -> None:
    print("## Memory of a child above its warm base\n")
    results = []
    for kind in ("image", "html table", "html prose", "text"):
        for size in (5, 20):
            data = heavy(kind, size * MIB)
            _, more, out = in_child(data)
            results.append(
                (f"{kind}, {size} MB", f"{len(data) / 1e6:.1f}", f"{more / 1e6:.0f}", f"{more / len(data):.1f} x", f"{out / 1e6:.1f}")
            )
    table(("notebook", "input MB", "peak above base MB", "÷ input", "output MB"), results)


def measure_weight(paths: list[Path]) -> None:
    more = []
    for path in paths:
        with tempfile.TemporaryDirectory() as folder:
            target = Path(folder) / "out"
            outcome = worker.render(str(path), sha256(path.read_bytes()).hexdigest(), str(target), OPTIONS, 600.0)
            if isinstance(outcome, Done):
                page = document(replace(PAGE, title="T" * 80), target.read_bytes(), outcome.notices)
                more.append(len(page) - target.stat().st_size)
    print("## Weight: bytes of a document over those of its cells\n")
    table(("median", "most"), [(statistics.median(more), max(more))])


def quiet() -> None:
    warnings.simplefilter("ignore")
    logging.disable(logging.CRITICAL)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", nargs="?", type=Path, default=CORPUS)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--worst", type=int, default=8, help="how many of the worst notebooks to list")
    parser.add_argument("--only", default="first,next,growth,memory,weight")
    wanted = parser.parse_args()
    quiet()
    paths = sorted(wanted.folder.rglob("*.ipynb"))
    only = set(wanted.only.split(","))
    if "first" in only:
        measure_first(paths, wanted.rounds, wanted.worst)
    if "next" in only:
        asyncio.run(measure_next(paths, wanted.rounds, wanted.worst))
    if "growth" in only:
        measure_growth()
    if "memory" in only:
        measure_memory()
    if "weight" in only:
        measure_weight(paths)


if __name__ == "__main__":
    main()
