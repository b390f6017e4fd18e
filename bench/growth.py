"""Measures how time and memory of a child grow with what it renders."""

# ruff: noqa: D103  a script that is read as a whole

import gc
import multiprocessing
import resource
import sys
import tempfile
import time
from hashlib import sha256
from multiprocessing.connection import Connection
from pathlib import Path

from bench.notebooks import MIB, heavy, mixed
from bench.tables import quiet, table
from server.domain.rendering import RenderFormat, RenderOptions
from server.render import worker

OPTIONS = RenderOptions(RenderFormat.HTML, show_code=True)


def timed_child(data: bytes, answer: Connection) -> None:
    """Render once in a process of its own; tell seconds of CPU and how far memory rose above what the process held when warm."""
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
        before = time.process_time()
        worker.render(str(source), digests[1], str(Path(folder) / "out"), OPTIONS, 600.0)
        taken = time.process_time() - before
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
    table(("notebook", "MB", "ms of CPU", "growth"), results)


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
