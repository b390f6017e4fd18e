"""HTML: the cells as JupyterLab's template of nbconvert draws them, without a document around them."""

from collections.abc import Iterator

from server.render.cells import shown_cells
from server.render.prepared import Prepared
from server.render.widgets import state_script


def render(prepared: Prepared) -> Iterator[bytes]:
    """Yield the cells in order; for INTERACTIVE, the state of their widgets at the end."""
    state = state_script(prepared)
    separator = b""
    for cell in shown_cells(prepared):
        if cell.html:
            yield separator + cell.html
            separator = b"\n"
    if state:
        yield separator + state
