"""Where in a notebook something is drawn, and what is told about it."""

from collections.abc import Container
from dataclasses import dataclass

from server.domain.rendering import RenderNoticeCode, RenderProfile
from server.render.notices import Notices
from server.render.sanitize import ID_PREFIX


@dataclass(frozen=True, slots=True)
class Place:
    """A cell, by its index; `prefix` begins the ids that its own HTML may have, `models` are the widgets that can be drawn.

    `alt` describes pictures that nobody described, where there is no cell to name.
    """

    index: int
    notices: Notices
    prefix: str = ID_PREFIX
    profile: RenderProfile = RenderProfile.STATIC
    models: Container[str] = ()
    alt: str = ""

    @property
    def default_alt(self) -> str:
        """The alternative text of a picture that has none; people count cells from 1."""
        return self.alt or f"image output of cell {self.index + 1}"

    def note(self, code: RenderNoticeCode, message: str) -> None:
        """Leave a notice about this cell."""
        self.notices.add(code, message, self.index)

    def note_active(self) -> None:
        """Say that something active was removed."""
        self.note(RenderNoticeCode.ACTIVE_CONTENT_REMOVED, "Scripts, frames, forms or handlers were removed.")

    @property
    def why_not(self) -> str:
        """Why something that needs scripts does not show."""
        if self.profile is RenderProfile.STATIC:
            return "scripts do not run here, only in the profile INTERACTIVE"
        return "the notebook does not hold all that it needs"

    def note_mermaid(self) -> None:
        """Say that a diagram is shown by its text."""
        self.note(RenderNoticeCode.UNSUPPORTED_OUTPUT, "A Mermaid diagram needs scripts; its text is shown.")

    def note_tex(self) -> None:
        """Say that maths is shown as it was written."""
        self.note(RenderNoticeCode.UNSUPPORTED_OUTPUT, "Some maths could not be typeset; its TeX is shown.")
