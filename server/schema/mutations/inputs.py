"""Inputs that several mutations share."""

import strawberry
from strawberry.types.unset import UnsetType

from server.domain.grid import Box
from server.domain.unchanged import UNCHANGED, Unchanged
from server.resolvers.editing import PinTarget


@strawberry.input(description="A rectangle on a page's grid of 36 columns; rows and columns start at 0.")
class TileBoxInput:
    """Checked against the grid by the deed."""

    left: int = strawberry.field(description="The first column.")
    top: int = strawberry.field(description="The first row.")
    width: int = strawberry.field(description="How many columns, 1 to 36.")
    height: int = strawberry.field(description="How many rows, 1 or more.")

    def box(self) -> Box:
        """Return it as the domain's box."""
        return Box(self.left, self.top, self.width, self.height)


@strawberry.input(description="Where a new tile goes.")
class PinTargetInput:
    """A dashboard, and what else one cares about."""

    dashboard_id: strawberry.ID = strawberry.field(description="The dashboard, of the same project.")
    page_id: strawberry.ID | None = strawberry.field(description="A page of it; absent: the first.", default=None)
    box: TileBoxInput | None = strawberry.field(
        description="Where on the page; tiles that it covers move down. Absent: the first free slot of 12 by 15.", default=None
    )
    show_code: bool = strawberry.field(description="Whether the tile shows the code.", default=False)

    def target(self) -> PinTarget:
        """Return it as the resolvers' target."""
        return PinTarget(self.dashboard_id, self.page_id, self.box.box() if self.box else None, self.show_code)


def unless_left_out(text: str | UnsetType | None) -> str | Unchanged | None:
    """Tell a text that was left out, which changes nothing, from null, which takes it away."""
    return UNCHANGED if isinstance(text, UnsetType) else text
