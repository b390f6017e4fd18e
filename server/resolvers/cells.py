"""The cells of an export, page by page; nothing but the page is drawn."""

from dataclasses import dataclass

from server.auth.rules import Action
from server.context import Context
from server.db.models import ExportRow
from server.domain.errors import BadInput
from server.domain.pages import Page, PageRequest
from server.render.cell_page import Cell
from server.resolvers.json_size import json_size
from server.resolvers.subjects import subject_of

_MOST_DIGITS = 9


@dataclass(frozen=True, slots=True)
class CellListing:
    """A page of cells; their number came with it."""

    page: Page[Cell]
    total: int

    async def count(self, _: Context) -> int:
        """Return how many cells show, on all pages."""
        return self.total


async def list_cells(context: Context, export: ExportRow, request: PageRequest, *, show_code: bool) -> CellListing:
    """List an export's cells in order, without those hidden by their author.

    Raises Forbidden where code may not be shown, and a RenderFault.
    """
    if show_code:
        context.authorize(Action.SHOW_CODE, await subject_of(context, export))
    context.budget.take_render()
    after = -1 if request.after is None else _index_in(request.after)
    found = await context.parts.renderer.cells(
        export.digest, show_code=show_code, first=request.first, after_index=after, scope=export.project_id
    )
    context.counted(found.cells)
    context.budget.take_bytes(sum(json_size(cell.html) + json_size(cell.source) for cell in found.cells))
    keys = tuple(str(cell.index) for cell in found.cells)
    return CellListing(Page(found.cells, keys, has_next=found.has_more, has_previous=request.after is not None), found.total)


def _index_in(key: str) -> int:
    if not (key.isascii() and key.isdigit() and len(key) <= _MOST_DIGITS):
        msg = "`after` is not a cursor of this list: send an `endCursor` back unchanged."
        raise BadInput(msg)
    return int(key)
