"""How benches take the time and print what they found."""

# ruff: noqa: D103  a script that is read as a whole

import gc
import logging
import time
import warnings
from collections.abc import Callable, Iterable, Sequence


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
