"""The frame of a cell, as JupyterLab's template of nbconvert draws it; what fills the frame is made before.

The template is rendered once for each shape of a cell, and directly: nbconvert's exporter copies the whole notebook twice for its
preprocessors, of which we use none, which took a third of a render; its HTML exporter then parses the page again to write
alternative texts and tabindex, which took more.
"""

import re
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any, cast

from nbconvert.exporters.templateexporter import TemplateExporter
from traitlets.config import Config

from server.render.nodes import Node
from server.render.sanitize import SLOTTED_PREFIX, clean_page
from server.render.styles import templates_folder

_TEMPLATE = """
{%- extends 'base.html.j2' -%}
{%- block header %}{% endblock header -%}
{%- block footer %}{% endblock footer -%}
{%- block data_svg scoped -%}
<div class="jp-RenderedSVG jp-OutputArea-output {{ extra_class }}" data-mime-type="image/svg+xml">{{ output.data['image/svg+xml'] }}</div>
{%- endblock data_svg -%}
{%- block data_png scoped -%}
<div class="jp-RenderedImage jp-OutputArea-output {{ extra_class }}">{{ output.data['image/png'] }}</div>
{%- endblock data_png -%}
"""
"""Our changes to the template: cells only, pictures finished beforehand."""

_FOCUSABLE = re.compile(r'(<div class="(?:jp-Cell-inputWrapper|[^"]*\bjp-OutputArea-output\b[^"]*)")')
"""What may scroll sideways must be reachable by keyboard."""

_CELL = re.compile(r'<div (?=[^<>]*\bclass="[^"]*\bjp-Cell\b)')
CONTAINED = '<div style="contain: paint" '
"""Nothing in a cell is drawn outside it, on whatever page it stands: of all that style properties can do to leave a place, some remain
that look harmless, such as columns that grow upwards."""

_WORD = re.compile(r"nbiword(id|count|source|output\d+)y")

_EVERYTHING = (
    "include_code include_markdown include_raw include_unknown include_input include_output include_output_stdin include_input_prompt "
    "include_output_prompt"
)
_RESOURCES: Node = {
    "global_content_filter": dict.fromkeys(_EVERYTHING.split(), True) | {"no_prompt": False},
    "raw_mimetypes": ["text/html", ""],
    "output_mimetype": "text/html",
    "should_sanitize_html": False,
}


@dataclass(frozen=True, slots=True)
class OutputShape:
    """What decides the frame of an output: `kind` is the stream's name or the media type shown."""

    output_type: str
    kind: str = ""


@dataclass(frozen=True, slots=True)
class CellShape:
    """What decides the frame of a cell."""

    cell_type: str
    tags: tuple[str, ...] = ()
    input_is_hidden: bool = False
    raw_mime_type: str = ""
    outputs: tuple[OutputShape, ...] = ()


@dataclass(frozen=True, slots=True)
class Filling:
    """What a cell's frame is filled with, all of it finished HTML."""

    cell_id: str
    count: str
    source: str
    outputs: tuple[str, ...] = ()


def framed(shape: CellShape, filling: Filling) -> str:
    """Return a cell's HTML."""
    pieces = {"id": filling.cell_id, "count": filling.count, "source": filling.source}
    pieces |= {f"output{number}": html for number, html in enumerate(filling.outputs)}
    frame = _frame(shape)
    return "".join([pieces[text] if at % 2 else text for at, text in enumerate(frame)])


@lru_cache(maxsize=512)
def _frame(shape: CellShape) -> tuple[str, ...]:
    """Return the frame's own HTML, sanitised, and between any two pieces of it the name of what comes there.

    Notebooks have few shapes of cells and many cells: to run the template for each took a quarter of a render.
    """
    cell: Node = {
        "cell_type": shape.cell_type,
        "id": _word("id"),
        "source": _word("source"),
        "execution_count": _word("count"),
        "metadata": {
            "tags": list(shape.tags),
            "raw_mimetype": shape.raw_mime_type,
            "transient": {"remove_source": shape.input_is_hidden},
        },
        "outputs": [_output(output, _word(f"output{number}")) for number, output in enumerate(shape.outputs)],
    }
    html = str(_template().render(nb={"cells": [cell], "metadata": {}}, resources=_RESOURCES))
    focusable = _FOCUSABLE.sub(r'\1 tabindex="0"', clean_page(html, prefix=SLOTTED_PREFIX))
    return tuple(_WORD.split(_CELL.sub(CONTAINED, focusable, count=1).strip("\r\n")))


def _word(name: str) -> str:
    """Return what stands for something in the frame; texts of the notebook never come near it."""
    return f"nbiword{name}y"


def _output(shape: OutputShape, word: str) -> Node:
    match shape.output_type:
        case "stream":
            return {"output_type": "stream", "name": shape.kind, "text": word}
        case "error":
            return {"output_type": "error", "traceback": [word]}
        case _:
            return {"output_type": shape.output_type, "data": {shape.kind: word}, "metadata": {}}


@cache
def _template() -> Any:  # noqa: ANN401  nbconvert's classes are not fully typed
    """Return the process's template, of the installed nbconvert only, never of the user or the working folder."""
    folder = templates_folder()
    make = cast("Any", TemplateExporter)
    filters = ("ansi2html", "highlight_code", "markdown2html", "strip_files_prefix", "clean_html")
    return make(
        config=Config({"CSSHTMLHeaderPreprocessor": {"enabled": False}}),
        raw_template=_TEMPLATE,
        template_name="lab",
        template_paths=[str(folder / "lab"), str(folder / "base"), str(folder)],
        default_preprocessors=[],
        filters=dict.fromkeys(filters, _as_it_is) | {"filter_data_type": _types},
    ).template


def _as_it_is(text: str, **_: object) -> str:
    """Stand for the template's filters: what they get is finished."""
    return text


def _types(data: Node) -> list[str]:
    """Stand for the template's choice among media types: ours is made by then."""
    return list(data)
