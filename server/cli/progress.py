"""How far a long command is: bars on a terminal, nothing between its lines elsewhere; always on stderr."""

import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from server.backup.taking import Step


@contextmanager
def progress() -> Generator[Step]:
    """Show steps until the block ends."""
    columns = (TextColumn("{task.description:>10}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(file=sys.stderr), disable=not sys.stderr.isatty()) as shown:

        def step(what: str, total: int) -> Callable[[int], None]:
            task = shown.add_task(what, total=total)
            return lambda done: shown.advance(task, done)

        yield step
