"""The cells of a notebook as HTML, one by one: a cell that was drawn before is not drawn again.

A cell's key is the hash of all that decides its HTML: its own content without its id, after what is hidden was taken out, its lexer,
whether code is shown, the profile, and the renderer's version. So a cell drawn for those who see code is never found for those who do
not, nor one with scripts where none may run.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from hashlib import blake2b

import orjson

from server.domain.rendering import RenderNoticeCode, RenderProfile
from server.render import drawing, sanitize
from server.render.cell_page import Cell, CellPage
from server.render.cell_store import DrawnCell
from server.render.colours import PLAIN
from server.render.keys import renderer_version
from server.render.languages import cell_lexer_name, language_of, lexer_name
from server.render.nodes import Node
from server.render.notices import Notices
from server.render.place import Place
from server.render.prepared import Prepared
from server.render.redact import input_is_hidden
from server.render.slots import Slots
from server.render.widgets import model_of, models_in

_KEY_BYTES = 20
_MARK_BYTES = 4
_BATCH = 100
_NOTEBOOK, _CELL_ID = sanitize.NOTEBOOK.encode(), drawing.CELL_ID.encode()
_METADATA = ("tags", "raw_mimetype")
"""What is drawn of a cell's metadata, besides its language."""


@dataclass(frozen=True, slots=True)
class _Plan:
    """A cell to be drawn, and all that is known of it before."""

    index: int
    cell: Node
    lexer: str
    key: bytes


@dataclass(frozen=True, slots=True)
class ShownCell:
    """A cell and its HTML."""

    index: int
    cell: Node
    html: bytes


def shown_cells(prepared: Prepared, wanted: Iterable[int] | None = None) -> Iterator[ShownCell]:
    """Yield cells with their HTML, all or those wanted by index, in order; cells hidden as a whole are passed over.

    The notices of the cells go to the notebook's own. A cell is let go once it was yielded.
    """
    plans = _plans(prepared)
    mark = blake2b(b"".join(plan.key for plan in plans), digest_size=_MARK_BYTES).hexdigest().encode()
    if wanted is not None:
        some = frozenset(wanted)
        plans = [plan for plan in plans if plan.index in some]
    while plans:
        batch = plans[-_BATCH:][::-1]
        del plans[-_BATCH:]
        found = prepared.cells.find([plan.key for plan in batch])
        for plan in batch:
            html = _found_or_drawn(plan, found.pop(plan.key, None), prepared)
            yield ShownCell(plan.index, plan.cell, html.replace(_NOTEBOOK, mark).replace(_CELL_ID, plan.cell["id"].encode()))
            prepared.notebook["cells"][plan.index] = None


def cell_page(prepared: Prepared, *, first: int, after: int) -> CellPage:
    """Return the first cells whose index is greater than `after`; -1 begins at the beginning."""
    shown = [index for index, cell in enumerate(prepared.notebook["cells"]) if cell is not None]
    left = [index for index in shown if index > after]
    cells = tuple(_as_value(cell) for cell in shown_cells(prepared, left[:first]))
    return CellPage(cells, len(shown), has_more=len(left) > first)


def _as_value(shown: ShownCell) -> Cell:
    cell = shown.cell
    return Cell(
        index=shown.index,
        cell_id=cell["id"],
        type=cell["cell_type"],
        tags=tuple(cell["metadata"].get("tags", ())),
        execution_count=cell.get("execution_count"),
        source=None if input_is_hidden(cell) else cell["source"],
        html=shown.html.decode(),
    )


def _plans(prepared: Prepared) -> list[_Plan]:
    """Return what to draw, last cell first; a notebook's ids are marked by the keys of all its cells, so these come first."""
    metadata = prepared.notebook["metadata"]
    language = lexer_name(metadata)
    namespace = f"{renderer_version()}|{prepared.show_code}|{prepared.profile.value}"
    models = models_in(prepared.notebook) if prepared.profile is RenderProfile.INTERACTIVE else None
    plans: list[_Plan] = []
    code_is_shown = False
    for index, cell in enumerate(prepared.notebook["cells"]):
        if cell is None:
            continue
        lexer = language or PLAIN
        if cell["cell_type"] == "code":
            lexer = cell_lexer_name(cell["source"], cell["metadata"]) or lexer
            code_is_shown = code_is_shown or not input_is_hidden(cell)
        plans.append(_Plan(index, cell, lexer, _key(cell, f"{namespace}|{lexer}", models)))
    if code_is_shown and language is None:
        message = f"No colours are known for code in {language_of(metadata)[:40]}."
        prepared.notices.add(RenderNoticeCode.LEXER_MISSING, message)
    plans.reverse()
    return plans


def _key(cell: Node, namespace: str, models: Node | None) -> bytes:
    """Hash a cell; piece by piece, for a large output must not be copied together with the others.

    With `models`, the widgets that can be drawn, what scripts draw counts too; without, no byte of it is shown.
    """
    found = blake2b(namespace.encode(), digest_size=_KEY_BYTES)
    metadata = {name: cell["metadata"][name] for name in _METADATA if name in cell["metadata"]}
    parts = (cell["cell_type"], cell["source"], metadata, input_is_hidden(cell), cell.get("execution_count"), cell.get("attachments"))
    found.update(_packed(parts))
    for output in cell.get("outputs", ()):
        data = {kind: value if isinstance(value, str) else None for kind, value in output.get("data", {}).items()}
        found.update(_packed(output | {"data": data}))
        if models is not None:
            found.update(json.dumps([output.get("data"), model_of(output) in models], sort_keys=True).encode())
    return found.digest()


def _packed(value: object) -> bytes:
    """Return JSON, the same for the same value; integers beyond 64 bits, which orjson has none of, take the slower writer."""
    try:
        return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
    except orjson.JSONEncodeError:
        return json.dumps(value, sort_keys=True).encode()


def _found_or_drawn(plan: _Plan, found: DrawnCell | None, prepared: Prepared) -> bytes:
    if found is None or found.index not in (None, plan.index):
        found = _drawn(plan, prepared)
        prepared.cells.keep(plan.key, found)
    for code, message in found.notices:
        prepared.notices.add(code, message, plan.index)
    return found.html


def _drawn(plan: _Plan, prepared: Prepared) -> DrawnCell:
    notices = Notices()
    place = Place(plan.index, notices, sanitize.SLOTTED_PREFIX, prepared.profile, models_in(prepared.notebook))
    html = drawing.drawn(plan.cell, place, plan.lexer, Slots(plan.key.hex()))
    told = tuple((notice.code, notice.message) for notice in notices.all())
    return DrawnCell(html.encode(), told, plan.index if place.default_alt in html else None)
