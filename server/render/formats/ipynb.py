"""Jupyter's own format: the notebook as stored, or as JSON where something is hidden or was repaired."""

import json
from collections.abc import Iterator

from server.render.prepared import Prepared


def render(prepared: Prepared) -> Iterator[bytes]:
    """Yield a notebook file of format 4.5, or the stored bytes where nothing differs."""
    if prepared.stored is not None:
        yield prepared.stored
        return
    notebook = prepared.notebook | {"cells": [cell for cell in prepared.notebook["cells"] if cell is not None]}
    yield (json.dumps(notebook, ensure_ascii=False, indent=1, sort_keys=True, allow_nan=False) + "\n").encode()
