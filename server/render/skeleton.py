"""The frame of a cell, as JupyterLab's template of nbconvert draws it; what fills the frame is made before.

The template is rendered directly: nbconvert's exporter copies the whole notebook twice for its preprocessors, of which we use none,
which took a third of a render; its HTML exporter then parses the page again to write alternative texts and tabindex, which took more.
"""

import re
from functools import cache
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
{%- block data_png scoped -%}
<div class="jp-RenderedImage jp-OutputArea-output {{ extra_class }}">{{ output.data['image/png'] }}</div>
{%- endblock data_png -%}
"""
"""Our changes to the template: cells only, pictures finished beforehand."""

_FOCUSABLE = re.compile(r'(<div class="(?:jp-Cell-inputWrapper|[^"]*\bjp-OutputArea-output\b[^"]*)")')
"""What may scroll sideways must be reachable by keyboard."""

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


def framed(cell: Node) -> str:
    """Return a cell's HTML, sanitised; its texts are words that stand for what fills the frame."""
    html = str(_template().render(nb={"cells": [cell], "metadata": {}}, resources=_RESOURCES))
    return _FOCUSABLE.sub(r'\1 tabindex="0"', clean_page(html, prefix=SLOTTED_PREFIX)).strip("\r\n")


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
