"""HTML: the cells as JupyterLab's template of nbconvert draws them, sanitised, without a document around them."""

from server.render.cells import shown_cells
from server.render.prepared import Prepared


def render(prepared: Prepared) -> bytes:
    """Return the cells, one after the other."""
    return b"\n".join([cell.html for cell in shown_cells(prepared) if cell.html])
