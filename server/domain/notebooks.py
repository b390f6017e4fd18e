"""Notebooks and their exports, as plain values."""

from dataclasses import dataclass
from enum import Enum


class ExportTrigger(Enum):
    """Which deed made an export."""

    PUBLISH = "PUBLISH"
    MANUAL = "MANUAL"


@dataclass(frozen=True, slots=True)
class Kernel:
    """Which kernel a notebook was written for; `name` is empty where the notebook does not say.

    `file_extension` is what the notebook says: `source_suffix` tells whether it is believed.
    """

    name: str
    display_name: str | None
    language: str | None
    file_extension: str | None = None


@dataclass(frozen=True, slots=True)
class NotebookSummary:
    """What is kept about notebook bytes in the database, so that nothing needs to parse them again."""

    kernel: Kernel
    cell_count: int
    has_outputs: bool
    has_active_content: bool


@dataclass(frozen=True, slots=True)
class StoredNotebook:
    """Notebook bytes that lie in the blob store already, and what they hold."""

    digest: str
    byte_size: int
    summary: NotebookSummary


def revision_of(digest: str) -> str:
    """Return the revision of a document: it changes when the document's bytes change."""
    return digest[:16]
