"""What every format gets: a notebook that is loaded, repaired and redacted."""

from dataclasses import dataclass, field
from typing import Any

from server.domain.rendering import RenderProfile
from server.render.cell_store import CellStore, NoCells
from server.render.notices import Notices


@dataclass(frozen=True, slots=True)
class Prepared:
    """A notebook to be shown; formats may change its dictionaries, nobody reads them afterwards.

    Cells that are hidden as a whole are None. `stored` are the bytes as kept, or None where the notebook
    differs from them; `cells` are those drawn earlier.
    """

    notebook: dict[str, Any]
    show_code: bool
    stored: bytes | None
    notices: Notices
    cells: CellStore | NoCells = field(default_factory=NoCells)
    profile: RenderProfile = RenderProfile.STATIC
