"""Several workers on one address: uvicorn's supervisor, which tells when all answer and how one ended, and hears a second signal."""

import signal
import socket
from collections.abc import Callable
from contextlib import suppress
from types import FrameType
from typing import Final

import structlog
from typing_extensions import override
from uvicorn.config import STARTUP_FAILURE, Config
from uvicorn.supervisors import Multiprocess

from server.cli.failures import CommandFailed

_SIGNALS: Final = (signal.SIGTERM, signal.SIGINT)

log = structlog.get_logger("server.workers")


class Workers(Multiprocess):
    """Starts workers, replaces those that die, and stops with them: at the first signal when they have finished, at the second at once."""

    def __init__(self, config: Config, sockets: list[socket.socket], ready: Callable[[], None]) -> None:
        """Take what is told once all workers can answer."""
        super().__init__(config, sockets)
        self._ready: Callable[[], None] | None = ready

    @override
    def run(self) -> None:
        """Serve until a signal comes; raises CommandFailed where a worker cannot start, as the next one could not either."""
        for number in _SIGNALS:
            signal.signal(number, self._hear)
        super().run()
        if any(process.exitcode == STARTUP_FAILURE for process in self.processes):
            msg = "A worker could not start, as it said, so none is tried again."
            raise CommandFailed(msg)

    @override
    def keep_subprocess_alive(self) -> None:
        """Replace workers that have ended, which the log tells, and those that do not answer; uvicorn does this twice a second."""
        before = [(process, process.exitcode is None) for process in self.processes]
        super().keep_subprocess_alive()
        for (old, was_there), new in zip(before, self.processes, strict=True):
            if old is not new:
                ended = _how(old.exitcode or 0, was_there=was_there)
                log.warning("a worker has ended and is replaced", pid=old.pid, ended=ended, replaced_by=new.pid)
        if (
            self._ready is not None
            and not self.should_exit.is_set()
            and all(process.is_ready(self.config.timeout_worker_healthcheck) for process in self.processes)
        ):
            self._ready()
            self._ready = None

    @override
    def terminate_all(self) -> None:
        """Stop all workers; nobody is to connect to an address that none of them listens on any more."""
        for listening in self.sockets:
            listening.close()
        super().terminate_all()

    def _hear(self, number: int, frame: FrameType | None) -> None:
        del frame
        if self.should_exit.is_set() or self.signal_queue:
            for process in self.processes:
                with suppress(ValueError, ProcessLookupError):  # one that has ended meanwhile
                    process.process.terminate()
        self.signal_queue.append(number)


def _how(code: int, *, was_there: bool) -> str:
    """Say how a process ended: uvicorn kills one that is there and does not answer, which looks as if somebody else had."""
    if code >= 0:
        return f"exit code {code}"
    name = f"signal {-code} ({signal.strsignal(-code)})"
    return f"{name}, perhaps as it did not answer" if was_there and -code == signal.SIGKILL else name
