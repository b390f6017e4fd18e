"""How benches take the time and print what they found."""

# ruff: noqa: D103  a script that is read as a whole

import gc
import logging
import time
import warnings
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path


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


def quiet() -> None:
    warnings.simplefilter("ignore")
    logging.disable(logging.CRITICAL)


def go_first(process: int | str = "self") -> None:
    """Have Linux serve the session of a process before all other work, so that a busy machine measures like a quiet one; takes root."""
    Path(f"/proc/{process}/autogroup").write_text("-15")
