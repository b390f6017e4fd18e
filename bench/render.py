"""Measures the renderer beside stock nbconvert, in one run and in turns, so that a busy machine slows both alike.

    python -m bench.render FOLDER [--rounds N] [--only first,next,growth,memory,weight,reads,first-bytes,hostile] [--worst N]

FOLDER holds notebooks, at any depth; the tables it prints are Markdown, and what they mean is in docs/explanation/rendering.md.
"""

# ruff: noqa: D102, D103, D107  a script that is read as a whole

import argparse
import asyncio
import gc
import json
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from functools import partial
from hashlib import sha256
from pathlib import Path

import nbformat
from nbconvert.exporters import HTMLExporter

from bench.growth import measure_growth, measure_memory
from bench.notebooks import MIB, changed
from bench.serving import measure_first_bytes, measure_hostile, measure_reads, measure_reads_beside_commits
from bench.tables import quiet, seconds, table
from server.domain.rendering import RenderFormat, RenderingRecord, RenderOptions, RenderTheme
from server.render import worker
from server.render.cell_store import open_cells
from server.render.outcomes import Done
from server.render.page import Page, document
from server.render.renderer import Renderer, RenderLimits
from server.stores.folder import FolderStore

OPTIONS = RenderOptions(RenderFormat.HTML, show_code=True)
PAGE = Page("", RenderTheme.LIGHT, "/static")
MANY = 50


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
                spent = seconds(partial(stock.render, export))
                times.append((spent, await next_render(digest)))
                await asyncio.sleep(0.05)  # it is kept after it was handed out
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


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--worst", type=int, default=8, help="how many of the worst notebooks to list")
    parser.add_argument("--only", default="first,next,growth,memory,weight,reads,first-bytes,hostile")
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
    if "reads" in only:
        measure_reads(wanted.rounds)
        measure_reads_beside_commits(reads=500)
    if "first-bytes" in only:
        measure_first_bytes()
    if "hostile" in only:
        measure_hostile()


if __name__ == "__main__":
    main()
