"""Remembers which renderings failed, so that a notebook that cannot be shown costs one try and not one a request."""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic

from server.domain.errors import RenderFailure

MOST = 1024


@dataclass(frozen=True, slots=True)
class _Failure:
    kind: type[RenderFailure]
    message: str
    until: float


class Failures:
    """A memory with an end: the failures asked for longest ago go first."""

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        """Remember nothing yet; `clock` counts seconds."""
        self._clock = clock
        self._kept: OrderedDict[str, _Failure] = OrderedDict()

    def keep(self, key: str, error: RenderFailure) -> None:
        """Remember an error for as long as it lasts, or while there is room."""
        if error.lasts_seconds == 0:
            return
        until = float("inf") if error.lasts_seconds is None else self._clock() + error.lasts_seconds
        self._kept[key] = _Failure(type(error), error.message, until)
        self._kept.move_to_end(key)
        if len(self._kept) > MOST:
            self._kept.popitem(last=False)

    def raise_known(self, key: str) -> None:
        """Raise the error remembered under a key, as a new exception: kept ones would hold their frames."""
        known = self._kept.get(key)
        if known is None:
            return
        if known.until <= self._clock():
            del self._kept[key]
            return
        self._kept.move_to_end(key)
        raise known.kind(known.message)
