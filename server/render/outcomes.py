"""What a child process hands back, as plain values: exceptions of libraries do not cross the border."""

from dataclasses import dataclass
from enum import Enum

from server.domain.rendering import RenderNotice


@dataclass(frozen=True, slots=True)
class Done:
    """The rendering was written to the file that the child was told."""

    notices: tuple[RenderNotice, ...]


@dataclass(frozen=True, slots=True)
class Invalid:
    """The bytes are no notebook."""

    reason: str
    cell_index: int | None


class Trouble(Enum):
    """Why there is no rendering, in words for whoever asked for it."""

    DAMAGED = "Its stored bytes are damaged: ask an administrator to restore the store from its backup."
    MISSING = "Its stored bytes are missing: ask an administrator to restore the store from its backup."
    DISK = "The server could not read or write a file for it: ask an administrator to look at its disk."
    ELSEWHERE = "It was rendered into another database or store: ask an administrator to give servers and workers the same."
    VERSIONS = "The worker that took it lacks a plug-in: ask an administrator to give servers and workers the same."
    MEMORY = "Rendering it takes more memory than an operator allows: make its outputs smaller."
    CRASH = "The process that rendered it ended unexpectedly, most likely for want of memory: make its outputs smaller."
    FAULT = "It holds something that the renderer cannot turn into this format. Other formats may work; please report the notebook."


TRANSIENT = frozenset({Trouble.DAMAGED, Trouble.MISSING, Trouble.DISK, Trouble.ELSEWHERE, Trouble.VERSIONS})
"""Troubles that lie in the store or the machine, and are gone when it is mended."""
