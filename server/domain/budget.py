"""What one operation may still use: the part of its limits that can only be counted while it runs."""

from dataclasses import dataclass, field
from typing import Final

from server.domain.errors import QueryTooComplex

_MOST_KEPT_BACK: Final = 1024 * 1024
_KEPT_BACK: Final = 16


@dataclass(slots=True)
class Budget:
    """Counts down; `exceeded` says why the operation has to end."""

    rows: int
    renders: int
    response_bytes: int
    exceeded: QueryTooComplex | None = None
    _rows_taken: int = field(default=0, init=False)
    _renders_taken: int = field(default=0, init=False)
    _bytes_taken: int = field(default=0, init=False)

    def take_rows(self, count: int) -> None:
        """Take entries of a list; raises QueryTooComplex, which ends the operation."""
        self._rows_taken += count
        if self._rows_taken > self.rows:
            self.exceeded = self.exceeded or QueryTooComplex(
                f"The lists of this operation have more than {self.rows:,} entries together: ask for fewer at a time."
            )
            raise self.exceeded

    def take_render(self) -> None:
        """Take a rendering that has to be made; raises QueryTooComplex."""
        if self._renders_taken >= self.renders:
            msg = f"{self.renders:,} renderings were made for this operation, which is the most: ask for this one again, or take its `url`."
            raise QueryTooComplex(msg)
        self._renders_taken += 1

    def take_bytes(self, size: int) -> None:
        """Take room in the answer for one large value; raises QueryTooComplex and takes nothing where there is none.

        A sixteenth of the answer, 1 MiB at most, is kept for what is around the large values.
        """
        room = self.response_bytes - min(self.response_bytes // _KEPT_BACK, _MOST_KEPT_BACK)
        if self._bytes_taken + size > room:
            msg = (
                f"With this one, the answer would have more than {self.response_bytes:,} bytes: ask for fewer at a time. "
                "The `url` of a rendering has no such limit."
            )
            raise QueryTooComplex(msg)
        self._bytes_taken += size
