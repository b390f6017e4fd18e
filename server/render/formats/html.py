"""HTML: the cells as JupyterLab's template of nbconvert draws them, sanitised, without a document around them."""

import re
from functools import cache
from typing import Any, cast

from nbconvert.exporters.templateexporter import TemplateExporter
from nbconvert.filters import ansi
from nbformat import notebooknode
from traitlets.config import Config

from server.domain.rendering import RenderNoticeCode
from server.render.colours import PLAIN, coloured
from server.render.languages import cell_lexer_name, language_of, lexer_name
from server.render.markup import markdown_to_html
from server.render.nodes import Node
from server.render.notices import Notices
from server.render.outputs import MARKDOWN, shown
from server.render.prepared import Prepared
from server.render.redact import input_is_hidden
from server.render.sanitize import clean, clean_page
from server.render.styles import templates_folder

_TEMPLATE = """
{%- extends 'base.html.j2' -%}
{%- block header %}{% endblock header -%}
{%- block footer %}{% endblock footer -%}
{%- block input -%}
<div class="jp-CodeMirrorEditor jp-Editor jp-InputArea-editor">
<div class="cm-editor cm-s-jupyter">{{ cell.source | highlight_code(cell.metadata.lexer) }}</div></div>
{%- endblock input -%}
{%- block data_png scoped -%}
<div class="jp-RenderedImage jp-OutputArea-output {{ extra_class }}">{{ output.data['image/png'] }}</div>
{%- endblock data_png -%}
"""
"""Our changes to the template: cells only, pictures finished beforehand."""

_FOCUSABLE = re.compile(r'(<div class="(?:jp-Cell-inputWrapper|[^"]*\bjp-OutputArea-output\b[^"]*)")')
"""What may scroll sideways must be reachable by keyboard."""


def render(prepared: Prepared) -> bytes:
    """Return the cells, one after the other."""
    metadata = prepared.notebook["metadata"]
    language = lexer_name(metadata)
    code_is_shown = False
    parts: list[str] = []
    for index, cell in enumerate(prepared.notebook["cells"]):
        if cell is None:
            continue
        code_is_shown = code_is_shown or (cell["cell_type"] == "code" and not input_is_hidden(cell))
        parts.append(_cell(cell, index, language or PLAIN, prepared.notices))
    if code_is_shown and language is None:
        message = f"No colours are known for code in {language_of(metadata)[:40]}."
        prepared.notices.add(RenderNoticeCode.LEXER_MISSING, message)
    return "\n".join(parts).encode()


def _cell(cell: Node, index: int, language: str, notices: Notices) -> str:
    plain: Node = {"cell_type": cell["cell_type"], "id": cell["id"], "source": cell["source"], "metadata": _metadata(cell)}
    match cell["cell_type"]:
        case "code":
            plain["metadata"]["transient"] = {"remove_source": input_is_hidden(cell)}
            plain["execution_count"] = cell["execution_count"]
            plain["outputs"] = [_output(output, index, notices) for output in cell["outputs"]]
            plain["metadata"]["lexer"] = cell_lexer_name(cell["source"], cell["metadata"]) or language
            if input_is_hidden(cell) and not plain["outputs"]:
                return ""
        case "markdown":
            plain["source"] = markdown_to_html(cell["source"], cell.get("attachments", {}), index, notices)
        case _:
            plain["metadata"]["raw_mimetype"] = cell["metadata"].get("raw_mimetype", "")
    html, _ = _exporter().from_notebook_node(_notebook_of(plain))
    return _FOCUSABLE.sub(r'\1 tabindex="0"', clean_page(html))


def _notebook_of(cell: Node) -> Any:  # noqa: ANN401  nbformat's classes are not fully typed
    make = cast("Any", notebooknode).from_dict
    return make({"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5})


def _metadata(cell: Node) -> Node:
    """Keep the tags that make one class each; nothing else of a cell's metadata is shown."""
    return {"tags": [tag for tag in cell["metadata"].get("tags", ()) if tag.replace("-", "").replace("_", "").isalnum()]}


def _output(output: Node, index: int, notices: Notices) -> Node:
    chosen = shown(output, index, notices)
    data = chosen.get("data", {})
    if MARKDOWN in data:
        data[MARKDOWN] = markdown_to_html(data[MARKDOWN], {}, index, notices)
    return chosen


@cache
def _exporter() -> Any:  # noqa: ANN401  nbconvert's classes are not fully typed
    """Return the process's exporter; it reads templates of the installed nbconvert only, never of the user or the working folder.

    It is the parent of nbconvert's HTMLExporter, whose only other deed is to parse the whole page again, for texts that ours has.
    """
    folder = templates_folder()
    make = cast("Any", TemplateExporter)
    return make(
        config=Config({"CSSHTMLHeaderPreprocessor": {"enabled": False}}),
        raw_template=_TEMPLATE,
        template_name="lab",
        template_paths=[str(folder / "lab"), str(folder / "base"), str(folder)],
        default_preprocessors=[],
        raw_mimetypes=["text/html", ""],
        filters={
            "ansi2html": _terminal_text,
            "highlight_code": coloured,
            "markdown2html": _as_it_is,
            "strip_files_prefix": _as_it_is,
            "clean_html": clean,
            "filter_data_type": _types,
        },
    )


def _terminal_text(text: str) -> str:
    """Return a program's text as HTML; quotes stay as they are, because nh3 takes quadratic time for entities in a row."""
    html = str(cast("Any", ansi).ansi2html(text))
    return html.replace("&#34;", '"').replace("&#39;", "'")


def _as_it_is(text: str) -> str:
    """Stand for the template's Markdown parser: our sources are HTML by then."""
    return text


def _types(data: Node) -> list[str]:
    """Stand for the template's choice among media types: ours is made by then."""
    return list(data)
