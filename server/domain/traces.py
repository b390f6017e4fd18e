"""What is traced of work: operations, statements and renderings, each a span in whatever trace its caller has begun.

| a span | is called | says |
|---|---|---|
| operation | its kind and the name that metrics have for it | kind, outcome, and the code of its first error |
| statement | its first word | its text without values, and which database it is |
| rendering | `render` and the format | outcome, and whether this process or a worker does it |

No variable, no value of a statement, no token, no text of a notebook and no message of an error is ever told: a trace is read by others
than those whose data it is about. Statements outside of any other span, such as those of health checks, are not traced.
"""

from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from enum import Enum
from typing import Final, Protocol


class SpanKind(Enum):
    """Which part somebody has in what a span is about."""

    ASKED = "asked"
    ASKING = "asking"
    OWN = "own"


class Span(Protocol):
    """A piece of work that goes on."""

    def tell(self, name: str, said: Mapping[str, str], *, is_fault: bool) -> None:
        """Say what it was, once that is known."""
        ...


class Traces(Protocol):
    """Takes what is traced; never fails and never waits, but for `close`."""

    @property
    def is_on(self) -> bool:
        """Whether anybody asks."""
        ...

    def span(self, name: str, kind: SpanKind) -> AbstractContextManager[Span]:
        """Trace the block, in the trace of what it is part of."""
        ...

    def add(self, name: str, kind: SpanKind, said: Mapping[str, str], *, began_ns: int, is_fault: bool) -> None:
        """Trace a part of what goes on that has just ended; nothing where nothing goes on."""
        ...

    def joined(self, carried: str | None) -> AbstractContextManager[None]:
        """Do in the block a part of what goes on in another process; None, or what is no `traceparent`, changes nothing."""
        ...

    def asked_by(self, carried: str | None) -> AbstractContextManager[None]:
        """Let spans of the block lie in the trace of whoever asks for it, where nothing goes on before one of them begins."""
        ...

    def carried(self) -> str | None:
        """Return the `traceparent` by which another process joins; None where nothing is traced."""
        ...

    async def close(self) -> None:
        """Send what is left, within a few seconds."""
        ...


class Untold:
    """A span that forgets."""

    def tell(self, name: str, said: Mapping[str, str], *, is_fault: bool) -> None:
        """Forget it."""


class Untraced:
    """Traces that forget: nobody asks for them."""

    _SPAN: Final[AbstractContextManager[Span]] = nullcontext(Untold())
    _NOTHING: Final = nullcontext()

    @property
    def is_on(self) -> bool:
        """Say that nobody does."""
        return False

    def span(self, name: str, kind: SpanKind) -> AbstractContextManager[Span]:
        """Run the block."""
        del name, kind
        return self._SPAN

    def add(self, name: str, kind: SpanKind, said: Mapping[str, str], *, began_ns: int, is_fault: bool) -> None:
        """Forget it."""

    def joined(self, carried: str | None) -> AbstractContextManager[None]:
        """Run the block."""
        del carried
        return self._NOTHING

    def asked_by(self, carried: str | None) -> AbstractContextManager[None]:
        """Run the block."""
        return self.joined(carried)

    def carried(self) -> str | None:
        """Have none."""
        return None

    async def close(self) -> None:
        """Have nothing to send."""


UNTRACED: Final[Traces] = Untraced()
