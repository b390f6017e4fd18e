"""Several workers on one address: uvicorn's supervisor, which hears a second signal too."""

import signal
from contextlib import suppress
from types import FrameType
from typing import Final

from typing_extensions import override
from uvicorn.supervisors import Multiprocess

_SIGNALS: Final = (signal.SIGTERM, signal.SIGINT)


class Workers(Multiprocess):
    """Starts workers, replaces those that die, and stops with them: at the first signal when they have finished, at the second at once."""

    @override
    def run(self) -> None:
        """Serve until a signal comes."""
        for number in _SIGNALS:
            signal.signal(number, self._hear)
        super().run()

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
